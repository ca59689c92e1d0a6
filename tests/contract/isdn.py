"""The kits of ISDN lines: the real driver and libpri, against the lab's exchange, which is libpri too; all in memory,
with libpri's timers on the loop's time. One is on sockets that behave as those of the kernel's mISDN."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import count

from appliance.audio.client import PLAIN, Treatment
from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.isdnbench import MemoryPort, SpanAudio
from appliance.lab.network import Network
from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.isdn.line import IsdnLine
from appliance.lines.isdn.memorylink import MemoryLink
from appliance.lines.isdn.span import Span
from appliance.lines.isdn.spansettings import PRI, PTMP, PTP, SpanSettings
from appliance.lines.line import Sink
from tests.contract.kit import MakeKit
from tests.lines.misdnkernel import FakeKernel
from tests.lines.misdnport import MisdnPort


class IsdnKit:
    """Implements kit.Kit."""

    number, nowhere, foreign = "+493022222220", "+4930000000", "+493099999999"

    def __init__(
        self, sink: Sink, *, layout: str = PTMP, numbers: tuple[str, ...] = (number,), digits: int = 0,
        clir: bool = False, overlap: bool = False, treatment: Treatment = PLAIN,
        port: type[MemoryPort | MisdnPort] = MemoryPort,
    ) -> None:
        """`numbers` and `digits` as SpanSettings'; the exchange has `number`, and +493099999999 which is not ours."""
        names = count(1)
        settings = SpanSettings(layout, numbers=numbers, digits=digits)
        self.network = Network(Transparent)
        self._port = port(self.network, settings, (self.number, self.foreign))
        self.far = Handset(self.network, "+493012345678", "Far")
        clock = asyncio.get_running_loop().time
        self.link = MemoryLink("isdn1", lambda tell: Span(settings, self._port.open, tell, clock))
        self.voices = SpanAudio({"isdn1": self.link})
        self.audio = audio = LocalAudio(self.voices.open_source, detector_factory())
        self.line = IsdnLine("isdn1", len(settings.channels), self.link, audio, sink, lambda: f"ring-{next(names)}",
                             always_up=layout != PTMP, clir=clir, number=self.number, overlap=overlap,
                             treatment=treatment)

    @property
    def port(self) -> MemoryPort:
        assert isinstance(self._port, MemoryPort)
        return self._port

    @property
    def kernel(self) -> FakeKernel:
        assert isinstance(self._port, MisdnPort)
        return self._port.kernel

    def another(self, n: int) -> Handset:
        """One more far phone."""
        return Handset(self.network, f"+4930700{n:04}", f"Far {n}")

    async def listens(self, port: str, seconds: float) -> bytes:
        """What comes in on an audio port meanwhile, as PCM."""
        leg, began = port.partition(":")[2], len(self.voices.heard[port.partition(":")[2]])
        await asyncio.sleep(seconds)
        return bytes(self.voices.heard[leg][began:])

    def congest(self) -> None:
        self.network.congested.add(self.number)

    def unplug(self) -> None:
        self._port.unplug()

    def plug(self) -> None:
        self._port.plug()


def missing() -> str:
    """Why there can be no ISDN line here; "" when there can."""
    try:
        load()
    except LibpriMissing as error:
        return str(error)
    return ""


KITS: dict[str, MakeKit] = {
    **{f"isdn-{layout}": partial(IsdnKit, layout=layout) for layout in (PTP, PTMP, PRI)},
    **{f"isdn-misdn-{layout}": partial(IsdnKit, layout=layout, port=MisdnPort) for layout in (PTMP, PRI)}}
