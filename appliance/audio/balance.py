"""How much a modem was given beside what it gave: the only measure of surplus and gap that no clock of ours distorts.

A modem plays one sample for each it records, so octets given minus octets taken tells what it still holds. It may give
them in bursts (320 octets every 20 ms, or 1600 every 100 ms): what is usual for it is learnt, and allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.audio.frame import FRAME_OCTETS

SURPLUS = 2 * FRAME_OCTETS  # octets beyond the usual before a frame is dropped: jitter that is not worth a click
LATE = 2 * FRAME_OCTETS  # octets beyond the usual that it may lack; older ones it has played as nothing already
STUCK = 4 * FRAME_OCTETS  # octets beyond the usual for a modem that takes but does not give


@dataclass(slots=True)
class Balance:
    """One modem's. All in octets."""

    ahead: int = 0  # given minus taken
    trough: int = 0  # `ahead` right after it gave: what it certainly holds
    queued: int = 0  # what waits in it behind the frame it plays, when it played silence for want of any
    usual: int = FRAME_OCTETS  # what it gives between two gifts
    underruns: int = 0
    began: bool = False  # it gave something
    _run: int = 0
    _last_run: int = FRAME_OCTETS

    def took(self, octets: int) -> None:
        """It gave us octets: it has played as many. What it lacked beyond LATE was silence, and must not come later."""
        self.began = True
        self._run += octets
        self.ahead -= octets
        self.queued = self.queued - octets if self.queued > octets else 0
        late = -(self.usual + LATE) - self.ahead
        if late > 0:
            self.underruns += late
            self.ahead += late
        self.trough = self.ahead

    def offered(self) -> bool:
        """The peer gives a frame; False when it is surplus, to be dropped. What lay between two gifts twice in a row
        is usual; a single stall is not."""
        if self._run:
            self.usual = self._run if self._run < self._last_run else self._last_run
            self._last_run, self._run = self._run, 0
        if self.trough > self.usual + SURPLUS:
            self.trough -= FRAME_OCTETS
            return False
        return self.ahead <= self.usual + (STUCK if self.began else SURPLUS)

    def full(self) -> None:
        """The device refused octets: it holds more than it needs, and drains before it gets any."""
        self.ahead = self.trough = max(self.ahead, self.usual + SURPLUS + 3 * FRAME_OCTETS)
        self.queued = max(self.queued, self.ahead)

    def resumed(self) -> None:
        """It did not want any for a while: what it had no need of then is not missing now."""
        self.ahead = self.trough = max(self.ahead, -self.usual)

    @property
    def lacking(self) -> bool:
        """A gap: more than the usual is missing."""
        return self.ahead < -self.usual
