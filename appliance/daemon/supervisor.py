"""Tells systemd that a daemon is ready and alive: sd_notify(3), by a datagram to the socket that it names."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

SOCKET, WATCHDOG, WATCHED = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"


class Supervisor:
    """Whoever started this process; nobody, when the environment names no socket. `pause`: s between two beats, half of
    what the watchdog allows; None without a watchdog."""

    def __init__(self, monotonic: Callable[[], float], environment: Mapping[str, str] = os.environ) -> None:
        self._path = environment.get(SOCKET, "")
        self._monotonic, self._next = monotonic, 0.0
        self.pause = _pause(environment) if self._path else None

    def ready(self) -> None:
        """Units that wait for this one may start."""
        self._tell("READY=1")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._tell("STATUS=" + text.replace("\n", " "))

    def beat(self) -> None:
        """Feeds the watchdog when it is time; to be called from the turn whose end would be the daemon's."""
        if self.pause is not None and (now := self._monotonic()) >= self._next:
            self._next = now + self.pause / 2
            self._tell("WATCHDOG=1")

    def _tell(self, words: str) -> None:
        if not self._path:
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto(words.encode(), address)


def _pause(environment: Mapping[str, str]) -> float | None:
    """sd_watchdog_enabled(3): microseconds, and the process they are meant for."""
    microseconds = environment.get(WATCHDOG, "")
    if not microseconds.isdecimal() or not int(microseconds):
        return None
    if environment.get(WATCHED, str(os.getpid())) != str(os.getpid()):
        return None  # inherited: it is our parent's
    return int(microseconds) / 2_000_000
