"""From the hold to B's answer, over one line after another where another line may help."""

from __future__ import annotations

from dataclasses import replace

from appliance.calls import states as st
from appliance.calls.dialogue import again, ask_next, hold
from appliance.calls.events import (
    Event,
    HoldAnswer,
    KeyPressed,
    LegAlerting,
    LegAnswered,
    LegEnded,
    LegSpeaks,
    TimerFired,
)
from appliance.calls.gate import Move, move, stay
from appliance.calls.orders import (
    AnswerRecord,
    Bridge,
    CloseRecord,
    Dial,
    HangUp,
    OpenRecord,
    Overhear,
    ReleaseHold,
    Spoken,
    StopSound,
    Tell,
    ToneSound,
)
from appliance.calls.speaking import play
from appliance.calls.talking import renewing
from appliance.ledger.record import Side
from appliance.routing.route import Rate
from appliance.vocabulary.cause import Cause

MESSAGES = {
    Cause.BUSY: "busy",
    Cause.REJECTED: "busy",
    Cause.NO_ANSWER: "no_answer",
    Cause.NO_USER_RESPONDING: "no_answer",
    Cause.UNALLOCATED: "unreachable",
    Cause.INVALID_NUMBER: "not_a_number",
}


def holding(state: st.Holding, event: Event) -> Move:
    if isinstance(event, HoldAnswer):
        if event.granted_s <= state.live.request.policy.hang_up_s:
            return again(state.live, st.Question.NUMBER, "no_money", ReleaseHold(),
                         Tell("the account's limit is reached"))
        return _dial(state, event.granted_s, event.rate)
    if isinstance(event, TimerFired):
        return again(state.live, st.Question.NUMBER, "failed", ReleaseHold())
    return stay(state)


def _dial(state: st.Holding, granted_s: int, rate: Rate | None) -> Move:
    live = replace(state.live, legs_b=state.live.legs_b + 1)
    leg, route = f"{live.request.call}-b{live.legs_b}", state.routes[0]
    live, sound = play(live, Spoken("dialling"))
    return move(
        st.CallingB(live, leg, state.number, state.routes, state.tried, granted_s),
        OpenRecord(Side.B, leg, route.line, state.number.dialled, rate or route.rate),
        Dial(leg, route.line, route.dialled or state.number.dialled),
        sound,
    )


def calling_b(state: st.CallingB, event: Event) -> Move:
    if isinstance(event, LegSpeaks) and event.side is Side.B and not state.speaking:
        return move(replace(state, speaking=True), StopSound(), Overhear())
    if isinstance(event, LegAlerting) and event.side is Side.B and not state.alerting:
        if state.speaking:
            return stay(replace(state, alerting=True))
        live, sound = play(state.live, ToneSound("ringback"))
        return move(replace(state, live=live, alerting=True), sound)
    if isinstance(event, LegAnswered) and event.side is Side.B:
        return _talk(state)
    if isinstance(event, LegEnded) and event.side is Side.B:
        return _failed(state, event.cause)
    if isinstance(event, TimerFired):
        return _hang_up(state, "no_answer", Cause.NO_ANSWER, "it rang long enough")
    if isinstance(event, KeyPressed):
        if event.key != "#":
            return stay(replace(state, hashes=0))
        if state.hashes == 0:
            return stay(replace(state, hashes=1))
        return _hang_up(state, "next_number", Cause.NORMAL, "## keyed: the next number")
    return stay(state)


def _hang_up(state: st.CallingB, message: str, cause: Cause, why: str) -> Move:
    return move(st.ClosingB(state.live, state.leg, message, cause), HangUp(state.leg, cause), StopSound(), Tell(why))


def _talk(state: st.CallingB) -> Move:
    """Bridged at once. What was held for the time that B rang is asked for again, for talking."""
    request = state.live.request
    talking, hold_more = renewing(
        st.Talking(state.live, state.leg, state.routes[0].rate, step_s=0.0, left_s=float(state.granted_s),
                   call_left_s=float(request.max_call_s)),
        min(request.max_call_s, request.policy.hold_block_s))
    return move(talking, AnswerRecord(state.leg), StopSound(), Bridge(), Tell("both are connected"), hold_more)


def _failed(state: st.CallingB, cause: Cause) -> Move:
    close, tried = CloseRecord(state.leg, cause), state.tried + 1
    rest = state.routes[1:]
    if cause.another_line_may_help and rest and tried < state.live.request.policy.lines_tried and not state.alerting:
        holding_next = st.Holding(state.live, state.number, rest, tried)
        tell = Tell(f"{state.routes[0].line}: {cause.name.lower()}; next {rest[0].reason}")
        return move(holding_next, close, StopSound(), tell, hold(holding_next))
    tell = Tell(f"not connected: {cause.name.lower()}")
    return ask_next(state.live, MESSAGES.get(cause, "failed"), close, ReleaseHold(), tell)
