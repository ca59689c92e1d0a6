"""Walks every reachable state of a call times every event, and asserts on each step what must always hold."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import Any

import pytest

from appliance.accounts.account import Verify
from appliance.calls import events as ev
from appliance.calls import orders as do
from appliance.calls import states as st
from appliance.calls.callback import PHASES, begin, decide
from appliance.calls.request import Kind, Policy, Request
from appliance.ledger.record import Side
from appliance.routing.route import Rate, Route
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

EUR = Money(90_000, "EUR")
B = Number("+4930123456")
RATE = Rate("49", EUR, EUR)
ROUTES = tuple(Route(line, B, RATE, EUR, f"{line} is cheap") for line in ("gsm2", "gsm3"))
# Small numbers keep the walk finite; what they bound is the same code.
POLICY = Policy(tries=2, questions=2, hold_block_s=100, lines_tried=2)

SIDES = (Side.A, Side.B)
CAUSES = (Cause.NORMAL, Cause.BUSY, Cause.CONGESTION, Cause.UNALLOCATED)
TIMER_NAMES = ("ring_goes_on", "rest", "answer", "a_ring", "prompt", "first_key", "next_key", "b_ring", "talk",
               "release", "goodbye")
EVENTS: tuple[ev.Event, ...] = (
    ev.RingOver(), ev.HangUpAsked("asked"), ev.ShutdownAsked(),
    *(ev.TimerFired(name) for name in TIMER_NAMES),
    ev.CallbackLine("gsm1", RATE), ev.CallbackLine(None, None, "full", True), ev.CallbackLine(None, None, "no money"),
    *(ev.LegAlerting(side) for side in SIDES), *(ev.LegAnswered(side) for side in SIDES),
    *(ev.LegSpeaks(side) for side in SIDES), ev.LegAnswered(Side.A, sure=False), ev.LegHeard(Side.A),
    *(ev.LegEnded(side, cause) for side in SIDES for cause in CAUSES),
    *(ev.AudioFailed(side, "gone") for side in SIDES),
    *(ev.KeyPressed(key) for key in "1*#"),
    ev.PinChecked(True), ev.PinChecked(False), ev.PinChecked(False, locked=True),
    ev.Quoted(B, ROUTES), ev.Quoted(B, ROUTES[:1]), ev.Refused("barred", "premium"),
    ev.HoldAnswer(0), ev.HoldAnswer(40), ev.HoldAnswer(100),
)
REQUESTS = [
    Request("7", "+491511234567", "gsm1", kind, verify, 150, destination, ringing, POLICY)
    for kind, ringing, destination in (
        (Kind.MISSED_CALL, True, ""), (Kind.CALL_THROUGH, True, ""), (Kind.ASKED, False, "+4930123456"))
    for verify in Verify
]


@dataclass(frozen=True)
class Books:
    """What the world outside knows: open records, legs up, the hold, the timer, whether it is finished."""

    open: tuple[str, ...] = ()
    up: tuple[str, ...] = ()  # dialled or answered, not yet verified gone
    held: bool = False
    timer: str = ""
    bridged: bool = False
    finished: bool = False
    asked: type | None = None  # the question whose answer is due


def carry_out(books: Books, orders: tuple[do.Order, ...]) -> Books:
    """Applies the orders as the switchboard would; asserts on each that it may be given."""
    for order in orders:
        assert not books.finished or isinstance(order, do.StopTimer), f"{order} after Finished"
        books = ORDERS.get(type(order), lambda b, o: b)(books, order)
        if type(order) in ANSWERS.values():
            books = replace(books, asked=type(order))
    return books


def _open(books: Books, order: do.OpenRecord) -> Books:
    assert order.leg not in books.open
    return replace(books, open=(*books.open, order.leg))


def _dial(books: Books, order: do.Dial | do.AnswerRing) -> Books:
    assert order.leg in books.open, "a record is written before the dial command"
    assert order.leg not in books.up
    if "-b" in order.leg:
        assert books.held, "money is held before B is dialled"
    return replace(books, up=(*books.up, order.leg))


def _hang_up(books: Books, order: do.HangUp) -> Books:
    assert order.leg in books.up, "no order to a leg that is gone"
    return books


def _close(books: Books, order: do.CloseRecord) -> Books:
    assert order.leg in books.open, "closed once"
    return replace(books, open=tuple(leg for leg in books.open if leg != order.leg),
                   up=tuple(leg for leg in books.up if leg != order.leg))


def _bridge(books: Books, order: do.Bridge) -> Books:
    assert len(books.up) == 2
    assert not books.bridged
    return replace(books, bridged=True)


def _overhear(books: Books, order: do.Overhear) -> Books:
    assert len(books.up) == 2
    assert not books.bridged
    return books


def _unbridge(books: Books, order: do.Unbridge) -> Books:
    assert books.bridged
    return replace(books, bridged=False)


def _finished(books: Books, order: do.Finished) -> Books:
    assert books.open == books.up == ()
    assert not books.held
    assert not books.bridged
    return replace(books, finished=True)


def _play(books: Books, order: do.Play) -> Books:
    assert any("-a" in leg for leg in books.up), "nobody is there to hear it"
    return books


ORDERS: dict[type, Any] = {
    do.OpenRecord: _open, do.Dial: _dial, do.AnswerRing: _dial, do.HangUp: _hang_up, do.CloseRecord: _close,
    do.Overhear: _overhear, do.Bridge: _bridge, do.Unbridge: _unbridge, do.Finished: _finished, do.Play: _play,
    do.SetTimer: lambda b, o: replace(b, timer=o.name), do.StopTimer: lambda b, o: replace(b, timer=""),
    do.Hold: lambda b, o: replace(b, held=True), do.FindCallbackLine: lambda b, o: replace(b, held=True),
    do.ReleaseHold: lambda b, o: replace(b, held=bool([leg for leg in b.up if "-a" in leg])),
}


ANSWERS: dict[type, type] = {
    ev.CallbackLine: do.FindCallbackLine, ev.PinChecked: do.CheckPin, ev.Quoted: do.Quote, ev.Refused: do.Quote,
    ev.HoldAnswer: do.Hold,
}


def told(books: Books, event: ev.Event) -> Books | None:
    """What an event says of the world; None when the world could not say it now (that leg is not up)."""
    if isinstance(event, ev.LegEnded | ev.LegAnswered | ev.LegHeard | ev.LegAlerting | ev.LegSpeaks):
        side = f"-{event.side}"
        if not any(side in leg for leg in books.up):
            return None
    if isinstance(event, ev.TimerFired):
        return replace(books, timer="") if event.name == books.timer else None
    if type(event) in ANSWERS:
        return replace(books, asked=None) if books.asked is ANSWERS[type(event)] else None
    return books


def canonical(state: st.State) -> st.State:
    """Counters that only name things (tokens, leg numbers) and keyed digits beyond the second do not make new roads."""
    changes: dict[str, Any] = {}
    if hasattr(state, "live"):
        changes["live"] = replace(state.live, token=0, legs_b=min(state.live.legs_b, 1))
    if isinstance(state, st.Asking):
        changes["digits"] = state.digits[:2]
    if isinstance(state, st.CallingB | st.Talking | st.ClosingB):
        changes["leg"] = "7-b1"
    return replace(state, **changes) if changes else state


def canonical_books(books: Books) -> Books:
    name = lambda leg: "7-b1" if "-b" in leg else leg  # noqa: E731
    return replace(books, open=tuple(map(name, books.open)), up=tuple(map(name, books.up)))


def check(state: st.State, books: Books) -> None:
    assert books.open == books.up, f"records open are legs up: {state} {books}"
    assert books.finished == isinstance(state, st.Over)
    if not isinstance(state, st.Over):
        assert books.timer, f"{type(state).__name__} waits for ever: {state}"


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: f"{r.kind}-{r.verify}")
def test_every_state_times_every_event(request_: Request) -> None:
    state, orders = begin(request_)
    books = carry_out(Books(), orders)
    check(state, books)
    seen = {(canonical(state), canonical_books(books))}
    roads = deque(seen)
    reached: Counter[type] = Counter()
    while roads:
        state, books = roads.popleft()
        reached[type(state)] += 1
        assert len(seen) < 60_000, "the walk is meant to be finite"
        for event in EVENTS:
            after = told(books, event)
            if after is None:
                decide(state, event)  # out of the blue: it must not raise; what it orders is not judged
                continue
            successor, orders = decide(state, event)
            after = carry_out(after, orders)
            check(successor, after)
            road = (canonical(successor), canonical_books(after))
            if road not in seen:
                seen.add(road)
                roads.append(road)
    expected = set(PHASES) - {st.RingGoesOn, st.Resting, st.Seeking, st.CheckingPin}
    if request_.kind is not Kind.CALL_THROUGH:
        expected |= {st.Resting, st.Seeking}
    if request_.kind is Kind.MISSED_CALL:
        expected.add(st.RingGoesOn)
    if request_.verify is Verify.PIN:
        expected.add(st.CheckingPin)
    assert expected <= set(reached)
    assert any(isinstance(state, st.CallingA) and state.doubted for state, _ in seen)


def test_from_every_state_shutdown_leads_to_an_end() -> None:
    """However far a call has come, shutdown and then the legs' own ends close everything."""
    for request_ in REQUESTS:
        state, orders = begin(request_)
        books = carry_out(Books(), orders)
        for event in (ev.RingOver(), ev.TimerFired("rest"), ev.CallbackLine("gsm1", RATE), ev.LegAnswered(Side.A),
                      ev.KeyPressed("1"), ev.PinChecked(True), ev.Quoted(B, ROUTES), ev.HoldAnswer(100),
                      ev.LegAnswered(Side.B)):
            final, end_books = end_now(state, books)
            assert isinstance(final, st.Over), f"{state} -> {final}"
            assert end_books.finished
            after = told(books, event)
            if after is not None:
                state, orders = decide(state, event)
                books = carry_out(after, orders)


def end_now(state: st.State, books: Books) -> tuple[st.State, Books]:
    for event in (ev.ShutdownAsked(), ev.LegEnded(Side.B, Cause.NORMAL), ev.LegEnded(Side.A, Cause.NORMAL)):
        after = told(books, event)
        if after is not None:
            state, orders = decide(state, event)
            books = carry_out(after, orders)
    return state, books
