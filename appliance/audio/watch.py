"""Is a port's audio alive? Looked at about once a second, from counts that are kept anyway: no timer, no cost a frame.

Only what cannot be a quiet person counts as trouble: a device that gives no octets, or takes none. A device that gives
exact digital silence may be broken, or a network that sends no comfort noise while nobody speaks: that is a hint, told
once in a port's life and late, and no reason to end anybody's call.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.audio.client import PortAlive, PortSilent, Silent

NOTHING_LOOKS = 3  # looks, about s: longer than any stall of a USB bus that mends itself
FIRST_LOOKS = 2  # the same for a port that never gave anything: somebody has just answered and waits
DEAF_LOOKS = 3  # looks in which the device took nothing of what it was offered
FLAT_LOOKS = 60  # looks at a port that was alive: people listen to each other for long
FLAT_FIRST_LOOKS = 20  # looks at a port that never gave one sample unlike the others


@dataclass(frozen=True, slots=True)
class Counts:
    """What a port counted since it was opened, and the last frame that came from it."""

    octets_in: int
    octets_out: int
    refused: int
    last: bytes


@dataclass(slots=True)
class Watch:
    """One port's. The numbers are looks in a row."""

    name: str
    nothing: int = 0
    deaf: int = 0
    flat: int = 0
    hinted: bool = False
    lively: bool = False  # it gave samples that differ
    ill: bool = False  # told, and not yet well
    _octets_in: int = 0
    _octets_out: int = 0
    _refused: int = 0

    def anew(self) -> None:
        """The device was opened anew: what it did before proves nothing now."""
        self.nothing = self.deaf = self.flat = 0

    def look(self, now: Counts) -> PortSilent | PortAlive | None:
        """What is worth telling after one more second."""
        gave = now.octets_in > self._octets_in
        refused = now.refused > self._refused and now.octets_out == self._octets_out
        self.nothing = 0 if gave else self.nothing + 1
        if gave:
            self.deaf = self.deaf + 1 if refused else self.deaf if now.octets_out == self._octets_out else 0
            self._look_at(now.last)
        self._octets_in, self._octets_out, self._refused = now.octets_in, now.octets_out, now.refused
        return self._verdict(now.octets_in == 0)

    def _look_at(self, frame: bytes) -> None:
        same = frame == frame[:2] * (len(frame) // 2)
        self.flat = self.flat + 1 if same else 0
        self.lively = self.lively or not same

    def _verdict(self, never: bool) -> PortSilent | PortAlive | None:
        limit = FIRST_LOOKS if never else NOTHING_LOOKS
        if self.nothing and self.nothing % limit == 0:
            return self._told(Silent.GIVES_NOTHING, self.nothing)
        if self.deaf and self.deaf % DEAF_LOOKS == 0:
            return self._told(Silent.TAKES_NOTHING, self.deaf)
        if not self.hinted and self.flat >= (FLAT_LOOKS if self.lively else FLAT_FIRST_LOOKS):
            self.hinted = True
            return self._told(Silent.FLAT, self.flat)
        if self.ill and not (self.nothing or self.deaf or self.flat):
            self.ill = False
            return PortAlive(self.name)
        return None

    def _told(self, what: Silent, looks: int) -> PortSilent:
        self.ill = True
        return PortSilent(self.name, what, looks)
