"""A ring: who calls, how often it rang, and when it is over, whatever signs the modem gives of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from appliance.lines.gsm.at import AtEngine, Reply
from appliance.lines.gsm.parser import INCOMING, OVER, UNCLEAR, WAITING, CallMoved, ListedCall, parse_clcc
from appliance.lines.line import CallerId, Presentation, Rang, RingEnded, Sink, StillRinging

SILENCE_S = 10.0  # s without a RING: the caller gave up; ModemManager's INCOMING_TIMEOUT_SECS
QUIET_S = 6.0  # s without a RING, which comes about every 5 s: the call list may know sooner
LONGEST_S = 180.0  # s for which the call list alone keeps a ring alive that no RING tells of
FINAL_S = 0.3  # s for the NO CARRIER that follows a family's own line
RING_S = 5.0  # s; the cadence of a ring that is counted by looks at the call list
ASK_S = 1.5  # s after a RING without CLIP: ask the call list
LATE_S = 1.0  # s after a ring that was told: a +CLIP now is its own, late
LOOK_S = 0.3  # s between looks at the call list while rejecting
LOOKS = 2  # call lists without the ring before it is believed to be over
STEP_LOOKS = 3  # looks that still show it before the next verb


@dataclass
class _Ring:
    name: str
    began: float
    heard_at: float  # the last sign of life
    rung: bool = False  # the modem says RING
    rings: int = 0
    told: bool = False
    rejecting: tuple[str, ...] = ()  # the verbs
    ending: bool = False  # the modem says it is over
    checking: bool = False  # the call list is being asked whether it is still there
    looks: int = 0
    misses: int = 0


class Incoming:
    """The one ring a modem can have. Rang is told once; RingEnded always follows."""

    def __init__(self, line: str, engine: AtEngine, sink: Sink, name: Callable[[], str]) -> None:
        self._line, self._engine, self._sink, self._name = line, engine, sink, name
        self._ring: _Ring | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._ask: asyncio.TimerHandle | None = None
        self._over_at = -LATE_S
        self._loop = asyncio.get_running_loop()

    @property
    def ring(self) -> str:
        """The id of the ring that goes on, or ""."""
        return self._ring.name if self._ring else ""

    def rang(self) -> None:
        """RING or +CRING, about every 5 s."""
        ring = self._started()
        ring.rung = True
        self._counted(ring)

    def _counted(self, ring: _Ring) -> None:
        ring.rings += 1
        self._wait()
        if ring.told and not ring.rejecting and ring.rings > 1:
            self._sink(StillRinging(self._line, ring.name, ring.rings))
        elif not ring.told and self._ask is None:
            self._ask = self._loop.call_later(ASK_S, self._ask_list)

    def clip(self, caller: CallerId) -> None:
        """+CLIP, or a family's own line that names the caller. It may come before any RING was seen."""
        if self._ring is None and self._loop.time() - self._over_at < LATE_S:
            return
        ring = self._started()
        self._wait()
        if not ring.told:
            self._tell(caller)

    def noticed(self, caller: CallerId | None) -> None:
        """A family's own line says that somebody calls. RING and +CLIP may follow or not: the call list is asked."""
        if caller and caller.digits:
            return self.clip(caller)
        if self._ring is None and self._loop.time() - self._over_at < LATE_S:
            return None
        known, ring = self._ring, self._started()
        self._wait()
        return None if known or ring.told else self._ask_list()

    def moved(self, move: CallMoved) -> None:
        """A family's own line about the ring, perhaps with who it was; or one that nobody understands."""
        if move.state == UNCLEAR:
            return self._check()
        if move.state != OVER or move.incoming is False:
            return None  # the tail of a leg that is gone
        if self._ring and not self._ring.told and move.caller and move.caller.digits:
            self._tell(move.caller)
        return self.over_soon()

    def reject(self, verbs: tuple[str, ...]) -> None:
        """The family's verb, then looks at the call list until the ring is out of it; RingEnded follows."""
        if (ring := self._ring) and not ring.rejecting:
            ring.rejecting = verbs
            self._engine.submit(verbs[0], timeout=10.0, urgent=True)
            self._look(ring)

    def over_soon(self) -> None:
        """A family's own line says it is over. NO CARRIER follows on most, and must not be taken for the callback's."""
        if self._ring and self._silence:
            self._ring.ending = True
            self._check_in(FINAL_S)

    def over(self) -> None:
        """Any sign of the end. Synchronous: from here to the callback's ATD nothing waits."""
        if (ring := self._ring) is None:
            return
        self._ring = None
        self._quiet()
        if ring.told:
            self._over_at = self._loop.time()
            self._sink(RingEnded(self._line, ring.name))

    def taken(self) -> None:
        """Answered: it is a leg now."""
        self._ring = None
        self._quiet()

    def _started(self) -> _Ring:
        if self._ring is None:
            now = self._loop.time()
            self._ring = _Ring(self._name(), now, now)
        return self._ring

    def _quiet(self) -> None:
        for timer in (self._silence, self._ask):
            if timer:
                timer.cancel()
        self._silence = self._ask = None

    def _wait(self) -> None:
        """A sign of life."""
        assert self._ring
        self._ring.heard_at, self._ring.misses, self._ring.ending = self._loop.time(), 0, False
        self._check_in(QUIET_S if self._ring.rung else RING_S)

    # Is it still there?

    def _check_in(self, seconds: float) -> None:
        if self._silence:
            self._silence.cancel()
        self._silence = self._loop.call_later(seconds, self._check)

    def _check(self) -> None:
        ring = self._ring
        if ring and ring.ending:
            self.over()
        elif ring and not ring.checking:
            ring.checking, heard_at = True, ring.heard_at
            self._check_in(SILENCE_S)  # whatever becomes of the question
            self._engine.submit("AT+CLCC", expect="+CLCC:").add_done_callback(
                lambda done: self._checked(ring, done.result(), heard_at))

    def _checked(self, ring: _Ring, reply: Reply, heard_at: float) -> None:
        """Two lists without it, or silence: it is over. A ring that no RING tells of is counted by the list."""
        ring.checking = False
        if self._ring is not ring or ring.ending or ring.heard_at != heard_at:
            return None
        now, listed = self._loop.time(), bool(_ringing(reply))
        if listed and not (ring.rung or ring.rejecting) and now - ring.began < LONGEST_S:
            ring.rings = max(1, ring.rings)
            wait = heard_at + RING_S - now
            return self._counted(ring) if wait < LOOK_S else self._check_in(wait)
        ring.misses = ring.misses + 1 if reply.ok and not listed else 0
        left = ring.heard_at + SILENCE_S - now
        if ring.misses >= LOOKS or left <= 0:
            return self.over()
        return self._check_in(LOOK_S if ring.misses else left)

    def _tell(self, caller: CallerId) -> None:
        assert self._ring
        self._ring.told = True
        if self._ask:
            self._ask.cancel()
        self._sink(Rang(self._line, self._ring.name, caller))

    def _ask_list(self) -> None:
        self._ask = None
        if ring := self._ring:
            self._engine.submit("AT+CLCC", expect="+CLCC:").add_done_callback(
                lambda done: self._named(ring, done.result()))

    def _named(self, ring: _Ring, reply: Reply) -> None:
        """The call list knows the caller, or after the second ring nobody does."""
        if self._ring is not ring or ring.told:
            return
        shown = [call.caller for call in _ringing(reply) if call.caller.digits]
        if shown:
            self._tell(shown[0])
        elif ring.rings >= 2:
            self._tell(CallerId(presentation=Presentation.UNAVAILABLE))

    def _look(self, ring: _Ring) -> None:
        if self._ring is ring:
            self._engine.submit("AT+CLCC", expect="+CLCC:").add_done_callback(
                lambda done: self._looked(ring, done.result()))

    def _looked(self, ring: _Ring, reply: Reply) -> None:
        """Rejected for certain, or the next verb. When all are used up, the silence after the last RING ends it."""
        if self._ring is not ring:
            return None
        listed = reply.ok and bool(_ringing(reply))
        ring.misses = 0 if listed else ring.misses + 1
        if ring.misses >= LOOKS:
            return self.over()
        ring.looks += 1
        step, left = divmod(ring.looks, STEP_LOOKS)
        if listed and left == 0 and step < len(ring.rejecting):
            self._engine.submit(ring.rejecting[step], timeout=10.0, urgent=True)
        self._loop.call_later(LOOK_S, self._look, ring)
        return None


def _ringing(reply: Reply) -> list[ListedCall]:
    calls = [call for call in map(parse_clcc, reply.lines) if call and call.voice]
    return [call for call in calls if call.state in (INCOMING, WAITING)]
