"""A DTMF detector without a library: slower and deafer than spandsp, so that a box without it still hears keys."""

from __future__ import annotations

import math
from collections.abc import Iterable

from appliance.audio.dtmf import KEYS
from appliance.audio.frame import RATE, samples
from appliance.audio.tones import COLUMNS, ROWS
from appliance.audio.tones import KEYS as LAYOUT

BLOCKS = 2  # frames of 20 ms that must agree: 40 ms of tone, the least Q.24 asks to be heard
LEAST = 0.6  # share of the frame's power that the two tones must have: speech has less
TWIST = 16.0  # power ratio of the two tones, 12 dB


class GoertzelDetector:
    """One channel."""

    def __init__(self) -> None:
        self._last = ""
        self._run = 0

    def feed(self, frame: bytes) -> str:
        key = key_of(frame)
        self._run = self._run + 1 if key and key == self._last else 1
        self._last = key
        return key if key in KEYS and self._run == BLOCKS else ""

    def suspects(self, frame: bytes) -> bool:
        """Of the frame fed last."""
        return bool(self._last)


def key_of(frame: bytes) -> str:
    values = samples(frame)
    total = sum(v * v for v in values)
    if total < len(values) * 200 * 200:  # about -39 dBm0
        return ""
    rows, columns = ([power_at(values, f) for f in group] for group in (ROWS, COLUMNS))
    row, column = max(rows), max(columns)
    share = (row + column) * 2 / (len(values) * total)
    if share < LEAST or not 1 / TWIST < row / max(column, 1e-9) < TWIST:
        return ""
    return LAYOUT[rows.index(row) * 4 + columns.index(column)]


def power_at(values: Iterable[int], hertz: int) -> float:
    step = 2 * math.cos(2 * math.pi * hertz / RATE)
    one = two = 0.0
    for value in values:
        one, two = value + step * one - two, one
    return one * one + two * two - step * one * two
