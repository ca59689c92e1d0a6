"""One handler for each kind of order. What an order asks comes back as an event, through the board's queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from appliance.audio.client import Audio, Say, Sound, Tone
from appliance.calls import events as ev
from appliance.calls import orders as do
from appliance.calls.admission import No
from appliance.ledger.record import Record, Side
from appliance.lines.line import Line
from appliance.settings.model import Digits
from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.switchboard.active import ActiveCall, ActiveLeg
from appliance.switchboard.money import NEXT_BEAT_S, Till, bundle_so_far, price_so_far
from appliance.switchboard.office import Office
from appliance.switchboard.questions import Questions
from appliance.switchboard.story import Story
from appliance.vocabulary.clock import Clock

PERHAPS = "perhaps not answered: a modem alone says so, and nothing was heard"
HEARTBEAT_S = 60.0  # s: what a power cut may cost, at most, of a running leg's proof


class Deeds:
    """Carries orders out on lines, audio and journal."""

    def __init__(
        self, lines: Mapping[str, Line], audio: Audio, journal: Journal, clock: Clock, story: Story, till: Till,
        questions: Questions, office: Callable[[], Office], post: Callable[[ActiveCall, ev.Event], None],
        finished: Callable[[ActiveCall], None], refused: Callable[[ActiveCall, No], None],
        fail: Callable[[Exception], None], loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._lines, self._audio, self._journal, self._clock, self._story = lines, audio, journal, clock, story
        self._till, self._questions, self._office, self._post = till, questions, office, post
        self._call_finished, self._refused, self._fail, self._loop = finished, refused, fail, loop
        self._handlers: dict[type, Callable[[ActiveCall, Any], None]] = {
            do.FindCallbackLine: self._find_callback_line, do.OpenRecord: self._open_record, do.Dial: self._dial,
            do.AnswerRing: self._answer_ring, do.RejectRing: self._reject_ring, do.AnswerRecord: self._answer_record,
            do.CloseRecord: self._close_record, do.HangUp: self._hang_up, do.SetTimer: self._set_timer,
            do.StopTimer: self._stop_timer, do.Play: self._play, do.StopSound: self._stop_sound,
            do.CheckPin: self._check_pin, do.Quote: self._quote, do.Hold: self._hold,
            do.ReleaseHold: self._release_hold, do.Overhear: self._bridge,
            do.Bridge: self._bridge, do.Unbridge: self._unbridge,
            do.Tell: self._tell, do.Finished: self._finished,
        }

    def perform(self, call: ActiveCall, order: do.Order) -> None:
        self._handlers[type(order)](call, order)

    # Questions to the pure rooms

    def _find_callback_line(self, call: ActiveCall, order: do.FindCallbackLine) -> None:
        self._post(call, self._questions.callback_line(call, order.avoid))

    def _quote(self, call: ActiveCall, order: do.Quote) -> None:
        self._post(call, self._questions.quote(call, order.keyed))

    def _check_pin(self, call: ActiveCall, order: do.CheckPin) -> None:
        self._post(call, self._questions.check_pin(call, order.digits))

    # Records and money

    def _open_record(self, call: ActiveCall, order: do.OpenRecord) -> None:
        now = self._clock.now()
        call.legs[order.leg] = ActiveLeg(order.leg, order.side, order.line, order.number, order.rate, now)
        self._journal.open_record(Record(
            leg=order.leg, call=call.call, side=order.side, account=call.account.name, line=order.line,
            number=order.number, rate=order.rate, opened=now,
        ))

    def _answer_record(self, call: ActiveCall, order: do.AnswerRecord) -> None:
        now = self._clock.now()
        call.legs[order.leg].began = now
        self._journal.answer_record(order.leg, now)
        if call.beat is None:
            call.beat = self._loop.call_later(HEARTBEAT_S, self._heartbeat, call)

    def _heartbeat(self, call: ActiveCall) -> None:
        monotonic, now = self._clock.monotonic(), self._clock.now()
        try:
            with self._journal.together():
                for leg in call.legs.values():
                    if leg.answered is not None:
                        self._journal.heartbeat(leg.leg, now, leg.talked(monotonic))
        except StoreError as error:
            return self._fail(error)
        call.beat = self._loop.call_later(HEARTBEAT_S, self._heartbeat, call)
        if call.side(Side.B) is None:
            self._hold_dialogue(call, NEXT_BEAT_S)
        return None

    def _close_record(self, call: ActiveCall, order: do.CloseRecord) -> None:
        leg = call.legs.pop(order.leg)
        monotonic, now = self._clock.monotonic(), self._clock.now()
        if not order.answered:
            leg.answered = None
        price = price_so_far(leg, monotonic, now)
        note = PERHAPS if leg.answered is not None and not (leg.sure or leg.heard) else ""
        self._journal.close_record(leg.leg, now, order.cause, leg.talked(monotonic), price, note,
                                   bundle_s=bundle_so_far(leg, monotonic))
        if note:
            self._story.note(call, note, room=f"{leg.side}-leg")
        told = f"{price}" if price is not None else "not charged"
        self._story.note(call, f"record closed: {leg.talked(monotonic):.1f} s, {told}", room=f"{leg.side}-leg")

    def _hold(self, call: ActiveCall, order: do.Hold) -> None:
        monotonic, now = self._clock.monotonic(), self._clock.now()
        granted, rate = self._till.hold_talk(call, order.rate, order.wanted_s, self._office(), now, monotonic)
        self._post(call, ev.HoldAnswer(granted, rate))

    def _release_hold(self, call: ActiveCall, order: do.ReleaseHold) -> None:
        a_leg = call.side(Side.A)
        if a_leg is None:
            self._till.release(call.call)
        else:
            self._hold_dialogue(call, NEXT_BEAT_S)

    def _hold_dialogue(self, call: ActiveCall, more_s: float) -> None:
        """A talks to the box alone, and pays for it."""
        a_leg = call.side(Side.A)
        if a_leg and not self._till.hold_dialogue(call, a_leg, self._office(), self._clock.now(),
                                                  self._clock.monotonic(), more_s):
            self._post(call, ev.HangUpAsked("the account's limit is reached"))

    # Lines

    def _on_line(self, name: str, deed: Callable[[Line], None]) -> None:
        """Once what this turn wrote is on the disk: a call is money."""
        line = self._lines[name]
        self._journal.when_durable(lambda: deed(line))

    def _dial(self, call: ActiveCall, order: do.Dial) -> None:
        leg = call.legs[order.leg]
        price = f", {leg.rate.row(self._clock.now()).per_minute} a minute" if leg.rate else ""
        self._on_line(order.line, lambda line: line.dial(order.leg, order.number))
        self._story.note(call, f"{order.line} dials {order.number}{price}", room=f"{leg.side}-leg")

    def _answer_ring(self, call: ActiveCall, order: do.AnswerRing) -> None:
        ring = call.ring
        self._on_line(order.line, lambda line: line.answer(ring, order.leg))

    def _reject_ring(self, call: ActiveCall, order: do.RejectRing) -> None:
        if ring := call.ring:
            self._on_line(call.line, lambda line: line.reject(ring))

    def _hang_up(self, call: ActiveCall, order: do.HangUp) -> None:
        leg = call.legs[order.leg]
        self._on_line(leg.line, lambda line: line.hang_up(order.leg, order.cause))

    # Time

    def _set_timer(self, call: ActiveCall, order: do.SetTimer) -> None:
        if call.timer:
            call.timer.cancel()
        fire = ev.TimerFired(order.name)
        call.timer = self._loop.call_later(order.seconds, self._post, call, fire)

    def _stop_timer(self, call: ActiveCall, order: do.StopTimer) -> None:
        if call.timer:
            call.timer.cancel()
            call.timer = None

    # Sound

    def _port(self, call: ActiveCall, side: Side) -> str:
        leg = call.side(side)
        return leg.port if leg else ""

    def _play(self, call: ActiveCall, order: do.Play) -> None:
        port = self._port(call, Side.A)
        if port:
            self._audio.play(port, [self._sound(call, sound) for sound in order.sounds], order.token)
            said = ", ".join(s.message for s in order.sounds if isinstance(s, do.Spoken))
            if said:
                self._story.note(call, f"says: {said}", room="box")

    def _sound(self, call: ActiveCall, sound: do.Heard) -> Sound:
        if isinstance(sound, do.ToneSound):
            return Tone(sound.name, sound.seconds)
        return Say(sound.message, self._office().language(call.account), sound.values)

    def _stop_sound(self, call: ActiveCall, order: do.StopSound) -> None:
        if port := self._port(call, Side.A):
            self._audio.stop(port)

    def _bridge(self, call: ActiveCall, order: do.Bridge | do.Overhear) -> None:
        a_port, b_port = self._port(call, Side.A), self._port(call, Side.B)
        b_leg = call.side(Side.B)
        if a_port and b_port and b_leg:
            setting = self._office().line(b_leg.line)
            digits = setting.digits if setting else Digits.IN_BAND
            call.keys_to = b_leg.leg if digits is Digits.VTS else ""
            self._audio.bridge(a_port, b_port, digits.value)

    def keys_in_band(self, call: ActiveCall, keys: str) -> None:
        """B's line does not send them, these neither."""
        call.keys_to = ""
        if port := self._port(call, Side.A):
            self._audio.keys_in_band(port, keys)

    def _unbridge(self, call: ActiveCall, order: do.Unbridge) -> None:
        call.keys_to = ""
        if port := self._port(call, Side.A):
            self._audio.unbridge(port)

    # Story

    def _tell(self, call: ActiveCall, order: do.Tell) -> None:
        self._story.note(call, order.text)

    def _finished(self, call: ActiveCall, order: do.Finished) -> None:
        if call.beat:
            call.beat.cancel()
        call.outcome = order.outcome
        self._story.note(call, f"over: {order.outcome}")
        if order.refused:
            self._refused(call, order.refused)
        self._journal.happenings.flush()
        self._call_finished(call)


