"""What a daemon tells systemd: on a real socket, with the clock moved by hand."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from appliance.daemon.supervisor import Supervisor
from appliance.vocabulary.clock import ManualClock


class Listener:
    """The supervisor's end."""

    def __init__(self, address: str) -> None:
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(address)
        self._sock.setblocking(False)

    def heard(self) -> list[str]:
        said: list[str] = []
        while True:
            try:
                said.append(self._sock.recv(4096).decode())
            except BlockingIOError:
                return said

    def close(self) -> None:
        self._sock.close()


def test_ready_status_and_stopping(tmp_path: Path) -> None:
    listener = Listener(str(tmp_path / "notify"))
    supervisor = Supervisor(ManualClock().monotonic, {"NOTIFY_SOCKET": str(tmp_path / "notify")})
    supervisor.ready()
    supervisor.status("2 lines\n1 call")
    supervisor.stopping()
    supervisor.beat()
    assert listener.heard() == ["READY=1", "STATUS=2 lines 1 call", "STOPPING=1"]  # and no beat without a watchdog
    listener.close()


def test_an_abstract_socket() -> None:
    name = f"ringback-test-{os.getpid()}"
    listener = Listener("\0" + name)
    Supervisor(ManualClock().monotonic, {"NOTIFY_SOCKET": "@" + name}).ready()
    assert listener.heard() == ["READY=1"]
    listener.close()


def test_beats_are_no_more_often_than_they_must(tmp_path: Path) -> None:
    listener, clock = Listener(str(tmp_path / "notify")), ManualClock()
    supervisor = Supervisor(clock.monotonic, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "4000000",
                                              "WATCHDOG_PID": str(os.getpid())})
    assert supervisor.pause == 2.0
    for _ in range(1000):  # as a loop that moves frames does
        supervisor.beat()
        clock.advance(0.01)
    beats = listener.heard()
    assert set(beats) == {"WATCHDOG=1"}
    assert 5 <= len(beats) <= 11  # of 10 s: at least twice in 4 s
    listener.close()


@pytest.mark.parametrize("environment", [
    {}, {"NOTIFY_SOCKET": "/nowhere/notify"}, {"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "4000000"},
    {"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"},  # a parent's
    {"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "soon"}, {"NOTIFY_SOCKET": "/nowhere/notify",
                                                                    "WATCHDOG_USEC": "0"},
], ids=lambda each: ",".join(f"{name}={value}" for name, value in each.items()) or "nothing")
def test_without_a_supervisor_nothing_happens(environment: dict[str, str]) -> None:
    supervisor = Supervisor(ManualClock().monotonic, environment)
    supervisor.ready()
    supervisor.beat()
    supervisor.stopping()
    assert supervisor.pause is None
