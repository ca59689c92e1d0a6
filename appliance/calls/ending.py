"""How calls end: legs hung up, verified gone, records closed, hold released, in this order."""

from __future__ import annotations

from appliance.calls import states as st
from appliance.calls.admission import No
from appliance.calls.events import Event, LegEnded, SoundOver, TimerFired
from appliance.calls.gate import Move, move, stay
from appliance.calls.orders import CloseRecord, Finished, HangUp, Order, ReleaseHold, Spoken, StopSound, Tell
from appliance.calls.request import Request
from appliance.calls.speaking import play
from appliance.ledger.record import Side
from appliance.vocabulary.cause import Cause

FAULTS = frozenset({Cause.RECOVERY_ON_TIMER, Cause.INTERWORKING})  # beside those for which another line may help


def finish(request: Request, outcome: str, *orders: Order, refused: No | None = None) -> Move:
    """Nothing is up any more."""
    return move(st.Over(request, outcome), *orders, ReleaseHold(), Finished(outcome, refused))


def end(request: Request, leg_a: str, leg_b: str, outcome: str, *orders: Order, cause: Cause = Cause.NORMAL) -> Move:
    """Hangs up whatever is up ("" = not up) and waits until it is gone."""
    if not leg_a and not leg_b:
        return finish(request, outcome, *orders)
    hang_ups = tuple(HangUp(leg, cause) for leg in (leg_b, leg_a) if leg)
    return move(st.Ending(request, leg_a, leg_b, outcome), *orders, *hang_ups)


def because(ours: Cause, told: Cause) -> Cause:
    """The cause for the record of a leg that we hung up for `ours`: most lines then say no more than NORMAL."""
    return ours if told is Cause.NORMAL else told


def gone(who: str, cause: Cause) -> str:
    """For the story: who hung up, unless it was his line that failed."""
    failed = cause.another_line_may_help or cause in FAULTS
    return f"{who}'s line failed: {cause.name.lower()}" if failed else f"{who} hung up"


def say_goodbye(live: st.Live, message: str, outcome: str, values: tuple[tuple[str, str], ...] = ()) -> Move:
    """A last prompt to A, then the end."""
    words = (Spoken("goodbye"),) if message == "goodbye" else (Spoken(message, values), Spoken("goodbye"))
    live, order = play(live, *words)
    return move(st.Goodbye(live, outcome), Tell(outcome), order)


def goodbye(state: st.Goodbye, event: Event) -> Move:
    if isinstance(event, TimerFired) or (isinstance(event, SoundOver) and event.token == state.live.token):
        return end(state.live.request, state.live.leg, "", state.outcome, StopSound())
    return stay(state)


def ending(state: st.Ending, event: Event) -> Move:
    """Each leg's record closes when the leg is verified gone; a line that never says so is not waited for for ever."""
    if isinstance(event, LegEnded):
        leg = state.leg_a if event.side is Side.A else state.leg_b
        if leg:
            return _gone(state, event.side, CloseRecord(leg, event.cause))
    if isinstance(event, TimerFired):
        close = tuple(CloseRecord(leg, Cause.RECOVERY_ON_TIMER) for leg in (state.leg_b, state.leg_a) if leg)
        return finish(state.request, state.outcome, *close)
    return stay(state)


def _gone(state: st.Ending, side: Side, close: CloseRecord) -> Move:
    leg_a = "" if side is Side.A else state.leg_a
    leg_b = "" if side is Side.B else state.leg_b
    if not leg_a and not leg_b:
        return finish(state.request, state.outcome, close)
    return stay(st.Ending(state.request, leg_a, leg_b, state.outcome), close)

