"""What talk costs, and how long an amount lasts."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.routing.pricing import DAY_S, Meter, billed_s, price, seconds_for, seconds_for_both
from appliance.routing.route import FLOAT_NOISE_S, Rate
from appliance.vocabulary.money import Money
from tests.routing.rates import NOW, amounts, euros, rate, rates

TALK = st.floats(0, DAY_S) | st.integers(0, DAY_S)


@pytest.mark.parametrize(("row", "talk", "cost"), [
    (rate("0.09"), 0, "0"), (rate("0.09", fee="0.05"), 0, "0"),  # not answered: not even the fee
    (rate("0.09"), 0.2, "0.09"), (rate("0.09"), 60, "0.09"), (rate("0.09"), 60.0000001, "0.09"),
    (rate("0.09"), 60.1, "0.18"), (rate("0.09", first=60, following=1), 61, "0.0915"),
    (rate("0.09", first=1, following=1), 1, "0.0015"), (rate("0.09", first=30, following=6), 31, "0.054"),
    (rate("0.05", fee="0.10"), 180, "0.25"), (rate("0", fee="0.10"), 3600, "0.10"),
    (rate("0.000001", first=1, following=1), 29, "0"), (rate("0.000001", first=1, following=1), 30, "0.000001"),
])
def test_price(row: Rate, talk: float, cost: str) -> None:
    assert price(row, talk, NOW) == euros(cost)


@given(rates(), TALK, TALK)
def test_longer_talk_never_costs_less(row: Rate, one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert price(row, short, NOW) <= price(row, long, NOW)
    assert price(row, short, NOW).micros >= 0


@given(rates(), TALK)
def test_what_is_billed_covers_what_was_talked(row: Rate, talk: float) -> None:
    billed = billed_s(row, talk, NOW)
    assert billed >= talk - FLOAT_NOISE_S
    if talk > 0:
        assert (billed - row.first_increment) % row.next_increment == 0
        assert billed < max(talk, row.first_increment) + row.next_increment


@settings(max_examples=300)
@given(rates(), amounts(20_000_000, -1_000_000))
@example(rate("0"), euros("0"))
@example(rate("0.09"), euros("0.09"))
def test_seconds_for_is_the_inverse_of_price(row: Rate, amount: Money) -> None:
    seconds = seconds_for(row, amount, NOW)
    assert 0 <= seconds <= DAY_S
    if seconds:
        assert price(row, seconds, NOW) <= amount
    if seconds < DAY_S:
        assert not price(row, seconds + 1, NOW) <= amount
        assert not price(row, seconds + max(row.first_increment, row.next_increment), NOW) <= amount


@settings(max_examples=300)
@given(rates() | st.none(), st.floats(0, 7200), rates(), amounts(20_000_000, -1_000_000))
def test_seconds_for_both_legs(a_rate: Rate | None, ahead: float, b_rate: Rate, amount: Money) -> None:
    def both(talk: int) -> Money:
        return price(b_rate, talk, NOW) + (price(a_rate, ahead + talk, NOW) if a_rate else euros("0"))

    seconds = seconds_for_both(Meter(a_rate, NOW) if a_rate else None, ahead, Meter(b_rate, NOW), amount)
    assert 0 <= seconds <= DAY_S
    if seconds:
        assert both(seconds) <= amount
    if seconds < DAY_S:
        assert not both(seconds + 1) <= amount


def test_two_euros_for_both_legs() -> None:
    assert seconds_for_both(Meter(rate("0.09"), NOW), 60, Meter(rate("0.11"), NOW), euros("2.09")) == 600
    assert seconds_for_both(None, 0, Meter(rate("0.11"), NOW), euros("0.109999")) == 0
