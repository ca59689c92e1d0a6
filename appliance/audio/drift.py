"""Two clocks: how much faster one leg's device is than the other's, what a device still holds, and the resampler that
evens the clocks out. Pure but for the times handed in.

Without it a drift of 200 ppm costs a frame every 100 s: dropped where one device is faster, missing where it is slower.
GSM and ISDN go by the network's clock and never need it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

from appliance.audio.frame import FRAME_OCTETS, OCTETS_A_SECOND, SILENCE, samples
from appliance.audio.resampler import Resampler

BLOCKS = 60  # s of history
LEAST = 5  # blocks before anything is concluded
JUMP_S = 0.005  # s between two blocks: no clock drifts so fast; the device paused, and history begins anew
DRIFTS_PPM = 30.0  # what a crystal of its own has at least; below it nothing is done for hours
RESTS_PPM = 10.0  # the drift is gone
SOON = 10  # blocks: before, only what cannot be chance is believed
SURE_S, SURE_SOON_S = 0.002, 0.005  # s by which the clocks have moved against each other before that is believed
CHANCE = 5.0  # standard errors: a busy machine reads late by 1 ms for seconds; three such blocks looked like a clock
RESERVE = 128.0  # octets that a device holds while resampled, beyond the frame it plays: 8 ms for jitter
MOST_PPM = 4000.0  # of pull: 7 cents; a sung note is not in tune by so much
PULL = 20.0  # ppm for each octet that the reserve is wrong: up to 15 ms after a stall; a third of it 3 s later
WINDOW = 12  # frames over which the least reserve is looked for: longer than any device's bursts
SETTLED = 20  # windows with less than usual, until that is the usual
SURPLUS = 240.0  # octets above the usual reserve: a stall of somebody left a frame too many
THIN = -100.0  # octets: a reserve under 14 ms is not gone back to; it would soon be empty again
FULL = 160.0  # octets in reserve when two begin to talk: a frame less does no harm, and saves its delay

MakeResampler = Callable[[], Resampler]


class Pace:
    """One device's clock against ours: it gives octets, and every one is 1/16000 s of its own time."""

    def __init__(self) -> None:
        self.octets = 0
        self.last = 0.0  # s, when it gave last
        self._low: float | None = None  # of this block: the least delay of what it gave
        self._least: float | None = None  # of this block and the one before
        self.lows: deque[float] = deque(maxlen=BLOCKS)
        self.jumps = 0

    def gave(self, octets: int, now: float) -> bool:
        """True once a second of its time: then the drift may be looked at."""
        before = self.octets // OCTETS_A_SECOND
        self.octets += octets
        self.last = now
        delay = now - self.octets / OCTETS_A_SECOND
        if self._low is None or delay < self._low:
            self._low = delay
            if self._least is None or delay < self._least:
                self._least = delay
        if self.octets // OCTETS_A_SECOND == before:
            return False
        if self.lows and abs(self._low - self.lows[-1]) > JUMP_S:
            self.lows.clear()
            self.jumps += 1
        self.lows.append(self._low)
        self._least, self._low = self._low, None
        return True

    @property
    def known(self) -> bool:
        """It was heard for a second."""
        return bool(self.lows)

    def newest(self, blocks: int) -> list[float]:
        """The least delays of the last so many blocks, s; a device that is faster than ours gives ever sooner."""
        return list(self.lows)[-blocks:]

    def at(self, now: float) -> float:
        """Octets of its own time by now, whether they were read already or not."""
        return 0.0 if self._least is None else (now - self._least) * OCTETS_A_SECOND


def trend(values: Sequence[float]) -> tuple[float, float]:
    """Least squares: what the values rise by in a step, and the standard error of that."""
    count = len(values)
    middle, mean = (count - 1) / 2, sum(values) / count
    spread = sum((n - middle) ** 2 for n in range(count))
    rise = sum((n - middle) * (value - mean) for n, value in enumerate(values)) / spread
    rest = sum((value - mean - rise * (n - middle)) ** 2 for n, value in enumerate(values))
    return rise, math.sqrt(rest / (count - 2) / spread)


