"""Frames: 20 ms of 8 kHz, signed 16-bit little-endian, one channel."""

from __future__ import annotations

import math
from array import array

RATE = 8000  # Hz
FRAME_MS = 20
FRAME_SAMPLES = RATE * FRAME_MS // 1000
FRAME_OCTETS = FRAME_SAMPLES * 2
SILENCE = bytes(FRAME_OCTETS)
FULL_SCALE_DBM0 = 3.14  # a full-scale sine; ITU-T G.711 table 5


class FrameCutter:
    """Octets as they come, whole frames out: a modem may deliver odd pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        if not self._rest and len(data) == FRAME_OCTETS:
            return [data]
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
    power = math.sumprod(values, values) / len(values) if values and hasattr(math, "sumprod") else _power(values)
    return 10 * math.log10(power / (32768**2 / 2)) + FULL_SCALE_DBM0 if power > 0 else -99.0


def _power(values: array[int]) -> float:
    return sum(v * v for v in values) / len(values) if values else 0.0
