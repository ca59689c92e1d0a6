"""Two devices whose clocks differ, and the mixer between them, on time that is counted: what the far ear hears."""

from __future__ import annotations

import heapq
import math
import random
from array import array
from dataclasses import dataclass, field

from appliance.audio.client import PortStatistics
from appliance.audio.frame import FRAME_OCTETS, OCTETS_A_SECOND, RATE, SILENCE, samples
from appliance.audio.mixer import Mixer
from appliance.audio.resampler import maker

PERIOD_S = 0.02
HERTZ, LEVEL = 400.0, 8000.0
CLICK = 0.03 * LEVEL  # what no sine of that frequency does between three samples


class Deaf:
    """A detector that costs nothing."""

    def feed(self, frame: bytes) -> str:
        return ""

    def suspects(self, frame: bytes) -> bool:
        return False


@dataclass
class Device:
    """Gives a frame at each of its ticks, and takes one; what it lacks it plays as nothing."""

    name: str
    ppm: float
    phase_s: float
    ticks: int = 0
    stopped_s: float = 0.0
    late_until_s: float = 0.0  # what it gives is read then
    buffer: bytearray = field(default_factory=bytearray)
    played: array[int] = field(default_factory=lambda: array("h"))
    waits: list[float] = field(default_factory=list)

    @property
    def next_s(self) -> float:
        return self.phase_s + self.stopped_s + self.ticks * PERIOD_S / (1 + self.ppm / 1e6)


class Pair:
    """`a` sings a sine, `b` is silent."""

    def __init__(
        self, a_ppm: float, b_ppm: float, phase_s: float = 0.005, resampler: bool = True, late_s: float = 0.0,
        busy_s: float = 0.0, seed: int = 7, alone_s: float = 1.5,
    ) -> None:
        """`late_s`: what a device gives is read as much later at most, now sooner, now later. `busy_s`: for a second
        all that a device gives is read as much later at most, for another second less or more. `alone_s`: before they
        are bridged."""
        self.now = 0.0
        self._late_s, self._busy_s, self._luck = late_s, busy_s, random.Random(seed)
        self._floors: dict[tuple[str, int], float] = {}
        self._unread: list[tuple[float, int, str, bytes]] = []
        self.a, self.b = Device("a", a_ppm, 0.001), Device("b", b_ppm, 0.001 + phase_s)
        self._turn = 0.0
        made = maker() if resampler else None
        self.events: list[object] = []
        self.mixer = Mixer(self.events.append, Deaf, lambda sounds: iter(()), lambda: self.now, made)
        for device in (self.a, self.b):
            self.mixer.attach(device.name, lambda frame, device=device: self._write(device, frame))  # type: ignore[misc]
        self.run(alone_s)
        self.mixer.bridge("a", "b")

    def _write(self, device: Device, frame: bytes) -> int:
        if device is self.b:
            device.waits.append(device.next_s - self.now + len(device.buffer) / OCTETS_A_SECOND)
        device.buffer += frame
        return len(frame)

    def run(self, seconds: float, stalled: bool = False) -> None:
        """`stalled`: the machine does nothing meanwhile; the devices go on, and what they gave waits."""
        end = self.now + seconds
        while (device := min(self.a, self.b, key=lambda each: each.next_s)).next_s <= end:
            at = device.next_s
            if not stalled:
                self._read(at)
            self.now = at
            read_at = max(at + self._floor(device) + self._luck.random() * self._late_s, device.late_until_s)
            heapq.heappush(self._unread, (read_at, device.ticks, device.name, self._tick(device)))
            if not stalled:
                self._read(at)
        self.now = end
        self._read(end)

    def _floor(self, device: Device) -> float:
        second = (device.name, device.ticks // 50)
        return self._floors.setdefault(second, self._luck.random() * self._busy_s)

    def _read(self, until: float) -> None:
        while self._unread and self._unread[0][0] <= until:
            at, _, name, frame = heapq.heappop(self._unread)
            self.now = max(self.now, at)
            self.mixer.received(name, frame)

    def _tick(self, device: Device) -> bytes:
        device.ticks += 1
        frame = bytes(device.buffer[:FRAME_OCTETS])
        del device.buffer[:FRAME_OCTETS]
        if device is self.b:
            device.played.extend(samples(frame + bytes(FRAME_OCTETS - len(frame))))
            return SILENCE
        return self._sine()

    def _sine(self) -> bytes:
        step = 2 * math.pi * HERTZ / RATE
        made = array("h", (round(LEVEL * math.sin(self._turn + step * n)) for n in range(FRAME_OCTETS // 2)))
        self._turn = (self._turn + step * len(made)) % (2 * math.pi)
        return made.tobytes()

    def statistics(self, name: str = "b") -> PortStatistics:
        self.mixer.statistics(name)
        last = self.events[-1]
        assert isinstance(last, PortStatistics)
        return last

    def clicks(self, from_s: float = 2.0) -> int:
        """Places where what was played is no sine; neighbours are one."""
        turn = 2 * math.cos(2 * math.pi * HERTZ / RATE)
        heard, found, last = self.b.played, 0, -1000
        for n in range(int(from_s * RATE) + 1, len(heard) - 1):
            if abs(heard[n + 1] - turn * heard[n] + heard[n - 1]) > CLICK:
                found += n - last > 80
                last = n
        return found
