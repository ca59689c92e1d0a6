"""How the keys of one party reach the other: each as one digit, whatever the vocoders on the way did to its tone.

A tone that went through two vocoders is heard badly, doubled, or not at all. So when a key is heard, what is left of
its tone is replaced by a clean one, without a gap: the begin that has passed already and the clean rest are one tone to
the far detector. It sounds for as long as the key is held, at least LEAST frames, and silence follows, so that two keys
are never one. Keys that come faster than that wait their turn.

A device plays on while nobody gives it anything, so a frame that comes late would tear the tone, and a torn tone is two
digits to a menu. So the clean tone is one frame ahead of the keyer: it begins with two, and one of the silence behind
it is not given.
"""

from __future__ import annotations

import cmath
import math
from array import array
from collections import deque
from collections.abc import Callable

from appliance.audio.frame import FRAME_SAMPLES, RATE, SILENCE, power, samples
from appliance.audio.goertzel import power_at
from appliance.audio.tones import COLUMNS, KEYS, ROWS

IN_BAND, BY_LINE, PASS = "in-band", "vts", "pass"  # the line of the far party sends what it is told, or nothing is done
LEVEL_DBM0 = -9.0  # each tone; ETSI ES 201 235-2 § 4.2.4 has -9 and -11 dBm nominal at a telephone's line
LEAST = 3  # frames of clean tone: with the begin that has passed, more than the 40 ms of ITU-T Q.24
WHOLE = 4  # frames of a tone of which nothing has passed
PAUSE = 3  # frames of silence behind a tone; Q.24: 40 ms
HOLE = 2  # frames without the tone that may be a lost frame of the air
LONGEST = 500  # frames, 10 s: nobody holds a key for longer
HEARD = 2  # frames of a tone that passed: the far side heard it
SHARE = 0.35  # share of a frame's power in the two tones; a vocoder smears them
TAIL = 20  # power ratio, 13 dB: what is so much softer than the tone was is its echo or its end
SOFT = 100 * 100  # mean square, about -45 dBm0: below it nothing sounds
MEMORY = 50  # frames in which a tone may have passed before a modem's report of it comes
PEAK = 32768 * 10 ** ((LEVEL_DBM0 - 3.14) / 20)
STEPS = [cmath.exp(-2j * math.pi * n / RATE) for n in range(RATE)]
SINE = [math.sin(2 * math.pi * n / RATE) * PEAK for n in range(RATE)]  # 1 Hz: every whole frequency is in it


