"""The one leg a modem can carry: dialled or answered, watched through the call list, verified gone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from appliance.audio.client import PLAIN, Audio, AudioEvent, PortStatistics, Treatment
from appliance.lines.gsm.at import CALL_FINALS, ERRORS, AtEngine, Reply
from appliance.lines.gsm.dialects import Dialect
from appliance.lines.gsm.doubt import Attempt
from appliance.lines.gsm.parser import (
    ACTIVE,
    ALERTING,
    DIALLING,
    HELD,
    INCOMING,
    OVER,
    UNCLEAR,
    WAITING,
    CallMoved,
    ListedCall,
    parse_clcc,
)
from appliance.lines.gsm.pulse import Pulse
from appliance.lines.gsm.voice import CARD, Voice
from appliance.lines.line import Alerting, Answered, Ended, KeysRefused, Sink, VoiceLost, VoiceNote
from appliance.vocabulary.cause import Cause

ANSWER_S = 90.0  # s for ATA; Quectel AT manual
CARD_LOOK_S = 1.0  # s, where voices go through a sound card, which streams on when the modem hangs: as before the
LIST_S, RESYNC_S = 1.5, 0.6  # answer, only what the modem says tells that it lives. All of it: dead within 5 s
TALK_LOOK_S = 2.0  # s between looks at the call list while talking: NO CARRIER can be lost
HANG_UP_LOOK_S = 0.3  # s between looks while hanging up
LOOKS = 2  # empty call lists before one is believed
FINAL_S = 0.3  # s for the final line that says why, after a family's line that only says it is over
LISTED_S = 2.0  # s after ATD during which a call list without the call means nothing yet
REFUSED_S = 3.0  # s: a call gone sooner than this was refused by the network, not by a person
STEP_LOOKS = 5  # looks that still show the call before the next verb of the dialect's ladder

FINALS = {"BUSY": Cause.BUSY, "NO ANSWER": Cause.NO_ANSWER, "NO DIALTONE": Cause.OUT_OF_ORDER,
          "NO DIAL TONE": Cause.OUT_OF_ORDER}


@dataclass
class _Facts:
    alerting: bool = False
    active: bool = False  # the network says so
    told: bool = False  # Answered was handed on
    hanging: bool = False  # over, by our wish or the modem's word; the call list has the last word
    ours: bool = False  # by our wish: the hang-up verb was sent
    note: str = ""
    accepted: bool = False  # ATD or ATA said OK
    seen: bool | None = None  # a sign of a call that was dialled; None: that proves nothing
    final: str = ""  # of ATD
    waiting: bool = False  # somebody else knocks (call waiting): what ends may be his call
    asking: bool = False  # a look at the call list is under way
    again: bool = False  # and something has happened since: it proves nothing
    misses: int = 0
    looks: int = 0
    cause: Cause | None = None


class Leg:
    """Ends exactly once, with Ended, whatever the modem does."""

    def __init__(
        self, leg: str, line: str, engine: AtEngine, dialect: Dialect, audio: Audio, source: str, sink: Sink,
        gone: Callable[[Attempt], None], stuck: Callable[[str], None], ailing: Callable[[str], None],
        treatment: Treatment = PLAIN,
    ) -> None:
        self.leg = leg
        self.port = f"{line}:{leg}"
        self._engine, self._dialect = engine, dialect
        self._sink, self._gone, self._stuck, self._ailing = sink, gone, stuck, ailing
        self._voice = Voice(self, self.port, engine, dialect, audio, source, treatment)
        self._card = source.startswith(CARD)
        self._facts = _Facts()
        self._placing: asyncio.Future[Reply] | None = None  # ATD or ATA
        self._incoming, self._number = False, ""
        self._index: int | None = None  # the call's number in the family's own lines
        self._over = False
        self.saw_ring = False  # the call list has somebody who calls in: our dial command came too late
        self._loop = asyncio.get_running_loop()
        self._began = self._alive_at = self._loop.time()
        self._look: asyncio.TimerHandle | None = None
        self._final: asyncio.TimerHandle | None = None
        self._pulse = Pulse(audio, self.port, lambda: stuck("the modem hangs: it neither answers nor gives voice"))

    @property
    def placed(self) -> bool:
        """ATD or ATA was handed over: from here on the modem's lines may be about this leg."""
        return self._placing is not None

    @property
    def knocks(self) -> bool:
        """A RING now is another caller's, or a late one of the call that is being answered: never a ring of its own."""
        return self.placed and (self._incoming or self._facts.accepted)

    def dial(self, number: str) -> None:
        """ATD at once when the engine is idle. Digits only: nothing else ever gets into an ATD."""
        if not re.fullmatch(r"\+?[0-9*#]{1,32}", number, re.ASCII):
            return self.end(Cause.INVALID_NUMBER, f"{number[:40]!r} cannot be dialled")
        self._began, self._number = self._loop.time(), number
        self._placing = self._engine.submit(f"ATD{number};", timeout=self._dialect.dial_s, call=True, urgent=True,
                                            resync_s=RESYNC_S)
        return self._placing.add_done_callback(lambda done: self._accepted(done.result()))

    def answer(self) -> None:
        self._incoming = True
        self._placing = self._engine.submit("ATA", timeout=ANSWER_S, call=True, urgent=True)

        def answered(done: asyncio.Future[Reply]) -> None:
            self._accepted(done.result())
            if done.result().ok:
                self.moved(CallMoved(ACTIVE))

        self._placing.add_done_callback(answered)

    def _accepted(self, reply: Reply) -> None:
        if self._over:
            return None
        self._facts.final = reply.final
        if not reply.final.startswith((*CALL_FINALS, "lost")):
            self._facts.seen = self._facts.seen or False
        if reply.ok or reply.final == "timeout" or reply.final.startswith("CONNECT"):
            self._facts.accepted = True
            self._voice.dialled()
            return self._look_in(self._dialect.call_list_s)
        if reply.final == "lost":
            return None  # the line tells it
        return self.carrier_lost(reply.final)

    def moved(self, move: CallMoved) -> None:
        """A family's own line about the call."""
        if self._over or not move.voice or not self.placed:
            return
        if move.incoming is (not self._incoming) and move.state != WAITING:  # who knocks comes in, whoever we are
            return
        self._facts.seen = True
        if move.state == WAITING:
            self.knocked()
        elif move.state == UNCLEAR:
            self._look_soon()
        elif move.state == OVER and self._perhaps_anothers(move):
            self._look_now()  # families do not count their calls alike, so the list is asked
        elif move.state == OVER:
            self._released(move.cause)
        else:
            self._goes_on(move)

    def _perhaps_anothers(self, move: CallMoved) -> bool:
        """The end of another call: by its number, or where the family gives none, because somebody knocked."""
        if None in (move.index, self._index):
            return self._facts.waiting and self._facts.active and not self._facts.hanging
        return move.index != self._index

    def _goes_on(self, move: CallMoved) -> None:
        self._index = move.index or self._index
        if move.state == ALERTING and not (self._facts.alerting or self._facts.active or self._facts.hanging):
            self._facts.alerting = True
            self._sink(Alerting(self.leg))
        elif move.state == ACTIVE and not self._facts.active and not self._facts.hanging:
            self._facts.active = True
            self._voice.begin()

    def _released(self, cause: int | None) -> None:
        """Over, by a family's own line. Without a cause in it, BUSY or NO ANSWER that follows says more."""
        if cause and not self._facts.ours:  # of our own hang-up we know the cause
            self._facts.cause = Cause.of(cause)
        if self._facts.cause or self._facts.active:
            return self._said_over("the modem says it is over")
        if self._final is None:
            self._final = self._loop.call_later(FINAL_S, self._said_over, "the modem says it is over")
        return None

    def carrier_lost(self, final: str) -> None:
        """NO CARRIER and its like, as ATD's final line or out of the blue."""
        if self._facts.waiting and self._facts.active and not self._facts.hanging:
            return self._look_now()  # perhaps the one who knocked gave up
        self._facts.cause = FINALS.get(final, self._facts.cause)
        if final.startswith(CALL_FINALS):  # a modem that does nothing says nothing of it; NO CARRIER proves no call
            self._facts.seen = self._facts.seen or (True if final in ("BUSY", "NO ANSWER") else None)
        return self._said_over(final)

    def knocked(self) -> None:
        """Call waiting: this leg goes on, and the other caller hears busy where the family can do that safely."""
        if not self._facts.waiting and self._dialect.refuse_waiting and not self._facts.hanging:
            self._engine.submit(self._dialect.refuse_waiting)
        self._facts.waiting = True

    def _said_over(self, note: str) -> None:
        """Believed when the call list agrees: a NO CARRIER may belong to the ring before, and a call may outlive it."""
        if self._over:
            return
        if not self._facts.hanging:
            self._facts.cause = self._facts.cause or self._guess()
            self._facts.hanging, self._facts.note = True, note
            self._alive_at = self._loop.time()
        self._facts.misses = LOOKS - 1
        self._look_now()

    def _guess(self) -> Cause:
        """What NO CARRIER most likely meant."""
        if self._facts.active or self._facts.hanging:
            return Cause.NORMAL
        if self._facts.alerting:
            return Cause.NO_USER_RESPONDING
        quick = self._loop.time() - self._began < REFUSED_S
        return Cause.NETWORK_OUT_OF_ORDER if quick else Cause.TEMPORARY_FAILURE

    # Audio: Voice's owner

    @property
    def wants_voice(self) -> bool:
        return self._facts.active and not self._over and not self._facts.hanging

    def voice_runs(self) -> None:
        """Nobody is told of an answer before the modem carries voices."""
        self._facts.told = True
        self._sink(Answered(self.leg, self.port, sure=self._incoming))

    def voice_failed(self, why: str) -> None:
        if self.wants_voice and self._facts.told:
            self._sink(VoiceLost(self.leg, why))
        elif self.wants_voice:
            self.hang_up(Cause.OUT_OF_ORDER, why)

    def voice_note(self, text: str) -> None:
        self._sink(VoiceNote(self.leg, text))

    def voice_health(self, ailment: str) -> None:
        self._ailing(ailment)

    def wants_audio(self, wants: bool) -> None:
        """The modem's own flow control."""
        self._voice.hold(not wants)

    def heard(self, event: AudioEvent) -> None:
        """What the audio process says of this leg's port."""
        if isinstance(event, PortStatistics):
            return self._pulse.heard(event)
        return self._voice.heard(event)

    # The end

    def hang_up(self, cause: Cause = Cause.NORMAL, note: str = "") -> None:
        """As wished: whatever the modem said a moment before and nobody was told, no other line need try."""
        if not (self._over or self._facts.ours):
            self._facts.cause = cause
            self._part(cause, note)

    def _part(self, cause: Cause, note: str = "") -> None:
        """The family's verb, then looks at the call list until it is empty. What was not dialled yet never is."""
        if self._placing is None or (not self._incoming and self._engine.withdraw(self._placing)):
            return self.end(cause, note or "hung up before it was dialled")
        if not self._facts.hanging:
            self._alive_at = self._loop.time()
        self._facts.hanging = self._facts.ours = True
        self._facts.note = note or self._facts.note
        self._facts.cause = self._facts.cause or cause
        self._facts.looks = self._facts.misses = 0
        self._engine.interrupt()
        self._engine.submit(self._dialect.hang_up[0], timeout=10.0, urgent=True)
        return self._look_now()

    def end(self, cause: Cause, note: str = "") -> None:
        """The leg is gone."""
        if self._over:
            return
        self._over = True
        self._pulse.answered()
        for timer in (self._look, self._final):
            if timer:
                timer.cancel()
        self._voice.end()
        if self._facts.active:
            self._voice.stop()
        self._gone(self._attempt())
        ago = self._loop.time() - self._alive_at if self._facts.hanging else 0.0  # verifying is no talking
        self._sink(Ended(self.leg, cause, note, ago))

    def _attempt(self) -> Attempt:
        """A call that we hung up before it could be listed was perhaps one."""
        hasty = self._facts.ours and self._loop.time() - self._began < LISTED_S + LOOKS * HANG_UP_LOOK_S
        seen = self._facts.seen
        return Attempt(self._number, self._facts.final, None if self._incoming or (hasty and not seen) else seen)

    def lost(self) -> None:
        """The modem is gone. Of a call that nobody saw, that is the cause, whoever hung up meanwhile."""
        known = self._facts.cause if self._facts.hanging and self._facts.seen else None
        self.end(known or Cause.OUT_OF_ORDER, "the modem is gone")

    def keys(self, keys: str) -> None:
        for key in keys:
            if self._facts.told and key in "0123456789*#":
                sent = self._engine.submit(self._dialect.key_out.format(key=key))
                sent.add_done_callback(partial(self._keyed, key))

    def _keyed(self, key: str, sent: asyncio.Future[Reply]) -> None:
        """Without any answer nobody knows: a digit twice is worse than none."""
        final = sent.result().final
        if final.startswith(ERRORS) and not self._over:
            self._sink(KeysRefused(self.leg, key, final[:40]))

    # The call list

    def _look_now(self) -> None:
        """Something has happened: an answer that is on its way may be older."""
        self._facts.again = self._facts.asking
        self._look_in(0.0)

    def _look_soon(self) -> None:
        """Something may have happened. Not at once: what a talkative modem says must not fill its port with looks."""
        if self._look is None or self._look.when() > self._loop.time() + HANG_UP_LOOK_S:
            self._look_in(HANG_UP_LOOK_S)

    def _look_in(self, seconds: float) -> None:
        if self._look:
            self._look.cancel()
        self._look = self._loop.call_later(seconds, self._ask_list)

    def _ask_list(self) -> None:
        if not self._facts.asking:
            self._facts.asking = True
            if self._facts.told and not self._card:
                asked = self._engine.submit("AT+CLCC", expect="+CLCC:")
                self._pulse.asked()
            else:
                asked = self._engine.submit("AT+CLCC", expect="+CLCC:", timeout=LIST_S, resync_s=RESYNC_S)
            asked.add_done_callback(lambda done: self._listed(done.result()))

    def _listed(self, reply: Reply) -> None:
        self._facts.asking = False
        self._pulse.answered()
        if self._over:
            return None
        if self._facts.again and reply.ok:
            self._facts.again = False
            return self._ask_list()
        if not reply.ok:
            refused = reply.final not in ("timeout", "lost")  # a modem without a call list: its word must do
            return self._missing() if refused and self._facts.hanging else self._look_in(TALK_LOOK_S)
        calls = [call for call in map(parse_clcc, reply.lines) if call and call.voice]
        ours = [call for call in calls if call.state <= ALERTING]
        self.saw_ring = any(call.state == INCOMING for call in calls)
        if any(call.state == WAITING for call in calls):
            self.knocked()
        else:
            self._facts.waiting = False
        if not ours:
            return self._missing()
        self._facts.misses, self._facts.seen = 0, True
        if self._facts.hanging and not self._resumes(ours[0]):
            self._alive_at = self._loop.time()
            return self._still_there(ours[0].index)
        state = ours[0].state
        self.moved(CallMoved(state if state in (DIALLING, ALERTING, ACTIVE) else ACTIVE if state == HELD else DIALLING))
        talk_s = CARD_LOOK_S if self._card else TALK_LOOK_S
        return self._look_in(talk_s if self._facts.active else self._dialect.call_list_s)

    def _missing(self) -> None:
        early = self._loop.time() - self._began < LISTED_S
        self._facts.misses += int(self._facts.hanging or self._facts.active or not early)
        if self._facts.misses >= LOOKS:
            note = self._facts.note or "no longer in the modem's call list"
            return self.end(self._facts.cause or self._guess(), note)
        return self._look_in(HANG_UP_LOOK_S)

    def _resumes(self, listed: ListedCall) -> bool:
        """A call of ours that is being set up although NO CARRIER was said: that was the end of the ring before it."""
        facts = self._facts
        early = self._loop.time() - self._began < self._dialect.early_end_s
        if facts.ours or facts.active or listed.incoming or not early:
            return False
        facts.hanging, facts.cause, facts.note = False, None, ""
        return True

    def _still_there(self, index: int) -> None:
        if not self._facts.ours:
            return self._part(Cause.NORMAL)
        self._facts.looks += 1
        step, left = divmod(self._facts.looks, STEP_LOOKS)
        if left == 0 and step < len(self._dialect.hang_up):
            verb = self._dialect.hang_up[step].format(index=index)
            done = self._engine.submit(verb, timeout=10.0, urgent=True)
            if step == len(self._dialect.hang_up) - 1:  # the modem restarts: it must be prepared again
                done.add_done_callback(lambda _: self._stuck("the modem does not end a call and is restarted"))
        return self._look_in(HANG_UP_LOOK_S)
