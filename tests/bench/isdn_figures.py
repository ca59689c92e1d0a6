"""Figures of an ISDN card: thirty calls at once, what a call costs to set up, the delay between it and a modem."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.isdn.line import IsdnLine
from appliance.lines.isdn.process import ProcessLink
from appliance.lines.isdn.spansettings import SpanSettings
from appliance.lines.line import Answered, Ended, LineEvent
from tests.bench.child import Child, cpu_s
from tests.bench.figure import Figure, share, spread
from tests.bench.line_figures import Ready
from tests.bench.voice_figures import BUSY, Box, box

NUMBER = "+493012345678"
UP_TO = 40.0  # ms that an ISDN leg may hold voices: issue's buffer, and bchannel.HOLDS


class Card:
    """A line with its span in a process, at the far end of a cable that answers everything."""

    def __init__(self, folder: Path, outlet: Path, made: Box, layout: str) -> None:
        settings = SpanSettings(layout)
        self.link = ProcessLink(f"pair:{outlet}", settings, folder / "isdn1.voices")
        self.line = IsdnLine("isdn1", len(settings.channels), self.link, made.audio, self._told, lambda: "r",
                             always_up=True, number=NUMBER)
        self.ready = Ready([self.line])
        self._told_of: dict[type, set[str]] = {Answered: set(), Ended: set()}
        self._moved = asyncio.Event()

    def _told(self, event: LineEvent) -> None:
        self.ready.event(event)
        if isinstance(event, Answered | Ended):
            self._told_of[type(event)].add(event.leg)
        if isinstance(event, Ended) and event.note:
            raise RuntimeError(f"{event.leg}: {event.note}")
        self._moved.set()

    async def all(self, kind: type, legs: set[str]) -> None:
        async with asyncio.timeout(30):
            while not legs <= self._told_of[kind]:
                self._moved.clear()
                await self._moved.wait()


@asynccontextmanager
async def card(folder: Path, layout: str, *modem: str) -> AsyncIterator[tuple[Card, Child, Box, str]]:
    outlet = folder / "outlet"
    outlet.unlink(missing_ok=True)
    async with Child("tests.bench.isdnfar", "--outlet", str(outlet), "--layout", layout, *modem) as far, \
            box(folder) as made:
        path = await far.told()
        here = Card(folder, outlet, made, layout)
        living = asyncio.create_task(here.line.run())
        try:
            await here.ready.all()
            yield here, far, made, path
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)


def missing() -> list[Figure]:
    try:
        load()
    except LibpriMissing as error:
        return [Figure("ISDN", "", f"SKIPPED: {error}")]
    return []


async def thirty_on_a_primary_rate(folder: Path, seconds: float) -> list[Figure]:
    """Each channel joined with its neighbour: once in the card's process, once by the audio process."""
    if without := missing():
        return without
    figures = []
    async with card(folder, "pri") as (here, far, made, _):
        legs = [f"leg{n}" for n in range(30)]
        for leg in legs:
            here.line.dial(leg, NUMBER)
        await here.all(Answered, set(legs))
        for where, digits in (("in the card's process", "in-band"), ("by the audio process", "vts")):
            for one, two in zip(legs[::2], legs[1::2], strict=True):
                made.audio.bridge(f"isdn1:{one}", f"isdn1:{two}", digits)
            before = cpu_s(here.link.pid), cpu_s(made.audio.pid)
            far.go(str(seconds))
            seen = await far.told()
            span, audio = cpu_s(here.link.pid) - before[0], cpu_s(made.audio.pid) - before[1]
            late = seen["late_ms"].get("isdn", [0.0])
            figures += [
                Figure(f"30 channels of one card for {seconds:g} s, joined {where}", "no frame lost",
                       f"{seen['lost']} lost of {seen['sent']}, {seen['twice']} twice", seen["lost"] == 0,
                       BUSY.format(f"the slowest frame took {max(late):.0f} ms")),
                Figure("  their delay, one way", f"p50 <= {UP_TO:g} ms", spread(late), share(late, 0.5) <= UP_TO,
                       "see bchannel.HOLDS"),
                Figure("  processor, a channel", "", f"card's process {span / seconds / 30:.3%}, audio process "
                       f"{audio / seconds / 30:.3%} of a core"),
            ]
    return figures


async def call_set_up(folder: Path, calls: int) -> list[Figure]:
    """One after another; processor time of the card's process."""
    if without := missing():
        return without
    async with card(folder, "pri") as (here, _, _, _):
        up, down = [], []
        for n in range(calls):
            began = cpu_s(here.link.pid)
            here.line.dial(f"leg{n}", NUMBER)
            await here.all(Answered, {f"leg{n}"})
            talked = cpu_s(here.link.pid)
            here.line.hang_up(f"leg{n}")
            await here.all(Ended, {f"leg{n}"})
            up.append((talked - began) * 1e3)
            down.append((cpu_s(here.link.pid) - talked) * 1e3)
    each = sum(up) / calls
    return [Figure(f"processor for one ISDN call's set-up, its voice's socket included (n={calls})", "< 1 ms",
                   f"{each:.2f} ms, and {sum(down) / calls:.2f} ms for its end", each < 1,
                   "other processes have the cores")]


async def modem_and_card(folder: Path, seconds: float) -> list[Figure]:
    if without := missing():
        return without
    async with card(folder, "ptp", "--modem") as (here, far, made, path):
        here.line.dial("leg", NUMBER)
        await here.all(Answered, {"leg"})
        await made.opened([path])
        made.audio.bridge("p0", "isdn1:leg")
        far.go(str(seconds))
        seen = await far.told()
    late = seen["late_ms"]
    return [
        *(Figure(f"GSM and ISDN for {seconds:g} s, {way}", f"p50 <= {UP_TO:g} ms", spread(late[way]),
                 share(late[way], 0.5) <= UP_TO, "see bchannel.HOLDS") for way in ("to isdn", "to modem")),
        Figure("  their frames", "none lost", f"{seen['lost']} lost of {seen['sent']}, {seen['twice']} twice",
               seen["lost"] == 0, BUSY.format("the modem's tick is late")),
    ]
