"""Tones: those of a country (ITU-T E.180) and those of a key (ITU-T Q.23)."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from appliance.audio.frame import FRAME_OCTETS, RATE

LEVEL_DBM0 = -13.0  # each tone; loud enough under a prompt, below clipping
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # Hz; Q.23 § 6
KEYS = "123A456B789C*0#D"
NAMES = ("dial", "ringback", "busy", "congestion", "beep", "error")


@dataclass(frozen=True, slots=True)
class Burst:
    """Frequencies in Hz sounding together for `on` s, then `off` s of silence."""

    hertz: tuple[float, ...]
    on: float = 1.0
    off: float = 0.0


Cadence = tuple[Burst, ...]  # repeated; one burst without an off is a steady tone


def _tone(*hertz: float, on: float = 1.0, off: float = 0.0) -> Cadence:
    return (Burst(hertz, on, off),)


COMMON: dict[str, Cadence] = {
    "beep": _tone(1000.0, on=0.2),
    # The special information tone, E.180 § 6.5: three rising tones and a pause.
    "error": (Burst((950.0,), 0.33), Burst((1400.0,), 0.33), Burst((1800.0,), 0.33, 1.0)),
}
EUROPE: dict[str, Cadence] = {
    "dial": _tone(425.0), "ringback": _tone(425.0, on=1.0, off=4.0), "busy": _tone(425.0, on=0.48, off=0.48),
    "congestion": _tone(425.0, on=0.24, off=0.24),
}
COUNTRIES: dict[str, dict[str, Cadence]] = {
    "US": {"dial": _tone(350.0, 440.0), "ringback": _tone(440.0, 480.0, on=2.0, off=4.0),
           "busy": _tone(480.0, 620.0, on=0.5, off=0.5), "congestion": _tone(480.0, 620.0, on=0.25, off=0.25)},
    "GB": {"dial": _tone(350.0, 440.0),
           "ringback": (Burst((400.0, 450.0), 0.4, 0.2), Burst((400.0, 450.0), 0.4, 2.0)),
           "busy": _tone(400.0, on=0.375, off=0.375), "congestion": _tone(400.0, on=0.4, off=0.35)},
    "FR": {**EUROPE, "dial": _tone(440.0), "ringback": _tone(440.0, on=1.5, off=3.5),
           "busy": _tone(440.0, on=0.5, off=0.5)},
    "AT": {**EUROPE, "dial": _tone(420.0), "ringback": _tone(420.0, on=1.0, off=5.0)},
}


def cadence(name: str, country: str) -> Cadence:
    """The tone of that name in that country; a tone nobody knows is a beep."""
    return {**COUNTRIES.get(country, EUROPE), **COMMON}.get(name, COMMON["beep"])


def tone_frames(name: str, country: str, seconds: float | None) -> Iterator[bytes]:
    """Frames of the tone, for ever when `seconds` is None."""
    period = one_period(name, country)
    endless = period + period[:FRAME_OCTETS]  # a frame may reach over the seam
    at, left = 0, None if seconds is None else max(1, round(seconds * 50))
    while left is None or left > 0:
        yield endless[at : at + FRAME_OCTETS]
        at = (at + FRAME_OCTETS) % len(period)
        left = None if left is None else left - 1


@lru_cache(maxsize=64)
def one_period(name: str, country: str) -> bytes:
    """Every on and off of the tone once, never shorter than a frame. Frequencies are whole in it, so no seam clicks."""
    return b"".join(
        mix(burst.hertz, round(burst.on * RATE), LEVEL_DBM0) + bytes(2 * round(burst.off * RATE))
        for burst in cadence(name, country)
    )


def mix(hertz: tuple[float, ...], count: int, level_dbm0: float) -> bytes:
    """`count` samples of sines, each at that level."""
    peak = 32768 * 10 ** ((level_dbm0 - 3.14) / 20)
    steps = [2 * math.pi * f / RATE for f in hertz]
    values = (sum(math.sin(step * n) for step in steps) * peak for n in range(count))
    return array("h", (max(-32768, min(32767, round(v))) for v in values)).tobytes()


def key_tone(key: str, on_ms: int = 100, off_ms: int = 100, level_dbm0: float = -8.0) -> bytes:
    """The two tones of a key and the pause after it, as PCM. Raises ValueError for what is no key."""
    at = KEYS.index(key)
    pair = (float(ROWS[at // 4]), float(COLUMNS[at % 4]))
    return mix(pair, on_ms * RATE // 1000, level_dbm0) + bytes(2 * (off_ms * RATE // 1000))
