"""Hearing keys by two looks: spandsp's, which is quick, and one that also knows keys that a slow codec has blurred."""

from __future__ import annotations

from collections import deque
from typing import Any

from appliance.audio.dtmf import DTMF, Dtmf, SpandspDetector
from appliance.audio.pairs import Pair, PairMeter

RISE = 10 ** (12 / 10)  # power ratio: no tone of a key grows so much in its middle
RISING = 3  # looks in which it does: they are 30 ms long, and 10 ms apart


class Down:
    """The key that is down now, until its tones are gone: so it is heard once, by whichever look."""

    def __init__(self, dtmf: Dtmf) -> None:
        self.key = ""
        self._dtmf, self._released = dtmf, 10 ** (-dtmf.released_db / 10)
        self._most = self._settled = 0.0
        self._low = self._drowned = 0
        self._rising: deque[float] = deque(maxlen=RISING)

    def press(self, key: str, power: float) -> bool:
        """False when it is down already. `power` of its tones, in the look that found it."""
        if key == self.key:
            return False
        self.key, self._most, self._settled, self._low, self._drowned = key, 0.0, power, 0, 0
        self._rising.clear()
        return True

    def see(self, power: float, pair: Pair | None) -> None:
        """One look: the power of its tones, and the key that stands out. A tone that is so much louder than it ever was
        is another: what sounded was the echo of this key, and it is pressed again."""
        if len(self._rising) == RISING:
            self._settled = max(self._settled, self._rising[0])
        self._rising.append(power)
        self._most = max(self._most, power)
        self._low = self._low + 1 if power < self._most * self._released else 0
        self._drowned = self._drowned + 1 if pair is None or pair.key != self.key else 0
        if (power > self._settled * RISE or self._low >= self._dtmf.released_looks
                or self._drowned >= self._dtmf.drowned_looks):
            self.key = ""


class TwoLooks:
    """One channel; implements KeyDetector. Most looks end soon: nothing in them is a key."""

    def __init__(self, library: Any, dtmf: Dtmf = DTMF) -> None:
        self._quick, self._meter, self._down = SpandspDetector(library, dtmf), PairMeter(library, dtmf), Down(dtmf)
        self._dtmf = dtmf
        self._run: list[Pair] = []

    def feed(self, frame: bytes) -> str:
        """Keys that began within this frame (mostly "")."""
        quick, heard = self._quick.feed(frame), ""
        if self._meter.take(frame) or self._down.key or quick:
            self._meter.open()
            heard = self._slow()
        elif self._run:
            self._run.clear()
        for key in quick:
            if self._meter.tuned(key) and self._down.press(key, self._meter.of_key(key, 1)):
                heard += key
        return heard

    def suspects(self, frame: bytes) -> bool:
        """Of the frame fed last: a tone sounds, or one may have begun that is not yet told."""
        return bool(self._run or self._down.key) or self._quick.suspects(frame)

    def _slow(self) -> str:
        """The two looks of a frame. The earlier is worth its time only beside one that found something."""
        later, earlier = self._meter.look(1), None
        if later or self._run or self._down.key:
            earlier = self._meter.look(0)
        return self._seen(0, earlier) + self._seen(1, later)

    def _seen(self, hop: int, pair: Pair | None) -> str:
        if key := self._down.key:
            self._down.see(self._meter.of_key(key, hop), pair)
        if pair is None:
            self._run.clear()
            return ""
        if self._run and self._run[-1].key != pair.key:
            self._run.clear()
        self._run = [*self._run[1 - self._dtmf.run :], pair]
        found = self._sure(pair.key) and self._down.press(pair.key, self._meter.of_key(pair.key, hop))
        return pair.key if found else ""

    def _sure(self, key: str) -> bool:
        looks = self._dtmf.run
        return (len(self._run) == looks and sum(pair.clear for pair in self._run) >= self._dtmf.clear_db * looks
                and sum(pair.share for pair in self._run) >= self._dtmf.share * looks
                and self._meter.tuned(key))
