"""Tones: those of a country (ITU-T E.180) and those of a key (ITU-T Q.23)."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.audio.frame import FRAME_OCTETS, RATE

LEVEL_DBM0 = -13.0  # each tone; loud enough under a prompt, below clipping
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)  # Hz; Q.23 § 6
KEYS = "123A456B789C*0#D"


@dataclass(frozen=True, slots=True)
class Cadence:
    """Frequencies in Hz sounding together; on and off in s, repeated. An off of 0 is a steady tone."""

    hertz: tuple[float, ...]
    on: float = 1.0
    off: float = 0.0


BEEP = Cadence((1000.0,), 0.2)
ERROR = Cadence((950.0,), 0.33, 0.0)
EUROPE = {"dial": Cadence((425.0,)), "ringback": Cadence((425.0,), 1.0, 4.0), "busy": Cadence((425.0,), 0.48, 0.48),
          "congestion": Cadence((425.0,), 0.24, 0.24)}
COUNTRIES: dict[str, dict[str, Cadence]] = {
    "US": {"dial": Cadence((350.0, 440.0)), "ringback": Cadence((440.0, 480.0), 2.0, 4.0),
           "busy": Cadence((480.0, 620.0), 0.5, 0.5), "congestion": Cadence((480.0, 620.0), 0.25, 0.25)},
    "GB": {"dial": Cadence((350.0, 440.0)), "ringback": Cadence((400.0, 450.0), 0.4, 0.2),
           "busy": Cadence((400.0,), 0.375, 0.375), "congestion": Cadence((400.0,), 0.4, 0.35)},
    "FR": {**EUROPE, "dial": Cadence((440.0,)), "ringback": Cadence((440.0,), 1.5, 3.5),
           "busy": Cadence((440.0,), 0.5, 0.5)},
    "AT": {**EUROPE, "dial": Cadence((420.0,)), "ringback": Cadence((420.0,), 1.0, 5.0)},
}


def cadence(name: str, country: str) -> Cadence:
    """The tone of that name in that country; a tone nobody knows is a beep."""
    table = COUNTRIES.get(country, EUROPE)
    return {**table, "beep": BEEP, "error": ERROR}.get(name, BEEP)


def tone_frames(name: str, country: str, seconds: float | None) -> Iterator[bytes]:
    """Frames of the tone, for ever when `seconds` is None."""
    tone = cadence(name, country)
    period = one_period(tone)
    at, left = 0, None if seconds is None else max(1, round(seconds * 50))
    doubled = period + period[:FRAME_OCTETS]
    while left is None or left > 0:
        yield doubled[at : at + FRAME_OCTETS]
        at = (at + FRAME_OCTETS) % len(period)
        left = None if left is None else left - 1


def one_period(tone: Cadence) -> bytes:
    """One on and off. A steady tone has 1 s: every whole frequency then joins without a click."""
    sound = mix(tone.hertz, round(tone.on * RATE), LEVEL_DBM0)
    whole = sound + bytes(2 * round(tone.off * RATE))
    return whole + bytes(-len(whole) % FRAME_OCTETS)


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
