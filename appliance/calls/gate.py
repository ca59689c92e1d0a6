"""The one gate every move passes: it sets the timer of the state that is entered. Each state has one, here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.calls import states as st
from appliance.calls.orders import Order, SetTimer, StopTimer

Move = tuple[st.State, tuple[Order, ...]]

RING_GOES_ON_S = 180.0  # s: a network ends an unanswered call by itself well before
ANSWER_S = 10.0  # s for an answer from inside the box; it comes at once, unless something is broken


def _asking(state: st.Asking) -> tuple[str, float]:
    policy = state.live.request.policy
    if state.prompting:
        return "prompt", policy.prompt_s
    return ("next_key", policy.next_key_s) if state.digits else ("first_key", policy.first_key_s)


def _calling_a(state: st.CallingA) -> tuple[str, float]:
    policy = state.request.policy
    return ("release", policy.release_s) if state.giving_up else ("a_ring", policy.ring_s)


# State -> name of its timer and seconds.
TIMERS: dict[type, Callable[[Any], tuple[str, float] | None]] = {
    st.RingGoesOn: lambda s: ("ring_goes_on", RING_GOES_ON_S),
    st.Resting: lambda s: ("rest", s.seconds),
    st.Seeking: lambda s: ("answer", ANSWER_S),
    # The line's own outcome comes first; this is the subscriber's phone ringing into voicemail.
    st.CallingA: _calling_a,
    st.Asking: _asking,
    st.CheckingPin: lambda s: ("answer", ANSWER_S),
    st.Quoting: lambda s: ("answer", ANSWER_S),
    st.Holding: lambda s: ("answer", ANSWER_S),
    st.CallingB: lambda s: ("b_ring", s.live.request.policy.b_ring_s),
    st.Talking: lambda s: ("talk", s.step_s),
    st.ClosingB: lambda s: ("release", s.live.request.policy.release_s),
    st.Goodbye: lambda s: ("goodbye", s.live.request.policy.goodbye_s),
    st.Ending: lambda s: ("release", s.request.policy.release_s),
    st.Over: lambda s: None,
}


def timer(state: st.State) -> tuple[str, float] | None:
    """The timer that runs in this state: its name and seconds."""
    return TIMERS[type(state)](state)


def move(state: st.State, *orders: Order) -> Move:
    """Enters a state: its timer starts afresh, the one before ends."""
    running = timer(state)
    return state, (*orders, SetTimer(*running) if running else StopTimer())


def stay(state: st.State, *orders: Order) -> Move:
    """Remains: the timer runs on."""
    return state, orders
