"""While both talk: money renewed block by block, warnings before the end, "##" for the next number."""

from __future__ import annotations

from dataclasses import replace

from appliance.calls import states as st
from appliance.calls.dialogue import ask_next
from appliance.calls.ending import because, end, gone
from appliance.calls.events import Event, HoldAnswer, KeyPressed, LegEnded, TimerFired
from appliance.calls.gate import Move, move, stay
from appliance.calls.orders import CloseRecord, HangUp, Hold, Order, ReleaseHold, Spoken, Tell, Unbridge
from appliance.calls.speaking import play
from appliance.ledger.record import Side
from appliance.vocabulary.cause import Cause


def _end_s(state: st.Talking) -> float:
    """Seconds to the end that is certain: the longest call, or the money's end when there is no more."""
    end = min(state.left_s, state.call_left_s) if state.last else state.call_left_s
    return end - state.live.request.policy.hang_up_s


def plan(state: st.Talking) -> st.Talking:
    """Sets `step_s` to the next thing that must happen: renewing the hold, a warning, or the end."""
    policy = state.live.request.policy
    end = max(0.0, _end_s(state))
    moments = [end, *(end - warn for warn in (policy.warn_s, policy.last_warn_s) if end > warn)]
    if not state.last and state.left_s < state.call_left_s:
        moments.append(max(0.0, state.left_s - policy.warn_s - 5))  # 5 s before the warning could be due
    return replace(state, step_s=min(moments))


def talking(state: st.Talking, event: Event) -> Move:
    if isinstance(event, KeyPressed):
        return _key(state, event.key)
    if isinstance(event, LegEnded) and event.side is Side.B:
        return ask_next(state.live, "next_number", CloseRecord(state.leg, event.cause), Unbridge(), ReleaseHold(),
                        Tell(gone("the destination", event.cause)))
    if isinstance(event, TimerFired):
        return _step(state)
    if isinstance(event, HoldAnswer) and state.renewing:
        return _renewed(state, event.granted_s)
    return stay(state)


def _key(state: st.Talking, key: str) -> Move:
    if key != "#" or not state.live.request.hash_hash:
        return stay(replace(state, hashes=0))
    if state.hashes == 0:
        return stay(replace(state, hashes=1))
    return move(st.ClosingB(state.live, state.leg, "next_number"), Unbridge(), HangUp(state.leg, Cause.NORMAL),
                Tell("## keyed: the next number"))


def _step(state: st.Talking) -> Move:
    """The timer of the plan fired: `step_s` seconds have gone by."""
    gone = replace(state, left_s=state.left_s - state.step_s, call_left_s=state.call_left_s - state.step_s)
    policy, end = state.live.request.policy, _end_s(gone)
    if end <= 0:
        message, why = _why_over(gone)
        return move(st.ClosingB(gone.live, gone.leg, message), Unbridge(), HangUp(gone.leg, Cause.NORMAL), Tell(why))
    for warn, message in ((policy.warn_s, "one_minute_left"), (policy.last_warn_s, "fifteen_seconds_left")):
        if end == warn:
            live, order = play(gone.live, Spoken(message))
            return move(plan(replace(gone, live=live)), order)
    return _renew(gone)


def _why_over(state: st.Talking) -> tuple[str, str]:
    """Prompt and story line for an end that we set: the account's longest call, or its money."""
    if state.call_left_s <= state.live.request.policy.hang_up_s:
        return "next_number", "the longest call allowed is over"
    return "no_money", "the account's limit is reached"


def _renew(state: st.Talking) -> Move:
    wanted = int(min(state.left_s + state.live.request.policy.hold_block_s, state.call_left_s))
    return move(*renewing(state, wanted))


def renewing(state: st.Talking, wanted_s: int) -> tuple[st.Talking, Hold]:
    """Asks for money. The answer comes in the same turn; should it not, what is granted still stands, and is the end.
    """
    waiting = replace(state, last=True, renewing=wanted_s)
    return replace(waiting, step_s=max(0.0, _end_s(waiting))), Hold(state.rate, wanted_s)


def _renewed(state: st.Talking, granted_s: int) -> Move:
    wanted = state.renewing
    orders: tuple[Order, ...] = ()
    state = replace(state, last=False, renewing=0)
    if granted_s < wanted:
        orders = (Tell(f"the account's money ends in {max(granted_s, int(state.left_s))} s"),)
        state = replace(state, last=True)
    return move(plan(replace(state, left_s=max(min(float(granted_s), wanted), state.left_s))), *orders)


def closing_b(state: st.ClosingB, event: Event) -> Move:
    """Waits until B is verified gone; A stays and is asked again."""
    if isinstance(event, LegEnded) and event.side is Side.B:
        close = CloseRecord(state.leg, because(state.cause, event.cause))
        return ask_next(state.live, state.message, close, ReleaseHold())
    if isinstance(event, TimerFired):
        return end(state.live.request, state.live.leg, state.leg, "the destination's leg could not be verified gone")
    return stay(state)
