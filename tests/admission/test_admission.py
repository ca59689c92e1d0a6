"""The brakes: every reason, the edge of every ceiling, and a flood."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.accounts.account import Account, Verify
from appliance.calls.admission import Ceilings, Declined, No, Ring, asked_of, judge
from appliance.calls.request import Kind
from appliance.vocabulary.number import Number

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANNA, BERT, SIM = Number("+4915155500001"), Number("+4915155500002"), Number("+4915112345601")
DESK = Account("Front desk", (ANNA,))
GOOD = Ring(caller=ANNA, withheld=False, account=DESK, own_numbers=frozenset({SIM}), pending=frozenset(), accepted=(),
            locked=False, channels=2, now=NOW)
CEILINGS = Ceilings(repeat_window_s=60, caller_per_hour=3, caller_per_day=5, box_per_hour=7)


def ago(*seconds: float, who: Number = ANNA) -> tuple[tuple[datetime, str], ...]:
    return tuple((NOW - timedelta(seconds=s), who.e164) for s in seconds)


def reason(ring: Ring, ceilings: Ceilings = CEILINGS) -> No | None:
    declined = judge(ring, ceilings)
    assert declined is None or declined.text
    return declined.reason if declined else None


def test_a_known_caller_is_called_back() -> None:
    assert judge(GOOD, CEILINGS) is None


HOUR = 3600.0
FOUR = ago(HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR)
OTHERS = ago(100, 200, 300, 400, 500, 600, 700, who=BERT)


@pytest.mark.parametrize(("ring", "why", "words"), [
    (replace(GOOD, withheld=True, caller=None, account=None), No.WITHHELD, "withheld"),
    (replace(GOOD, caller=None, account=None), No.UNKNOWN, "the caller belongs to no account"),
    (replace(GOOD, account=None), No.UNKNOWN, "+4915155500001 belongs to no account"),
    (replace(GOOD, caller=SIM), No.OWN_NUMBER, "own numbers"),
    (replace(GOOD, account=replace(DESK, enabled=False)), No.DISABLED, '"Front desk" is switched off'),
    (replace(GOOD, locked=True), No.LOCKED, "wrong PINs"),
    (replace(GOOD, pending=frozenset({ANNA.e164})), No.PENDING, "already"),
    (replace(GOOD, accepted=ago(59)), No.REPEATED, "less than 60 s ago"),
    (replace(GOOD, accepted=ago(61, 62, 63)), No.CALLER_HOUR, "3 callbacks within the hour"),
    (replace(GOOD, accepted=ago(*[HOUR * n for n in range(1, 6)])), No.CALLER_DAY, "5 callbacks within the day"),
    (replace(GOOD, accepted=OTHERS), No.BOX_HOUR, "7 callbacks within the hour"),
    (replace(GOOD, channels=1), No.ONE_CHANNEL, "add a second line"),
    (replace(GOOD, channels=0), No.ONE_CHANNEL, "none free"),
])
def test_every_reason(ring: Ring, why: No, words: str) -> None:
    declined = judge(ring, CEILINGS)
    assert isinstance(declined, Declined)
    assert declined.reason is why
    assert words in declined.text


def test_every_reason_has_an_example() -> None:
    (mark,) = (mark for mark in test_every_reason.pytestmark if mark.name == "parametrize")  # type: ignore[attr-defined]
    later = {No.NO_LINE, No.NO_MONEY, No.EMERGENCY, No.BARRED}  # found out when a line is sought, or a text is read
    assert {example[1] for example in mark.args[1]} == set(No) - later


@pytest.mark.parametrize(("accepted", "why"), [
    (ago(60), None), (ago(59.9), No.REPEATED), (ago(0), No.REPEATED), (ago(59, who=BERT), None),
    (ago(61, 62), None), (ago(61, 62, HOUR - 1), No.CALLER_HOUR), (ago(61, 62, HOUR), None),
    (ago(61, 62) + ago(63, 64, who=BERT), None),
    (FOUR, None), (FOUR + ago(24 * HOUR - 1), No.CALLER_DAY), (FOUR + ago(24 * HOUR), None),
    (OTHERS[:6], None), (OTHERS[:6] + ago(HOUR, who=BERT), None), (OTHERS[:6] + ago(HOUR - 1, who=BERT), No.BOX_HOUR),
    (ago(-1, -2, -3, -4, -5, -6, -7, -8), None),  # a clock that was put back: they are yet to come
])
def test_the_edge_of_each_ceiling(accepted: tuple[tuple[datetime, str], ...], why: No | None) -> None:
    assert reason(replace(GOOD, accepted=accepted)) is why


def test_a_ceiling_of_nothing_lets_nothing_through() -> None:
    assert reason(GOOD, Ceilings(box_per_hour=0)) is No.BOX_HOUR
    assert reason(GOOD, Ceilings(caller_per_hour=0)) is No.CALLER_HOUR
    assert reason(replace(GOOD, accepted=ago(0)), Ceilings(repeat_window_s=0)) is None


NUMBERS = st.sampled_from([ANNA, BERT, SIM])
TIMES = st.floats(-10**6, 10**6).map(lambda s: NOW - timedelta(seconds=s))
RINGS = st.builds(
    Ring, caller=st.none() | NUMBERS, withheld=st.booleans(),
    account=st.none() | st.builds(Account, st.text(max_size=5), st.just((ANNA,)), enabled=st.booleans()),
    own_numbers=st.frozensets(NUMBERS, max_size=1), pending=st.frozensets(st.sampled_from([ANNA.e164, BERT.e164])),
    accepted=st.lists(st.tuples(TIMES, st.sampled_from([ANNA.e164, BERT.e164, ""])), max_size=20),
    locked=st.booleans(), channels=st.integers(-1, 4), now=TIMES)


@given(RINGS, st.builds(Ceilings, *[st.integers(0, 9)] * 4))
def test_the_judge_always_has_an_answer(ring: Ring, ceilings: Ceilings) -> None:
    declined = judge(ring, ceilings)
    if declined is None:
        assert ring.account
        assert ring.account.enabled
        assert ring.channels >= 2
        assert not ring.withheld
        assert not ring.locked
    else:
        assert declined.text


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 400), st.integers(0, 11)), max_size=150),
       st.integers(0, 9), st.integers(0, 4), st.integers(0, 9))
def test_a_flood_never_breaks_a_ceiling(rings: list[tuple[float, int]], box: int, hourly: int, daily: int) -> None:
    """However many forged callers ring, and whenever: every hour and day stays below every ceiling."""
    ceilings = Ceilings(repeat_window_s=60, caller_per_hour=hourly, caller_per_day=daily, box_per_hour=box)
    now, accepted = NOW, list[tuple[datetime, str]]()
    for wait, who in rings:
        now += timedelta(seconds=wait)
        caller = Number(f"+49151555{who:05d}")
        seen = [(at, by) for at, by in accepted if at >= now - timedelta(days=1)]  # as the journal hands them in
        ring = replace(GOOD, caller=caller, account=replace(DESK, numbers=(caller,)), accepted=seen, now=now)
        if judge(ring, ceilings) is None:
            accepted.append((now, caller.e164))
    for at, caller_id in accepted:
        hour = [by for then, by in accepted if at - timedelta(hours=1) < then <= at]
        day = [by for then, by in accepted if at - timedelta(days=1) < then <= at]
        assert len(hour) <= box
        assert hour.count(caller_id) <= hourly
        assert day.count(caller_id) <= daily


MISSED, THROUGH = Kind.MISSED_CALL, Kind.CALL_THROUGH
NONE, KEY, PIN = Verify.NONE, Verify.KEY, Verify.PIN


@pytest.mark.parametrize(("kind", "verify", "has_pin", "becomes", "asked"), [
    (MISSED, NONE, False, MISSED, KEY), (MISSED, NONE, True, MISSED, KEY), (MISSED, KEY, True, MISSED, KEY),
    (MISSED, PIN, True, MISSED, PIN), (THROUGH, NONE, True, THROUGH, PIN), (THROUGH, KEY, True, THROUGH, PIN),
    (THROUGH, PIN, True, THROUGH, PIN), (THROUGH, NONE, False, MISSED, KEY), (THROUGH, KEY, False, MISSED, KEY)])
def test_a_number_that_nobody_vouches_for(
    kind: Kind, verify: Verify, has_pin: bool, becomes: Kind, asked: Verify
) -> None:
    assert asked_of(kind, verify, vouched=False, has_pin=has_pin) == (becomes, asked)


@pytest.mark.parametrize("kind", [MISSED, THROUGH])
@pytest.mark.parametrize("verify", list(Verify))
@pytest.mark.parametrize("has_pin", [True, False])
def test_a_number_that_somebody_vouches_for_is_believed(kind: Kind, verify: Verify, has_pin: bool) -> None:
    assert asked_of(kind, verify, vouched=True, has_pin=has_pin) == (kind, verify)
