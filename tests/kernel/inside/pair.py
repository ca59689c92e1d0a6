"""A box and its exchange, one at each end of two ports that the kernel has joined."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.lines.isdn import reports
from appliance.lines.isdn.libpri import SONAME, load
from appliance.lines.isdn.spansettings import SpanSettings
from appliance.lines.isdn.steady import give_clock
from tests.kernel.inside.box import Box
from tests.kernel.inside.far import Far
from tests.kernel.inside.voice import Voice, speech

NUMBER, FRIEND = "493022222220", "493012345678"
PORTS = {"ptp": (0, 1), "ptmp": (0, 1), "pri": (2, 3)}  # as the first process loaded l1oip
Story = Callable[[Box, Far], Awaitable[None]]


def on_kernel(layout: str, folder: Path, story: Story, slower: int = 1, cards: bool = False) -> None:
    """The story, when the box's link is up. `slower` and `cards` as the exchange's."""
    async def whole() -> None:
        load()
        assert give_clock(SONAME, asyncio.get_running_loop().time)
        ours, theirs = PORTS[layout]
        far = Far(theirs, layout, slower, cards)
        box = Box(ours, SpanSettings(layout, numbers=(NUMBER,)), folder)
        try:
            await box.next("port", open=True)
            if layout != "ptmp":  # a bus rests until somebody calls
                await box.next("link", up=True)
            await story(box, far)
        finally:
            await box.close()
            far.close()

    asyncio.run(whole())


async def dialled(box: Box, far: Far, leg: str) -> tuple[reports.Setup, Voice, Voice]:
    """A call that the box makes and the exchange answers; the box's voice, then the far one."""
    box.do(do="dial", leg=leg, number="+" + FRIEND, caller="+" + NUMBER)
    setup = await far.next(reports.Setup)
    voice = far.answers(setup)
    await box.next("answered", leg=leg)
    return setup, box.voice(leg), voice


async def talk(seed: int, frames: int, here: Voice, there: Voice) -> None:
    """Both speak at the same time, each in its own words, and hear all of the other."""
    ours, theirs = speech(seed, frames), speech(seed + 500, frames)
    here.say(ours)
    there.say(theirs)
    await asyncio.gather(here.hears(theirs), there.hears(ours))
