"""Frames: 20 ms of 8 kHz, signed 16-bit little-endian, one channel."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

RATE = 8000  # Hz
FRAME_MS = 20
FRAME_SAMPLES = RATE * FRAME_MS // 1000
FRAME_OCTETS = FRAME_SAMPLES * 2
OCTETS_A_SECOND = RATE * 2
SILENCE = bytes(FRAME_OCTETS)
SILENT_DBM0 = -99.0
FULL_SCALE = 32767
FULL_SCALE_POWER = 32768.0 * 32768.0 / 2  # mean square of a full-scale sine
FULL_SCALE_DBM0 = 3.14  # a full-scale sine; ITU-T G.711 table 5


class FrameCutter:
    """Octets as they come, whole frames out: a modem may deliver odd pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Sequence[bytes]:
        if not self._rest and len(data) == FRAME_OCTETS:
            return (data,)
        data = self._rest + data
        whole = len(data) // FRAME_OCTETS * FRAME_OCTETS
        self._rest = data[whole:]
        return [data[at : at + FRAME_OCTETS] for at in range(0, whole, FRAME_OCTETS)]


def samples(pcm: bytes) -> array[int]:
    """Whole samples of PCM octets."""
    made = array("h")
    made.frombytes(pcm[: len(pcm) // 2 * 2])
    return made


def level_dbm0(pcm: bytes) -> float:
    """The level of some PCM in dBm0; -99 for silence."""
    values = samples(pcm)
    return power_dbm0(power(values)) if values else SILENT_DBM0


def power(values: Sequence[int]) -> float:
    """Mean square; by the one loop over many numbers that the library has in C."""
    return math.hypot(*values) ** 2 / len(values)


def power_dbm0(mean_square: float) -> float:
    if mean_square <= 0:
        return SILENT_DBM0
    return 10 * math.log10(mean_square / FULL_SCALE_POWER) + FULL_SCALE_DBM0


class Loudness:
    """The mean level of a stream while it sounds, from the frames it is shown: a level needs only some of them."""

    LEAST = 10.0**2  # mean square, about -65 dBm0: what is softer is a pause

    def __init__(self) -> None:
        self._looks = 0
        self._sum = 0.0
        self._peak = 0
        self._now = 0.0
        self.clipped = 0  # samples at full scale

    def add(self, frame: bytes) -> None:
        values = tuple(samples(frame))  # an array would make its numbers anew at each look
        self._now = mean = power(values)
        if mean > self.LEAST:
            self._sum += mean
            self._looks += 1
            peak = max(max(values), -min(values))
            self._peak = max(self._peak, peak)
            if peak >= FULL_SCALE:
                self.clipped += values.count(FULL_SCALE) + values.count(-FULL_SCALE - 1)

    @property
    def peak_dbm0(self) -> float:
        """The loudest sample, as the level of the sine that has it as its peak."""
        return round(power_dbm0(self._peak * self._peak / 2), 1)

    @property
    def now_dbm0(self) -> float:
        """Of the frame that it was shown last."""
        return round(power_dbm0(self._now), 1) if self._now > self.LEAST else SILENT_DBM0

    @property
    def dbm0(self) -> float:
        return round(power_dbm0(self._sum / self._looks), 1) if self._looks else SILENT_DBM0
