"""The mixer: moves frames between ports. No I/O, no timers; the modem that reads is the clock of what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from appliance.audio.client import AudioEvent, KeyHeard, Played, PortStatistics
from appliance.audio.dtmf import KeyDetector, KeyMerger
from appliance.audio.frame import FRAME_MS, FRAME_OCTETS, SILENCE, FrameCutter, level_dbm0
from appliance.audio.plc import Concealer
from appliance.audio.sounds import Playable

Write = Callable[[bytes], int]
Frames = Callable[[Sequence[Playable]], Iterator[bytes]]

SURPLUS_FRAMES = 3  # frames a modem may be ahead of what it gave us before one is dropped
DEFICIT_FRAMES = 2  # frames it may be behind before a gap is concealed


@dataclass
class Port:
    """One leg's audio. Octets are counted at the modem: surplus is what it was given minus what it gave."""

    name: str
    write: Write
    detector: KeyDetector
    cutter: FrameCutter = field(default_factory=FrameCutter)
    merger: KeyMerger = field(default_factory=KeyMerger)
    concealer: Concealer = field(default_factory=Concealer)
    peer: Port | None = None
    playing: Iterator[bytes] | None = None
    token: int = 0
    barge_in: bool = True
    octets_in: int = 0
    octets_out: int = 0
    base: int = 0  # octets_out - octets_in when the bridge began
    concealed: int = 0
    dropped: int = 0
    last_in: bytes = SILENCE
    last_out: bytes = SILENCE

    @property
    def ahead(self) -> int:
        """Octets this modem is ahead since the bridge began."""
        return self.octets_out - self.octets_in - self.base


class Mixer:
    """All ports of the box. `received` is the only thing that makes frames move."""

    def __init__(self, emit: Callable[[AudioEvent], None], detector: Callable[[], KeyDetector], frames: Frames) -> None:
        self._emit, self._detector, self._frames = emit, detector, frames
        self._ports: dict[str, Port] = {}

    def attach(self, name: str, write: Write) -> None:
        """A port that is open. `write` takes PCM and returns the octets it took."""
        self._ports[name] = Port(name, write, self._detector())

    def detach(self, name: str) -> None:
        self.unbridge(name)
        if port := self._ports.pop(name, None):
            self._stop(port, finished=False)
            self._emit(self._count(port))

    def received(self, name: str, data: bytes) -> None:
        """Octets from the modem: pass on, listen for keys, and give it as much as it gave."""
        port = self._ports.get(name)
        if port is None:
            return
        port.octets_in += len(data)
        for frame in port.cutter.feed(data):
            self._frame(port, frame)

    def _frame(self, port: Port, frame: bytes) -> None:
        port.last_in = frame
        if port.peer is not None:
            self._pass_on(port.peer, frame)
        keys = port.detector.feed(frame)
        if keys:
            for key in keys:
                self._key(port, key, "in-band")
        if port.playing is not None:
            self._put(port, self._next(port))
        elif port.peer is None:
            self._put(port, SILENCE)
        elif port.ahead < -DEFICIT_FRAMES * FRAME_OCTETS:
            port.concealed += 1
            self._put(port, port.concealer.conceal())

    def _pass_on(self, port: Port, frame: bytes) -> None:
        """Written on arrival, unless a prompt plays or the modem has more than it can need."""
        if port.playing is not None:
            return
        if port.ahead > SURPLUS_FRAMES * FRAME_OCTETS:
            port.dropped += 1
            return
        port.concealer.good(frame)
        self._put(port, frame)

    def _put(self, port: Port, frame: bytes) -> None:
        port.octets_out += port.write(frame)
        port.last_out = frame

    def _next(self, port: Port) -> bytes:
        assert port.playing is not None
        frame = next(port.playing, None)
        if frame is None:
            self._stop(port, finished=True)
            return SILENCE
        return frame

    # Orders

    def play(self, name: str, sounds: Sequence[Playable], token: int, barge_in: bool) -> None:
        port = self._ports.get(name)
        if port is None:
            return self._emit(Played(name, token, False))
        self._stop(port, finished=False)
        port.playing, port.token, port.barge_in = self._frames(sounds), token, barge_in
        return None

    def stop(self, name: str) -> None:
        if port := self._ports.get(name):
            self._stop(port, finished=False)

    def _stop(self, port: Port, *, finished: bool) -> None:
        if port.playing is not None:
            port.playing = None
            port.base = port.octets_out - port.octets_in
            self._emit(Played(port.name, port.token, finished))

    def bridge(self, name: str, other: str) -> None:
        one, two = self._ports.get(name), self._ports.get(other)
        if one and two:
            for port in (one, two):
                port.base = port.octets_out - port.octets_in
            one.peer, two.peer = two, one

    def unbridge(self, name: str) -> None:
        port = self._ports.get(name)
        if port and port.peer:
            port.peer.peer = None
            port.peer = None

    def key_reported(self, name: str, key: str) -> None:
        if port := self._ports.get(name):
            self._key(port, key, "modem")

    def _key(self, port: Port, key: str, source: str) -> None:
        at_ms = port.octets_in / FRAME_OCTETS * FRAME_MS
        if port.merger.accept(key, at_ms, source):
            self._emit(KeyHeard(port.name, key))
            if port.barge_in:
                self._stop(port, finished=False)

    def statistics(self, name: str) -> None:
        if port := self._ports.get(name):
            self._emit(self._count(port))

    @staticmethod
    def _count(port: Port) -> PortStatistics:
        return PortStatistics(port.name, port.octets_in, port.octets_out, port.concealed, port.dropped,
                              level_dbm0(port.last_in), level_dbm0(port.last_out))
