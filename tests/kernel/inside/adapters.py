"""The kernel's hfcsusb with two emulated adapters, S0 port to S0 port: the layer 1 that l1oip does not have.
Run by the guest. The first adapter is the box's, a terminal; the second one the exchange's: the driver lets no port
change sides."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.lines.isdn.misdn import open_misdn
from appliance.lines.isdn.misdnsocket import NT_S0, TE_S0, Device, KernelSocket, address, device, message
from appliance.lines.isdn.signalling import NT, PTP, TE
from appliance.lines.isdn.transport import Ears, Transport
from tests.kernel.inside.voice import LONGEST_S

DEACTIVATE = 0x0201  # PH_DEACTIVATE_REQ: only an exchange may
Counts = dict[str, Any]


class Bus:
    """The process with the adapters."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.kernel.inside.bus"], text=True, bufsize=1,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._line() == "plugged in\n"

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()

    def told(self) -> Counts:
        """Of each side, as Chip counts them."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        return dict(json.loads(self._line()))

    def close(self) -> None:
        self._process.communicate(timeout=LONGEST_S)


@pytest.fixture(scope="module")
def bus() -> Iterator[Bus]:
    """With both ports there."""
    plugged = Bus()
    until = plugged.told()["at"] + LONGEST_S
    while not all(ports()):
        assert plugged.told()["at"] < until, "the driver took no adapters"
    yield plugged
    plugged.close()


def ports() -> tuple[Device | None, Device | None]:
    with KernelSocket(TE_S0) as sock:
        return device(sock, 0), device(sock, 1)


def test_both_adapters_are_ports(bus: Bus) -> None:
    for port in ports():
        assert port
        assert port.name.startswith("HFC-S_USB.")
        assert (port.can(TE_S0), port.can(NT_S0), port.channels) == (True, True, 2)


class End:
    """A port, open, and what it tells."""

    def __init__(self, port: str, side: str) -> None:
        self.frames, self.layer1 = asyncio.Queue[bytes](), asyncio.Queue[bool]()
        ears = Ears(self.frames.put_nowait, lambda channel, octets: None, self.layer1.put_nowait, pytest.fail)
        self.port: Transport = open_misdn(port, PTP, side, ears)

    async def is_up(self, up: bool) -> None:
        async with asyncio.timeout(LONGEST_S):
            while await self.layer1.get() != up:
                pass

    async def hears(self, *frames: bytes) -> None:
        async with asyncio.timeout(LONGEST_S):
            assert [await self.frames.get() for _ in frames] == list(frames)


def test_layer_1_rests_and_is_woken_by_whoever_has_a_frame(bus: Bus) -> None:
    """What waits for it arrives, in order, whole; also what is longer than a packet of the endpoint."""
    short, long = bytes((0, 1, 0x7F)), bytes(range(200))

    async def story() -> None:
        exchange, terminal = End("1", NT), End("0", TE)
        rest = KernelSocket(NT_S0)
        rest.bind(address(1))
        try:
            for end, other in ((terminal, exchange), (exchange, terminal)):
                before = {side: len(bus.told()[side]["states"]) for side in ("te", "nt")}
                for frame in (short, long):
                    end.port.send_d(frame)
                await other.hears(short, long)
                await terminal.is_up(True)
                told = bus.told()
                te, nt = (told[side]["states"][before[side] :] for side in ("te", "nt"))
                assert (te[-2:], nt[-2:]) == ([6, 7], [2, 3])
                assert (4 in te) == (end is terminal)  # it asked to be woken
                rest.send(message(DEACTIVATE))
                await terminal.is_up(False)
                await exchange.is_up(False)
        finally:
            rest.close()
            terminal.port.close()
            exchange.port.close()

    asyncio.run(story())