class Reserve:
    """What a device still holds of what it was given, beyond the frame it plays. It plays on while nobody looks."""

    def __init__(self) -> None:
        self._base: float | None = None
        self._floor: float | None = None
        self._jumps = 0
        self.bridged()

    def bridged(self) -> None:
        """Somebody else speaks from now on."""
        self._base = self._floor = None
        self._low = 0.0
        self._seen = self._below = 0
        self._excess = -1  # frames; none was looked at

    def level(self, given: int, pace: Pace, now: float, queued: int) -> float:
        """Octets. `given` to it since it was opened; `queued`: what waits in it, from which this starts, also when its
        clock jumped. It takes a whole frame when it gives one: what it lacks then is silence.
        """
        if self._base is None or self._jumps != pace.jumps:
            self._base, self._jumps = pace.octets + queued - given, pace.jumps
        played = pace.at(now)
        level = given - played + self._base
        least = -((played - pace.octets) % FRAME_OCTETS)
        if level < least:
            self._base += least - level
            level = least
        return level

    @property
    def begun(self) -> bool:
        """Somebody speaks: what is surplus now was said."""
        return self._excess >= 0

    def begin(self) -> None:
        self._excess = max(0, self._excess)

    def surplus(self, level: float, floor: float | None = None) -> bool:
        """Whether the frame that comes now is one too many. `floor`: what the reserve should be, when that is known."""
        if self._excess < 0:
            self._excess = int(level > FULL)
        elif not self._excess:
            self._watch(level, floor)
        self._excess -= (surplus := self._excess > 0)
        return surplus

    def _watch(self, level: float, floor: float | None) -> None:
        self._low = level if self._seen == 0 else min(level, self._low)
        self._seen += 1
        if self._seen < WINDOW:
            return
        self._seen = 0
        if self._floor is None:
            self._floor = self._low
        self._below = self._below + 1 if self._low < self._floor else 0
        if self._below >= SETTLED:
            self._floor, self._below = self._low, 0
        over = self._low - max(self._floor if floor is None else floor, THIN)
        if over > SURPLUS:
            self._excess = int((over + FRAME_OCTETS - SURPLUS) // FRAME_OCTETS)  # all at once: one click


class Evener:
    """One direction: what the source gives, at the sink's pace. Nothing is touched before a drift is measured."""

    def __init__(self, make: MakeResampler | None) -> None:
        """`make` None: there is no resampler here."""
        self._make = make
        self._resampler: Resampler | None = None
        self._turning = False
        self.drift_ppm = 0.0
        self.engaged = False

    def look(self, source: Pace, sink: Pace, before: bytes = SILENCE) -> None:
        """Once a second: is there a drift? `before`: the frame that was given last."""
        blocks = min(len(source.lows), len(sink.lows))
        if blocks < LEAST:
            return
        pairs = zip(source.newest(blocks), sink.newest(blocks), strict=True)
        rise, error = trend([its - ours for ours, its in pairs])
        self.drift_ppm = drift = 1e6 * rise
        sure_s = max(SURE_S if blocks >= SOON else SURE_SOON_S, CHANCE * error * blocks)
        if not self.engaged and abs(drift) > DRIFTS_PPM and abs(rise) * blocks > sure_s and self._make:
            self._resampler = self._make()
            self._resampler.feed(before)
            self.engaged = self._turning = True
        elif self.engaged and abs(drift) < RESTS_PPM and blocks == BLOCKS:
            self.engaged, self._turning = False, True

    def feed(self, frame: bytes, level: float) -> bytes:
        """The frame as the sink needs it, which holds `level` octets in reserve."""
        if self._resampler is None:
            return frame
        pull = max(-MOST_PPM, min(MOST_PPM, PULL * (level - RESERVE)))  # the drift itself puts the pitch right
        squeeze = self.drift_ppm + pull
        self._resampler.squeeze(squeeze if level > 0 else min(0.0, squeeze))  # else less than a frame would be missing
        made = self._resampler.feed(frame)
        if not self._turning:
            return made
        self._turning = False
        if self.engaged:
            return faded(frame, made)
        self._resampler = None
        return faded(made, frame)


def faded(one: bytes, two: bytes) -> bytes:
    """From one to the other, which is the same voice a few samples later: heard as nothing. As long as the second."""
    old, new = samples(one), samples(two)
    last = old[-1] if old else 0
    for at in range(len(new)):
        share = at / len(new)
        new[at] = round((1 - share) * (old[at] if at < len(old) else last) + share * new[at])
    return new.tobytes()
