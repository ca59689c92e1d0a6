"""A ring: who calls, how often it rang, and when it is over, whatever signs the modem gives of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.parser import INCOMING, parse_clcc
from appliance.lines.line import CallerId, Presentation, Rang, RingEnded, Sink, StillRinging

SILENCE_S = 10.0  # s without a RING: the caller gave up; ModemManager's INCOMING_TIMEOUT_SECS
FINAL_S = 0.3  # s for the NO CARRIER that follows a family's own line
ASK_S = 1.5  # s after a RING without CLIP: ask the call list


@dataclass
class _Ring:
    name: str
    rings: int = 0
    told: bool = False


class Incoming:
    """The one ring a modem can have. Rang is told once; RingEnded always follows."""

    def __init__(self, line: str, engine: AtEngine, sink: Sink, name: Callable[[], str]) -> None:
        self._line, self._engine, self._sink, self._name = line, engine, sink, name
        self._ring: _Ring | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._ask: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def ring(self) -> str:
        """The id of the ring that goes on, or ""."""
        return self._ring.name if self._ring else ""

    def rang(self) -> None:
        """RING or +CRING, about every 5 s."""
        ring = self._started()
        ring.rings += 1
        self._wait()
        if ring.told:
            self._sink(StillRinging(self._line, ring.name, ring.rings))
        elif ring.rings >= 2:
            self._tell(CallerId(presentation=Presentation.UNAVAILABLE))
        else:
            self._ask = self._loop.call_later(ASK_S, self._ask_list)

    def clip(self, caller: CallerId) -> None:
        """+CLIP, or a family's own line that names the caller. It may come before any RING was seen."""
        if not self._started().told:
            self._tell(caller)
        self._wait()

    def over_soon(self) -> None:
        """A family's own line says it is over. NO CARRIER follows on most, and must not be taken for the callback's."""
        if self._ring and self._silence:
            self._silence.cancel()
            self._silence = self._loop.call_later(FINAL_S, self.over)

    def over(self) -> None:
        """Any sign of the end. Synchronous: from here to the callback's ATD nothing waits."""
        if (ring := self._ring) is None:
            return
        self._ring = None
        for timer in (self._silence, self._ask):
            if timer:
                timer.cancel()
        if ring.told:
            self._sink(RingEnded(self._line, ring.name))

    def taken(self) -> None:
        """Answered: it is a leg now."""
        ring, self._ring = self._ring, None
        for timer in (self._silence, self._ask):
            if ring and timer:
                timer.cancel()

    def _started(self) -> _Ring:
        if self._ring is None:
            self._ring = _Ring(self._name())
        return self._ring

    def _wait(self) -> None:
        if self._silence:
            self._silence.cancel()
        self._silence = self._loop.call_later(SILENCE_S, self.over)

    def _tell(self, caller: CallerId) -> None:
        assert self._ring
        self._ring.told = True
        if self._ask:
            self._ask.cancel()
        self._sink(Rang(self._line, self._ring.name, caller))

    def _ask_list(self) -> None:
        asked = self._ring
        future = self._engine.submit("AT+CLCC", expect="+CLCC:")

        def answered(_: object) -> None:
            if self._ring is not asked or asked is None or asked.told:
                return
            calls = [call for call in map(parse_clcc, future.result().lines) if call and call.voice]
            shown = [call.caller for call in calls if call.state == INCOMING and call.caller.digits]
            if shown:
                self._tell(shown[0])

        future.add_done_callback(answered)
