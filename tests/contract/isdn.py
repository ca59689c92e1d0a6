"""The kit of ISDN lines: the real driver and libpri, against the lab's exchange, which is libpri too; all in memory,
with libpri's timers on the loop's time."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import count

from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.isdnbench import MemoryPort, SpanAudio
from appliance.lab.network import Network
from appliance.lines.isdn.controller import PRI, PTMP, PTP
from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.isdn.line import IsdnLine
from appliance.lines.isdn.link import MemoryLink
from appliance.lines.isdn.span import Span, SpanSettings
from appliance.lines.line import Sink
from tests.contract.kit import MakeKit


class IsdnKit:
    """Implements kit.Kit."""

    number, nowhere = "+493022222220", "+4930000000"

    def __init__(self, sink: Sink, *, layout: str = PTMP) -> None:
        names = count(1)
        settings = SpanSettings(layout, numbers=(self.number,))
        self.network = Network(Transparent)
        self.port = MemoryPort(self.network, settings, (self.number,))
        self.far = Handset(self.network, "+493012345678", "Far")
        clock = asyncio.get_running_loop().time
        self.link = MemoryLink("isdn1", lambda tell: Span(settings, self.port.open, tell, clock))
        audio = LocalAudio(SpanAudio({"isdn1": self.link}).open_source, detector_factory())
        self.line = IsdnLine("isdn1", len(settings.channels), self.link, audio, sink, lambda: f"ring-{next(names)}",
                             always_up=layout != PTMP, number=self.number)

    def congest(self) -> None:
        self.network.congested.add(self.number)

    def unplug(self) -> None:
        self.port.unplug()

    def plug(self) -> None:
        self.port.plug()


def kits() -> dict[str, MakeKit]:
    """None where libpri is not installed."""
    try:
        load()
    except LibpriMissing:
        return {}
    return {f"isdn-{layout}": partial(IsdnKit, layout=layout) for layout in (PTP, PTMP, PRI)}
