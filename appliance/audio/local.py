"""Audio inside the caller's own process, for labs in memory on a clock that is moved: the same mixer, no device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from appliance.audio.client import AudioEvent, AudioSink, PortFailed, PortOpened, Sound, Tone
from appliance.audio.dtmf import KeyDetector
from appliance.audio.echo import make_canceller
from appliance.audio.mixer import Mixer
from appliance.audio.resampler import maker
from appliance.audio.shortcut import Shortcut
from appliance.audio.sounds import frames

BEAT_S = 1.0  # s between two looks at the ports, as audio.process has


class PcmWire(Protocol):
    def write(self, data: bytes) -> int: ...
    def close(self) -> None: ...


@runtime_checkable
class ShortcutWire(Shortcut, Protocol):
    """A wire to a card that joins legs."""


OpenSource = Callable[[str, Callable[[bytes], None]], PcmWire]


def _shortcut(wire: PcmWire) -> Shortcut | None:
    return wire if isinstance(wire, ShortcutWire) else None


class LocalAudio:
    """Implements client.Audio. Messages are beeps: what is said is known from the orders."""

    def __init__(self, open_source: OpenSource, detector: Callable[[], KeyDetector], country: str = "DE") -> None:
        self._open_source = open_source
        self._sinks: list[AudioSink] = []
        self._wires: dict[str, PcmWire] = {}
        self._sources: dict[str, str] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._mixer = Mixer(self._emit, detector, partial(frames, country=country), asyncio.get_running_loop().time,
                            maker())

    async def run(self) -> None:
        await asyncio.get_running_loop().create_future()

    def subscribe(self, sink: AudioSink) -> None:
        self._sinks.append(sink)

    def unsubscribe(self, sink: AudioSink) -> None:
        self._sinks.remove(sink)

    def _emit(self, event: AudioEvent) -> None:
        for sink in list(self._sinks):
            sink(event)

    def open(
        self, port: str, source: str, gain_in: int = 0, gain_out: int = 0, echo_canceller: bool = False
    ) -> None:
        try:
            wire = self._open_wire(port, source)
        except OSError as error:
            return self._emit(PortFailed(port, str(error)))
        self._wires[port], self._sources[port] = wire, source
        self._mixer.attach(port, wire.write, gain_in, gain_out, _shortcut(wire),
                           make_canceller() if echo_canceller else None)
        self._look_later()
        return self._emit(PortOpened(port))

    def reopen(self, port: str) -> None:
        if wire := self._wires.pop(port, None):
            wire.close()
            try:
                wire = self._open_wire(port, self._sources[port])
            except OSError as error:
                self._mixer.detach(port)
                return self._emit(PortFailed(port, str(error)))
            self._wires[port] = wire
            self._mixer.rewire(port, wire.write, _shortcut(wire))
            self._emit(PortOpened(port))
        return None

    def _open_wire(self, port: str, source: str) -> PcmWire:
        """What comes while it is being opened is stale, and dropped."""
        return self._open_source(source, lambda data: self._mixer.received(port, data) if port in self._wires else None)

    def _look_later(self) -> None:
        if self._looking is None and self._wires:
            self._looking = asyncio.get_running_loop().call_later(BEAT_S, self._look)

    def _look(self) -> None:
        self._looking = None
        self._mixer.look()
        self._look_later()

    def close(self, port: str) -> None:
        if wire := self._wires.pop(port, None):
            self._mixer.detach(port)
            wire.close()

    def play(self, port: str, sounds: Sequence[Sound], token: int, *, barge_in: bool = True) -> None:
        tones = [sound if isinstance(sound, Tone) else Tone("beep", 0.5) for sound in sounds]
        self._mixer.play(port, tones, token, barge_in)

    def stop(self, port: str) -> None:
        self._mixer.stop(port)

    def bridge(self, port: str, other: str, digits: str = "pass") -> None:
        self._mixer.bridge(port, other, digits)

    def unbridge(self, port: str) -> None:
        self._mixer.unbridge(port)

    def hold(self, port: str, held: bool) -> None:
        self._mixer.hold(port, held)

    def keys_in_band(self, port: str, keys: str) -> None:
        self._mixer.keys_in_band(port, keys)

    def key_reported(self, port: str, key: str) -> None:
        self._mixer.key_reported(port, key)

    def statistics(self, port: str) -> None:
        self._mixer.statistics(port)
