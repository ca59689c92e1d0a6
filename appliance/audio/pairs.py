"""Which two tones of a key stand out in 30 ms of sound, looked for every 10 ms, by libspandsp's dot product.

A slow codec blurs a key's tones until spandsp's detector calls them speech; over 30 ms they still stand out by 8 dB.
"""

from __future__ import annotations

import ctypes
import math
from array import array
from functools import cache
from typing import Any, NamedTuple

from appliance.audio.dtmf import Dtmf
from appliance.audio.frame import FRAME_OCTETS, FRAME_SAMPLES, RATE, SILENCE, power, samples
from appliance.audio.tones import COLUMNS, KEYS, ROWS

WINDOW = 240  # samples: 30 ms tell the rows apart (73 Hz) and still fit between the pauses of the fastest keying
SCALE = 400  # of the tables: the sum of 240 products of full scale stays within 32 bits
FAINT = 0.12  # part of the peak that the higher tone has in a key, however twisted; speech mostly has less
GLIMPSE = 64  # samples near the middle of the later window, so few that one filter covers all columns
MIDDLE = 1340  # Hz, between them
GLIMPSED = 0.3  # of its amplitude that a column has in that filter, at the least


class Pair(NamedTuple):
    """A key's two tones: how far both stand out (dB, each counted up to 20), their share of all power."""

    key: str
    clear: float
    share: float


def _tables(hertz: float, length: int) -> tuple[bytes, bytes]:
    """Cosine and sine, in a Hamming window."""
    window = [SCALE * (0.54 - 0.46 * math.cos(2 * math.pi * n / (length - 1))) for n in range(length)]
    turn = 2 * math.pi * hertz / RATE
    return (array("h", (round(part * math.cos(turn * n)) for n, part in enumerate(window))).tobytes(),
            array("h", (round(part * math.sin(turn * n)) for n, part in enumerate(window))).tobytes())


@cache
def _beside(part: float) -> dict[int, tuple[tuple[bytes, bytes], ...]]:
    """Tables for so much below and above each tone."""
    return {hertz: (_tables(hertz * (1 - part), WINDOW), _tables(hertz * (1 + part), WINDOW))
            for hertz in (*ROWS, *COLUMNS)}


TABLES = {hertz: _tables(hertz, WINDOW) for hertz in (*ROWS, *COLUMNS)}
FULL = (SCALE * 0.54 * WINDOW / 2) ** 2  # a tone's dot product squared, for an amplitude of 1
GLIMPSE_TABLES = _tables(MIDDLE, GLIMPSE)
GLIMPSE_FULL = (SCALE * 0.54 * GLIMPSE / 2 * GLIMPSED) ** 2


class PairMeter:
    """One channel's last two frames, and what is in them."""

    def __init__(self, library: Any, dtmf: Dtmf) -> None:
        self._dot, self._extremes = library.vec_dot_prodi16, library.vec_min_maxi16
        self._both = (ctypes.c_int16 * 2)()
        self._before = self._frame = SILENCE
        self._windows = [b"", b""]
        self._peak, self._least_peak, self._least_share = 0, dtmf.least_peak, dtmf.least_share
        self._stands_out = 10 ** (dtmf.stands_out_db / 10)
        self._twist = 10 ** (dtmf.twist_db / 10), 10 ** (dtmf.reverse_twist_db / 10)
        self._beside, self._less = _beside(dtmf.beside), 10 ** (dtmf.beside_db / 10)
        self._least_glimpse = GLIMPSE_FULL * (FAINT * dtmf.least_peak) ** 2

    def take(self, frame: bytes) -> bool:
        """The next frame. False when a glimpse is enough: too quiet for a key, or next to nothing near the columns."""
        if len(frame) != FRAME_OCTETS:
            return False  # the library would read beyond it
        self._before, self._frame = self._frame, frame
        dot, (cosine, sine) = self._dot, GLIMPSE_TABLES
        one, two = dot(frame, cosine, GLIMPSE), dot(frame, sine, GLIMPSE)
        seen = one * one + two * two
        if seen < self._least_glimpse:
            return False
        self._peak = self._extremes(frame, FRAME_SAMPLES, self._both)
        return self._peak > self._least_peak and seen > GLIMPSE_FULL * (FAINT * self._peak) ** 2

    def open(self) -> None:
        """Before any look at this frame."""
        half = FRAME_OCTETS // 2
        self._windows = [self._before + self._frame[:half], self._before[half:] + self._frame]

    def power(self, hertz: int, hop: int) -> float:
        """Of one tone: the square of its amplitude."""
        return self._power(TABLES[hertz], hop)

    def _power(self, tables: tuple[bytes, bytes], hop: int) -> float:
        dot, sound = self._dot, self._windows[hop]
        one, two = int(dot(sound, tables[0], WINDOW)), int(dot(sound, tables[1], WINDOW))
        return (one * one + two * two) / FULL

    def of_key(self, key: str, hop: int) -> float:
        """Both tones of that key."""
        return sum(self.power(hertz, hop) for hertz in _tones(key))

    def tuned(self, key: str) -> bool:
        """A voice that makes a key's tones seldom hits both: its overtones are a little beside."""
        return all(self._power(beside, 1) <= self.power(hertz, 1) * self._less
                   for hertz in _tones(key) for beside in self._beside[hertz])

    def look(self, hop: int) -> Pair | None:
        """The key whose tones stand out in the earlier (0) or later (1) window. The columns first: speech has less
        there, and so most looks are short."""
        columns = [self.power(hertz, hop) for hertz in COLUMNS[:3]]
        column = max(columns)
        if column < (FAINT * self._peak) ** 2 or sorted(columns)[1] * self._stands_out > column:
            return None
        rows = [self.power(hertz, hop) for hertz in ROWS]
        row, next_row = max(rows), sorted(rows)[2]
        if next_row * self._stands_out > row or row > column * self._twist[0] or column > row * self._twist[1]:
            return None
        next_column = max(sorted(columns)[1], self.power(COLUMNS[3], hop))
        share = (row + column) / self._all_power(hop)
        if next_column * self._stands_out > column or share < self._least_share:
            return None
        clear = _decibels(row, next_row) + _decibels(column, next_column)
        return Pair(KEYS[rows.index(row) * 4 + columns.index(column)], clear, share)

    def _all_power(self, hop: int) -> float:
        """Twice the mean square, as a tone's is; every other sample tells it as well as all."""
        return 2.0 * power(samples(self._windows[hop])[::2]) + 1


def _tones(key: str) -> tuple[int, int]:
    row, column = divmod(KEYS.index(key), 4)
    return ROWS[row], COLUMNS[column]


def _decibels(best: float, second: float) -> float:
    return min(20.0, 10 * math.log10(best / (second + 1e-9)))
