"""An ISDN port of the lab behind the kernel's sockets: the exchange at the far side of the card."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from appliance.lab.exchange import Exchange
from appliance.lab.network import Network
from appliance.lines.isdn.libpri import SONAME, load
from appliance.lines.isdn.misdn import open_misdn
from appliance.lines.isdn.misdnb import FLIP
from appliance.lines.isdn.misdnsocket import DATA_IN
from appliance.lines.isdn.pair import D_CHANNEL, LAYER_1
from appliance.lines.isdn.spansettings import PRI, SpanSettings
from appliance.lines.isdn.steady import give_clock
from appliance.lines.isdn.transport import Ears, Transport
from tests.lines import misdnkernel
from tests.lines.misdnkernel import FakeKernel


class MisdnPort:
    """As lab.isdnbench.MemoryPort; `kernel` is what the box's sockets are made by."""

    def __init__(self, network: Network, settings: SpanSettings, numbers: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        load()
        give_clock(SONAME, loop.time)
        self._settings, self._loop = settings, loop
        self._card = {0: (misdnkernel.PRI if settings.layout == PRI else misdnkernel.BRI, "card.1")}
        self.kernel = FakeKernel(dict(self._card))
        self.kernel.d_out = lambda frame: self._to_exchange(bytes((D_CHANNEL,)) + frame)
        self.kernel.b_out = lambda channel, octets: self._to_exchange(bytes((channel,)) + octets.translate(FLIP))
        self.kernel.wake = lambda: self._to_exchange(bytes((LAYER_1, 1)))
        self.exchange = Exchange(network, settings, numbers, self._from_exchange, loop.time)

    def open(self, ears: Ears) -> Transport:
        return open_misdn("0", self._settings.layout, self._settings.side, ears, self.kernel.make)

    def _to_exchange(self, packet: bytes) -> None:
        self._loop.call_soon(self.exchange.end.packet, packet)

    def _from_exchange(self, packet: bytes) -> None:
        kind, rest = packet[0], packet[1:]
        if self.kernel.pulled:
            return
        if kind == LAYER_1:
            self.kernel.layer1(rest == b"\1")
        elif kind == D_CHANNEL and self.kernel.up:
            self.kernel.d_in(DATA_IN, rest)
        elif kind not in (D_CHANNEL, LAYER_1) and self.kernel.opened(kind):
            self.kernel.moves(kind, rest.translate(FLIP))

    def unplug(self) -> None:
        """The card is pulled out: the kernel forgets it."""
        self.kernel.pulled, self.kernel.up = True, False
        self.kernel.devices.clear()
        self.exchange.dead(True)

    def plug(self) -> None:
        self.kernel.pulled = False
        self.kernel.devices |= self._card
        self.exchange.dead(False)