def _pair(key: str) -> tuple[int, int]:
    at = KEYS.index(key)
    return ROWS[at // 4], COLUMNS[at % 4]


class KeyWay:
    """One direction of a bridge. `sounds` False: keys are only taken out; somebody else sends them."""

    def __init__(self, sounds: bool = True, suspects: Callable[[bytes], bool] | None = None) -> None:
        """`suspects` says of a frame, before the key is told, that a tone may have begun: it is held back."""
        self._sounds, self._suspects = sounds, suspects
        self._past: deque[bytes] = deque(maxlen=MEMORY)
        self._waiting: deque[str] = deque()
        self._key = ""  # that sounds, or sounded last while its pause runs
        self._sample = self._given = self._least = self._quiet = self._pause = 0
        self._loudest, self._phases = 0.0, (0, 0)
        self._broken = False  # the tone ceased for a frame
        self._ahead = False  # the far side has a frame more than was keyed
        self._live = False  # it is being keyed in this moment

    @property
    def idle(self) -> bool:
        """Frames pass as they are, until a key is told: nobody need look at them before."""
        return self._sounds and not self._key

    def keyed(self, key: str, *, live: bool) -> None:
        """`live`: heard in the frame that comes next. Else a modem reported it, and its tone may sound, have passed, or
        never come."""
        if self._key:
            if not (live and self._live and key == self._key) or self._pause or self._broken:  # else it never ceased
                self._waiting.append(key)
        elif live or (self._past and sounds_in(self._past[-1], key)):
            self._begin(key, LEAST)
        elif sum(sounds_in(frame, key) for frame in self._past) < HEARD:
            self._begin(key, WHOLE)

    @property
    def audible(self) -> bool:
        """The far side gets tones."""
        return self._sounds

    @property
    def sounds(self) -> bool:
        """A clean tone is being given: nothing may be taken out of it."""
        return self._sounds and bool(self._key) and not self._pause

    def frames(self, frame: bytes) -> tuple[bytes, ...]:
        """What goes to the far side in its place: two frames where a clean tone begins, none where its pause does."""
        if not self._key:
            self._past.append(frame)
            return (SILENCE,) if self._suspects and self._suspects(frame) else (frame,)
        if self._live and not self._given:
            self._phases = _phases(frame, self._key)
        same = self._still(frame)
        if self._pause:
            return self._silent(same)
        first, self._given = not self._given, self._given + 1
        self._quiet = 0 if same else self._quiet + 1
        self._broken = self._broken or not same
        clean = (self._clean(), self._clean()) if first and self._sounds else (self._clean(),)
        if self._given >= self._least and (self._waiting or self._quiet >= HOLE or self._given >= LONGEST):
            self._pause, self._ahead = PAUSE, self._sounds
        return clean

    def _begin(self, key: str, least: int) -> None:
        self._key, self._least, self._live = key, least, least == LEAST
        self._given = self._quiet = self._pause = self._sample = 0
        self._broken, self._loudest, self._phases = False, 0.0, (0, 0)
        self._past.clear()

    def _silent(self, same: bool) -> tuple[bytes, ...]:
        """The pause, and longer when the tone still sounds: a hole in it is no second key."""
        self._given += 1
        if self._waiting or not same or self._given >= LONGEST:
            self._pause -= 1
        if not self._pause:
            self._key = ""
            if self._waiting:
                self._begin(self._waiting.popleft(), WHOLE)
        ahead, self._ahead = self._ahead, False
        return () if ahead else (SILENCE,)

    def _clean(self) -> bytes:
        if not self._sounds:
            return SILENCE
        (low, low_at), (high, high_at) = zip(_pair(self._key), self._phases, strict=True)
        at, self._sample = self._sample, self._sample + FRAME_SAMPLES
        made = (SINE[(low * n + low_at) % RATE] + SINE[(high * n + high_at) % RATE]
                for n in range(at, at + FRAME_SAMPLES))
        return array("h", map(round, made)).tobytes()

    def _still(self, frame: bytes) -> bool:
        """Whether the key sounds in this frame: neither another sound nor the tail that a vocoder leaves behind."""
        level = power(samples(frame))
        self._loudest = max(self._loudest, level)
        return level * TAIL >= self._loudest and sounds_in(frame, self._key)


def _phases(frame: bytes, key: str) -> tuple[int, int]:
    """Where the key's tones stand at the frame's begin, as places in SINE: the clean ones go on from there, because a
    jump of phase in the middle of a tone is a second digit to some detectors."""
    values = samples(frame)
    low, high = (sum(v * STEPS[hertz * n % RATE] for n, v in enumerate(values)) for hertz in _pair(key))
    return _place(low), _place(high)


def _place(sum_of_products: complex) -> int:
    """A sine's own phase is a quarter turn behind its phase as a cosine."""
    return round((cmath.phase(sum_of_products) / (2 * math.pi) + 0.25) * RATE) % RATE


def sounds_in(frame: bytes, key: str) -> bool:
    """Whether the key's two tones are most of what sounds."""
    values = samples(frame)
    total = sum(v * v for v in values)
    if total < len(values) * SOFT:
        return False
    low, high = (power_at(values, hertz) for hertz in _pair(key))
    return (low + high) * 2 >= SHARE * len(values) * total


def key_way(digits: str, suspects: Callable[[bytes], bool]) -> KeyWay | None:
    """The way for a line's `digits`; None when tones pass as they are."""
    if digits == IN_BAND:
        return KeyWay()
    return KeyWay(False, suspects) if digits == BY_LINE else None
