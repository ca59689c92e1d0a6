"""The call: one pure function. Nothing here or below waits, reads a clock or touches a thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from appliance.calls import dialling, dialogue, ending, ringing_back, talking
from appliance.calls import states as st
from appliance.calls.events import (
    AudioFailed,
    Event,
    HangUpAsked,
    KeyPressed,
    LegEnded,
    LegHeard,
    ShutdownAsked,
    TimerFired,
)
from appliance.calls.gate import Move, move, stay, timer
from appliance.calls.keypad import KEYS
from appliance.calls.orders import CloseRecord, HangUp, StopSound, Tell, Unbridge
from appliance.calls.request import Request
from appliance.ledger.record import Side
from appliance.vocabulary.cause import Cause

State = st.State

PHASES: dict[type, Callable[[Any, Event], Move]] = {
    st.RingGoesOn: ringing_back.ring_goes_on,
    st.Resting: ringing_back.resting,
    st.Seeking: ringing_back.seeking,
    st.CallingA: ringing_back.calling_a,
    st.Asking: dialogue.asking,
    st.CheckingPin: dialogue.checking_pin,
    st.Quoting: dialogue.quoting,
    st.Holding: dialling.holding,
    st.CallingB: dialling.calling_b,
    st.Talking: talking.talking,
    st.ClosingB: talking.closing_b,
    st.Goodbye: ending.goodbye,
    st.Ending: ending.ending,
    st.Over: lambda state, event: stay(state),
}

BEFORE_A = (st.RingGoesOn, st.Resting, st.Seeking, st.CallingA)
WITH_A = (st.Asking, st.CheckingPin, st.Quoting, st.Holding, st.CallingB, st.Talking, st.ClosingB, st.Goodbye)
WITH_B = (st.CallingB, st.Talking, st.ClosingB)


def begin(request: Request) -> Move:
    """The first move of an admitted request."""
    return ringing_back.begin(request)


def decide(state: State, event: Event) -> Move:
    """The next state and what to do. Defined for every state and every event; what cannot matter changes nothing."""
    if isinstance(event, TimerFired) and (running := timer(state)) is not None and running[0] != event.name:
        return stay(state)  # a timer of a state that was left: it fired while it was being stopped
    if isinstance(event, KeyPressed) and event.key not in KEYS:
        return stay(state)
    if isinstance(event, HangUpAsked):
        return _stop(state, event.why)
    if isinstance(event, ShutdownAsked):
        return _stop(state, "the box is shutting down")
    if isinstance(event, AudioFailed):
        return _audio_failed(state, event)
    if isinstance(event, LegEnded) and event.side is Side.A and isinstance(state, WITH_A):
        return _a_gone(state, event)
    if isinstance(state, WITH_A) and state.live.doubtful and _there(event):
        state = replace(state, live=replace(state.live, doubtful=False))
    return PHASES[type(state)](state, event)


def _there(event: Event) -> bool:
    """A is there for certain."""
    return isinstance(event, KeyPressed) or (isinstance(event, LegHeard) and event.side is Side.A)


def _stop(state: State, why: str) -> Move:
    if isinstance(state, BEFORE_A):
        return ringing_back.give_up(state, why)
    if isinstance(state, WITH_A):
        orders = (Unbridge(),) if isinstance(state, st.Talking) else ()
        return ending.end(state.live.request, state.live.leg, _leg_b(state), why, *orders, StopSound(), Tell(why))
    return stay(state)


def _audio_failed(state: State, event: AudioFailed) -> Move:
    why = f"no audio on the {event.side}-leg: {event.why}"
    if event.side is Side.A:
        return _stop(state, why) if isinstance(state, WITH_A) else stay(state)
    if not isinstance(state, st.CallingB | st.Talking):
        return stay(state)
    # A is still heard: B goes, with the line's fault in its record, and A may try another number.
    unbridge = (Unbridge(),) if isinstance(state, st.Talking) else ()
    closing = st.ClosingB(state.live, state.leg, "failed", Cause.TEMPORARY_FAILURE)
    return move(closing, *unbridge, HangUp(state.leg, Cause.TEMPORARY_FAILURE), StopSound(), Tell(why))


def _a_gone(state: Any, event: LegEnded) -> Move:
    unbridge = (Unbridge(),) if isinstance(state, st.Talking) else ()
    outcome = state.outcome if isinstance(state, st.Goodbye) else ending.gone("the subscriber", event.cause)
    close = CloseRecord(state.live.leg, event.cause)
    return ending.end(state.live.request, "", _leg_b(state), outcome, *unbridge, close)


def _leg_b(state: Any) -> str:
    return state.leg if isinstance(state, WITH_B) else ""
