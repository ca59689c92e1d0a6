"""From the trigger to the subscriber's answer."""

from __future__ import annotations

from dataclasses import replace

from appliance.calls import states as st
from appliance.calls.admission import No
from appliance.calls.dialogue import welcome
from appliance.calls.ending import because, end, finish
from appliance.calls.events import CallbackLine, Event, LegAlerting, LegAnswered, LegEnded, RingOver, TimerFired
from appliance.calls.gate import Move, move, stay
from appliance.calls.orders import (
    AnswerRecord,
    AnswerRing,
    CloseRecord,
    Dial,
    FindCallbackLine,
    HangUp,
    OpenRecord,
    RejectRing,
    ReleaseHold,
    Tell,
)
from appliance.calls.request import Kind, Request
from appliance.ledger.record import Side
from appliance.vocabulary.cause import Cause

RETRY = frozenset({Cause.BUSY, Cause.NO_ANSWER, Cause.NO_USER_RESPONDING, Cause.REJECTED})


def begin(request: Request) -> Move:
    """The first state of an admitted request."""
    if request.kind is Kind.CALL_THROUGH:
        leg = f"{request.call}-a1"
        return move(
            st.CallingA(request, request.policy.tries, leg, request.rung_line),
            OpenRecord(Side.A, leg, request.rung_line, request.number, None),
            AnswerRing(leg, request.rung_line),
        )
    if request.ringing:
        return move(st.RingGoesOn(request))
    return rest(request, 0, request.policy.rest_s)


def rest(
    request: Request, tries: int, seconds: float, *orders: CloseRecord | ReleaseHold | Tell, avoid: str = ""
) -> Move:
    """A pause before ringing back; none at all when it is 0."""
    if seconds <= 0:
        return move(st.Seeking(request, tries, avoid), *orders, FindCallbackLine(avoid))
    return move(st.Resting(request, tries, seconds, avoid), *orders)


def ring_goes_on(state: st.RingGoesOn, event: Event) -> Move:
    if isinstance(event, RingOver):
        return rest(state.request, 0, state.request.policy.rest_s)
    if isinstance(event, TimerFired):
        return finish(state.request, "the ring never ended", RejectRing())
    return stay(state)


def resting(state: st.Resting, event: Event) -> Move:
    if isinstance(event, TimerFired):
        return move(st.Seeking(state.request, state.tries, state.avoid), FindCallbackLine(state.avoid))
    return stay(state)


def seeking(state: st.Seeking, event: Event) -> Move:
    request = state.request
    if isinstance(event, CallbackLine):
        if event.line is not None:
            leg = f"{request.call}-a{state.tries + 1}"
            return move(
                st.CallingA(request, state.tries + 1, leg, event.line, state.avoid),
                OpenRecord(Side.A, leg, event.line, request.number, event.rate),
                Dial(leg, event.line, event.dialled or request.number),
            )
        tries = state.tries + 1
        if event.retry and tries < request.policy.tries:
            return rest(request, tries, request.policy.retry_s, Tell(f"{event.why}; trying again"))
        return finish(request, f"no callback: {event.why}", refused=event.reason)
    if isinstance(event, TimerFired):
        return finish(request, "no callback: the box did not find a line in time", refused=No.NO_LINE)
    return stay(state)


def calling_a(state: st.CallingA, event: Event) -> Move:
    request = state.request
    if isinstance(event, LegAlerting) and event.side is Side.A and not state.alerting and not state.giving_up:
        return move(replace(state, alerting=True))  # it rings from now on; setting up took its own seconds
    if isinstance(event, LegAnswered) and event.side is Side.A and not state.giving_up:
        live = st.Live(request, state.leg, doubtful=not event.sure, tries=state.tries, line=state.line)
        return welcome(live, AnswerRecord(state.leg))
    if isinstance(event, LegEnded) and event.side is Side.A:
        return _failed(state, because(Cause.NO_ANSWER, event.cause) if state.giving_up else event.cause)
    if isinstance(event, TimerFired):
        if state.giving_up:
            return _failed(state, Cause.RECOVERY_ON_TIMER)
        return move(replace(state, giving_up=True), HangUp(state.leg, Cause.NO_ANSWER))
    return stay(state)


def _failed(state: st.CallingA, cause: Cause) -> Move:
    request, close = state.request, CloseRecord(state.leg, cause, answered=not state.doubted)
    again = cause in RETRY or cause.another_line_may_help or cause is Cause.NORMAL
    if again and state.tries < request.policy.tries and request.kind is not Kind.CALL_THROUGH:
        tell = Tell(f"not reached ({cause.name.lower()}), try {state.tries} of {request.policy.tries}")
        ours = cause is Cause.OUT_OF_ORDER  # the line broke, or carries no voice, whatever his phone did
        if cause.another_line_may_help and (ours or not state.alerting) and not state.avoided:
            # The subscriber waits, and it was not his phone that failed: another line, now.
            return rest(request, state.tries, request.policy.rest_s, close, ReleaseHold(), tell, avoid=state.line)
        return rest(request, state.tries, request.policy.retry_s, close, ReleaseHold(), tell)
    blameless = cause.another_line_may_help and request.kind is not Kind.CALL_THROUGH  # his phone had no part in it
    return finish(request, f"not reached: {cause.name.lower()}", close, refused=No.NO_LINE if blameless else None)


def give_up(state: st.RingGoesOn | st.Resting | st.Seeking | st.CallingA, why: str) -> Move:
    """An admin's hang-up or a shutdown before anybody answered."""
    if isinstance(state, st.RingGoesOn):
        return finish(state.request, why, RejectRing())
    return end(state.request, state.leg if isinstance(state, st.CallingA) else "", "", why)
