"""Numbers keyed as phones key them, through the air: what a detector is tried on. Seeded, so every run is the same."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from appliance.audio.dtmf import load_spandsp
from appliance.audio.ear import TwoLooks
from appliance.audio.frame import FRAME_OCTETS, RATE
from appliance.audio.tones import COLUMNS, KEYS, ROWS
from appliance.lab.codec import AMR_4_75, AMR_5_9, AMR_5_15, AMR_7_95, AMR_12_2, Amr, Codec, FullRate, Transparent
from appliance.vocabulary.clock import seeded

AIRS: dict[str, Callable[[], Codec]] = {
    "plain": Transparent, "GSM full rate": FullRate, "AMR 12.2": partial(Amr, AMR_12_2),
    "AMR 7.95": partial(Amr, AMR_7_95), "AMR 5.9": partial(Amr, AMR_5_9), "AMR 5.15": partial(Amr, AMR_5_15),
    "AMR 4.75": partial(Amr, AMR_4_75)}
LEVELS = -18.0, -8.0  # dBm0 of the row's tone
TWISTS = -3.0, 2.0  # dB of the column's beside it
OFF_TUNE = 0.005  # of the frequency; Q.23 allows 0.018, phones are better
REST = bytes(3200)


@dataclass(frozen=True, slots=True)
class Keying:
    """Numbers of ten digits and `#`, keyed at one pace over one kind of air."""

    air: str
    on_ms: int
    off_ms: int
    numbers: int
    loss: float = 0.0  # share of frames that the air loses


@dataclass(frozen=True, slots=True)
class Outcome:
    """`whole`: numbers heard exactly. `keys`: those heard in order. `extra`: heard and not keyed there."""

    numbers: int
    whole: int
    keyed: int
    keys: int
    extra: int

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.numbers + other.numbers, self.whole + other.whole, self.keyed + other.keyed,
                       self.keys + other.keys, self.extra + other.extra)


NOTHING = Outcome(0, 0, 0, 0, 0)


def key_sound(key: str, on_ms: int, off_ms: int, level: float, twist: float, off_tune: float) -> bytes:
    """As `key_tone`, from a phone that is not quite right."""
    row, column = divmod(KEYS.index(key), 4)
    low = 32768 * 10 ** ((level - 3.14) / 20)
    high = low * 10 ** (twist / 20)
    steps = [2 * math.pi * hertz * (1 + off_tune) / RATE for hertz in (ROWS[row], COLUMNS[column])]
    tone = array("h", (round(low * math.sin(steps[0] * n) + high * math.sin(steps[1] * n))
                       for n in range(on_ms * RATE // 1000)))
    return tone.tobytes() + bytes(2 * (off_ms * RATE // 1000))


def matched(keyed: str, heard: str) -> int:
    """Length of the longest common subsequence: the keys that were heard, in order."""
    row = [0] * (len(heard) + 1)
    for key in keyed:
        before = row[:]
        for at, other in enumerate(heard):
            row[at + 1] = before[at] + 1 if key == other else max(before[at + 1], row[at])
    return row[-1]


def try_keying(keying: Keying) -> Outcome:
    """Each number from another phone, over a connection of its own."""
    dice, library, result = seeded(sum(map(ord, repr(keying)))), load_spandsp(), NOTHING
    for _ in range(keying.numbers):
        number = "".join(dice.choice("0123456789") for _ in range(10)) + "#"
        level, twist, off_tune = dice.uniform(*LEVELS), dice.uniform(*TWISTS), dice.uniform(-OFF_TUNE, OFF_TUNE)
        pcm = REST + bytes(2 * dice.randrange(FRAME_OCTETS // 2)) + b"".join(
            key_sound(key, keying.on_ms, keying.off_ms, level, twist, off_tune) for key in number) + REST
        pcm += bytes(-len(pcm) % FRAME_OCTETS)
        air, detector, heard = AIRS[keying.air](), TwoLooks(library), ""
        for at in range(0, len(pcm), FRAME_OCTETS):
            frame = pcm[at : at + FRAME_OCTETS]
            lost = keying.loss and dice.random() < keying.loss
            heard += detector.feed(air.lose(frame) if lost else air.pass_through(frame))
        keys = matched(number, heard)
        result += Outcome(1, heard == number, len(number), keys, len(heard) - keys)
    return result
