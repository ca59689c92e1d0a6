"""Did somebody hear somebody? Compares loudness over time, which every codec keeps and no two utterances share."""

from __future__ import annotations

import ctypes
import math
from array import array

from appliance.audio.dtmf import load_spandsp

WINDOW = 160  # samples: 20 ms
_DIGITS = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
TAIL = 25  # windows: a call may end while the last half second is still on its way


def envelope(pcm: bytes) -> list[float]:
    """Loudness of each 20 ms, as the logarithm of its mean square."""
    values = array("h")
    values.frombytes(pcm[: len(pcm) // 2 * 2])
    return [
        math.log10(1 + sum(v * v for v in values[at : at + WINDOW]) / WINDOW)
        for at in range(0, len(values) - WINDOW + 1, WINDOW)
    ]


def keys_in(pcm: bytes) -> str:
    """The digits that a menu hears in it: libspandsp's detector as it comes, not tuned as ours is."""
    library = load_spandsp()
    told: list[str] = []
    report = _DIGITS(lambda user, digits, count: told.append(digits[:count].decode("ascii", "replace")))
    library.dtmf_rx_init.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    state = ctypes.c_void_p(library.dtmf_rx_init(None, ctypes.cast(report, ctypes.c_void_p), None))
    for at in range(0, len(pcm) - 2 * WINDOW + 1, 2 * WINDOW):
        library.dtmf_rx(state, pcm[at : at + 2 * WINDOW], WINDOW)
    library.dtmf_rx_free(state)
    return "".join(told)


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
