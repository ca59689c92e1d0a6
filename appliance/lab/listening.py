"""Did somebody hear somebody? Compares loudness over time, which every codec keeps and no two utterances share."""

from __future__ import annotations

import math
from array import array

WINDOW = 160  # samples: 20 ms
TAIL = 25  # windows: a call may end while the last half second is still on its way


def envelope(pcm: bytes) -> list[float]:
    """Loudness of each 20 ms, as the logarithm of its mean square."""
    values = array("h")
    values.frombytes(pcm[: len(pcm) // 2 * 2])
    return [
        math.log10(1 + sum(v * v for v in values[at : at + WINDOW]) / WINDOW)
        for at in range(0, len(values) - WINDOW + 1, WINDOW)
    ]


def heard(recording: bytes, original: bytes) -> float:
    """How surely the recording holds the original somewhere: the best correlation of loudness, -1 to 1."""
    ear, mouth = envelope(recording) + [0.0] * TAIL, envelope(original)
    if len(mouth) < 10 or len(ear) < len(mouth):
        return 0.0
    mean = sum(mouth) / len(mouth)
    wanted = [value - mean for value in mouth]
    norm = math.sqrt(sum(value * value for value in wanted))
    best = 0.0
    for lag in range(len(ear) - len(mouth) + 1):
        window = ear[lag : lag + len(mouth)]
        middle = sum(window) / len(window)
        spread = math.sqrt(sum((value - middle) ** 2 for value in window))
        if spread and norm:
            match = sum(a * (b - middle) for a, b in zip(wanted, window, strict=True)) / (spread * norm)
            best = max(best, match)
    return best
