"""The kernel's hfcsusb with two emulated adapters, S0 port to S0 port: what l1oip does not have, layer 1 and a clock.
Run by the guest. The first adapter is the box's, a terminal; the second one the exchange's: the driver lets no port
change sides."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.lines.isdn import reports
from appliance.lines.isdn.misdn import open_misdn
from appliance.lines.isdn.misdnsocket import NT_S0, TE_S0, Device, KernelSocket, address, device, message
from appliance.lines.isdn.spansettings import NT, PTP, TE
from appliance.lines.isdn.transport import Ears, Transport
from appliance.vocabulary.cause import Cause
from tests.kernel.inside.box import Box
from tests.kernel.inside.far import Far
from tests.kernel.inside.pair import FRIEND, NUMBER, dialled, on_kernel
from tests.kernel.inside.voice import LONGEST_S, Voice, speech

DEACTIVATE = 0x0201  # PH_DEACTIVATE_REQ: only an exchange may
LAYOUTS = pytest.mark.parametrize("layout", ["ptp", "ptmp"])
RATE, TOLERANCE = 8000, 0.05  # octets/s
FRAMES_5_S = 250
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


@LAYOUTS
def test_the_box_dials(layout: str, bus: Bus, tmp_path: Path) -> None:
    async def story(box: Box, far: Far) -> None:
        setup, here, there = await dialled(box, far, "b")
        assert (setup.called, setup.caller, setup.complete) == (FRIEND, NUMBER, True)
        await both_at_line_rate(bus, setup.channel, here, there)
        box.do(do="hangup", leg="b", cause=16)
        assert (await far.next(reports.Ended, setup.call)).cause == Cause.NORMAL
        assert (await box.next("ended", leg="b"))["cause"] == Cause.NORMAL

    on_kernel(layout, tmp_path, story, cards=True)


@LAYOUTS
def test_the_box_is_rung_and_answers(layout: str, bus: Bus, tmp_path: Path) -> None:
    async def story(box: Box, far: Far) -> None:
        call = far.calls(NUMBER, FRIEND, 1)
        rang = await box.next("ring")
        assert (rang["called"], rang["caller"], rang["screening"]) == (NUMBER, FRIEND, "network")
        box.do(do="answer", ring=rang["ring"], leg="a")
        await far.next(reports.Connected, call)
        await box.next("answered", leg="a")
        await both_at_line_rate(bus, 1, box.voice("a"), far.opens(1))
        far.signalling.hang_up(call, Cause.NORMAL)
        assert (await box.next("ended", leg="a"))["cause"] == Cause.NORMAL

    on_kernel(layout, tmp_path, story, cards=True)


async def both_at_line_rate(bus: Bus, channel: int, here: Voice, there: Voice) -> None:
    """Speech both ways for some seconds: as fast as the line at each end and into each card, and
    nearly all of it whole. When a card lacks octets for a moment, a frame is lost."""
    ours, theirs = speech(1, FRAMES_5_S), speech(501, FRAMES_5_S)
    before, heard = bus.told(), [len(here.heard), len(there.heard)]
    here.say(ours)
    there.say(theirs)
    await asyncio.gather(here.hears_most(theirs, 0.9), there.hears_most(ours, 0.9))
    after = bus.told()
    took = after["at"] - before["at"]
    counts = {"the box hears": len(here.heard) - heard[0], "the exchange hears": len(there.heard) - heard[1],
              "the box's driver gives": after["te"]["sent"][channel - 1] - before["te"]["sent"][channel - 1],
              "the exchange's driver gives": after["nt"]["sent"][channel - 1] - before["nt"]["sent"][channel - 1]}
    found = {what: round(count / took) for what, count in counts.items()}
    lacked = {side: after[side]["lacked"][channel - 1] - before[side]["lacked"][channel - 1] for side in ("te", "nt")}
    print(f"{took:.1f} s, octets/s: {found}; lacked: {lacked}")
    assert all(abs(rate - RATE) < TOLERANCE * RATE for rate in found.values()), found
