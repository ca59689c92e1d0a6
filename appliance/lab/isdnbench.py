"""An ISDN port of the lab in memory, for a clock that is moved: an exchange, a cable, and where voices are found."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from appliance.audio.g711 import alaw_of, pcm_of
from appliance.audio.local import OpenSource, PcmWire
from appliance.lab.exchange import Exchange
from appliance.lab.network import Network
from appliance.lines.isdn.controller import Controller
from appliance.lines.isdn.libpri import SONAME, load
from appliance.lines.isdn.memorylink import MemoryLink
from appliance.lines.isdn.pair import D_CHANNEL, LAYER_1, PairEnd
from appliance.lines.isdn.signalling import MakeSignalling
from appliance.lines.isdn.spansettings import NT, SpanSettings
from appliance.lines.isdn.steady import give_clock
from appliance.lines.isdn.transport import Ears, Transport, TransportError

SETUP = 5  # message type; Q.931 § 4.4


class MemoryPort:
    """`open` is a transport.OpenTransport. libpri's timers go by the running loop's time from now on."""

    def __init__(
        self, network: Network, settings: SpanSettings, numbers: Sequence[str], side: str = NT,
        make: MakeSignalling | None = None,
    ) -> None:
        """`side` is the lab's: NT for an exchange, TE for a PBX behind the box. `make` opens libpri elsewhere; without,
        it is loaded here."""
        self._loop = asyncio.get_running_loop()
        self.steady = make is not None or _load(self._loop.time)
        self._ears: Ears | None = None
        self._terminal: PairEnd | None = None
        self._plugged = self._layer1 = True
        self.deaf = False  # the exchange hears nothing
        self.spice = b""  # information elements that nobody knows, at the end of each SETUP
        self.exchange = Exchange(network, settings, numbers, self._to_terminal, self._loop.time, side,
                                 make or Controller)

    def _to_terminal(self, packet: bytes) -> None:
        if self.spice and _is_setup(packet):
            packet += self.spice
        self._loop.call_soon(lambda: self._terminal.packet(packet) if self._terminal and self._carries else None)

    def _to_exchange(self, packet: bytes) -> None:
        self._loop.call_soon(lambda: self.exchange.end.packet(packet) if self._carries and not self.deaf else None)

    @property
    def _carries(self) -> bool:
        return self._plugged and self._layer1

    @property
    def terminal(self) -> PairEnd:
        """The box's end of the cable, while a span has the port open."""
        assert self._terminal
        return self._terminal

    def layer1(self, up: bool) -> None:
        """The cable is cut, or whole again."""
        self._layer1 = up
        if up:
            self.exchange.end.layer1(True)
        elif self._terminal:
            self._terminal.packet(bytes((LAYER_1, 0)))

    def hostile(self, frame: bytes) -> None:
        """A frame of the D channel that no exchange should send."""
        if self._ears:
            self._ears.d(frame)

    def open(self, ears: Ears) -> Transport:
        if not self._plugged:
            raise TransportError("the ISDN card is not there; plug it in")
        self._ears, self._terminal = ears, PairEnd(self._to_exchange, ears)
        return self._terminal

    def unplug(self) -> None:
        """The card is pulled out."""
        self._plugged = False
        ears, self._ears, self._terminal = self._ears, None, None
        if ears:
            ears.lost("the ISDN card is gone; plug it in")
        self.exchange.dead(True)

    def plug(self) -> None:
        self._plugged = True
        self.exchange.dead(False)


def _load(seconds: Callable[[], float]) -> bool:
    load()
    return give_clock(SONAME, seconds)


def _is_setup(packet: bytes) -> bool:
    """A frame of the D channel with SETUP in it: Q.921 § 3.1 (UI frames have one octet of control), Q.931 § 4."""
    if len(packet) < 4 or packet[0] != D_CHANNEL:
        return False
    message = packet[4:] if packet[3] & 3 == 3 else packet[5:]
    return len(message) > 3 and message[0] == 8 and message[2 + (message[1] & 15)] == SETUP


class SpanPcm:
    """One end of a leg's voice, as audio.local wants it; implements audio.shortcut.Shortcut."""

    def __init__(self, link: MemoryLink, leg: str, on_data: Callable[[bytes], None]) -> None:
        span = link.span
        heard = span.listen(leg, lambda frame: on_data(pcm_of(frame))) if span else None
        if span is None or heard is None:
            raise OSError(f"there is no leg {leg}")
        self._span, self._heard, self._joined = span, heard, False
        self.card, self.leg = link.source("").removeprefix("span:").rstrip("#"), leg

    def write(self, data: bytes) -> int:
        if not self._joined:
            self._heard(alaw_of(data))
        return len(data)

    def join(self, leg: str, *, untouched: bool) -> None:
        self._joined = True
        self._span.join(self.leg, leg, untouched=untouched)

    def take(self) -> None:
        self._joined = False
        self._span.take(self.leg)

    def close(self) -> None:
        self._span.listen(self.leg, None)


class SpanAudio:
    """Implements audio.local.OpenSource for `span:NAME#LEG`; other sources are somebody else's."""

    def __init__(
        self, links: Mapping[str, MemoryLink], other: OpenSource | None = None
    ) -> None:
        self._links, self._other = links, other
        self.heard: defaultdict[str, bytearray] = defaultdict(bytearray)  # PCM by leg

    def open_source(self, source: str, on_data: Callable[[bytes], None]) -> PcmWire:
        if self._other and not source.startswith("span:"):
            return self._other(source, on_data)
        name, _, leg = source.removeprefix("span:").partition("#")
        if name not in self._links:
            raise OSError(f"{source} is not there")

        def data(pcm: bytes) -> None:
            self.heard[leg] += pcm
            on_data(pcm)

        return SpanPcm(self._links[name], leg, data)
