"""Rating, the bill, and mending what a power cut left open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.ledger.mending import mend
from appliance.ledger.rating import rate_record, worked_out
from appliance.ledger.record import Record
from appliance.ledger.statement import clock_time, format_bill, statement
from appliance.routing.pricing import price
from appliance.routing.route import Rate
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money, MoneyError
from tests.ledger.legs import NINE, NOW, euros, record, talked

LATER = NOW + timedelta(hours=3)


def closed(leg: str, seconds: float, **fields: object) -> Record:
    open_leg = talked(leg, seconds, **fields)
    return replace(open_leg, ended=open_leg.heartbeat, cause=Cause.NORMAL, price=rate_record(open_leg, seconds))


def test_rating_is_by_the_row_the_leg_was_opened_with() -> None:
    assert rate_record(record(), 61) == euros("0.18")
    assert rate_record(record(), 0) == euros("0")
    assert rate_record(record(rate=None), 61) is None


@pytest.mark.parametrize(("leg", "words"), [
    (closed("1-a1", 61), "120 s billed (60/60) at 0.0900 EUR a minute"),
    (closed("1-a1", 61, rate=replace(NINE, connection_fee=euros("0.1"), next_increment=1)),
     "0.1000 EUR + 61 s billed (60/1) at 0.0900 EUR a minute"),
    (record(ended=NOW), "not answered, free"), (talked("1-a1", 0, ended=NOW), "answered, but no talk is proven, free"),
    (closed("1-a1", 61, rate=None), "no tariff row, not charged"), (talked("1-a1", 61), "not over yet"),
])
def test_the_price_in_words(leg: Record, words: str) -> None:
    assert worked_out(leg) == words


def test_the_bill() -> None:
    legs = [closed("7-b1", 61, opened=NOW + timedelta(seconds=9), line="gsm2"), closed("7-a1", 130),
            record("7-b2", opened=NOW + timedelta(minutes=4), ended=LATER, cause=Cause.BUSY, price=euros("0"))]
    bill = statement(legs)
    assert [leg.leg for leg in bill.legs] == ["7-a1", "7-b1", "7-b2"]
    assert bill.total == euros("0.45")
    text = format_bill(bill)
    assert text.splitlines()[-1] == "total 0.4500 EUR, charged to Front desk"
    assert "2:10" in text
    assert "busy" in text


def test_a_bill_is_of_one_call_and_one_currency() -> None:
    with pytest.raises(ValueError, match="exactly one call"):
        statement([])
    with pytest.raises(ValueError, match="exactly one call"):
        statement([record("1-a1"), record("2-a1")])
    with pytest.raises(MoneyError):
        statement([record("1-a1", price=Money(1, "EUR")), record("1-b1", price=Money(1, "CHF"))])


def test_a_running_call_has_a_bill_too() -> None:
    bill = statement([talked("1-a1", 61), record("1-b1", rate=None, number="")])
    assert bill.total is None
    assert "running" in format_bill(bill)


@given(st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=8))
def test_the_total_is_the_sum_of_the_legs(prices: list[int | None]) -> None:
    monies = [None if micros is None else Money(micros, "EUR") for micros in prices]
    legs = [record(f"1-b{n}", price=money) for n, money in enumerate(monies)]
    total = statement(legs).total
    known = [micros for micros in prices if micros is not None]
    assert (total.micros if total else None) == (sum(known) if known else None)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (59.9, "0:59"), (65, "1:05"), (3600, "60:00")])
def test_clock_time(seconds: float, words: str) -> None:
    assert clock_time(seconds) == words


def test_a_leg_that_was_never_answered_is_mended_free() -> None:
    mended = mend(record(note="second try"), LATER)
    assert (mended.price, mended.talk_s, mended.ended, mended.mended) == (euros("0"), 0.0, NOW, True)
    assert mended.cause is Cause.TEMPORARY_FAILURE
    assert mended.note == "second try; mended 2026-03-02 12:00:00 UTC: the box stopped while this leg was open"


def test_an_answered_leg_is_mended_to_its_last_sign_of_life() -> None:
    mended = mend(talked("1-a1", 120), LATER)
    assert (mended.price, mended.talk_s, mended.ended) == (euros("0.18"), 120, NOW + timedelta(seconds=120))
    assert mend(record(answered=NOW, heartbeat=NOW), LATER).price == euros("0")
    assert mend(talked("1-a1", 120, rate=None), LATER).price is None


RATES = st.builds(Rate, st.just(""), st.integers(0, 10**6).map(lambda m: Money(m, "EUR")),
                  st.integers(0, 10**7).map(lambda m: Money(m, "EUR")), st.integers(1, 600), st.integers(1, 600))


@given(RATES, st.booleans(), st.floats(0, 7200), st.floats(0, 60), st.integers(-10**6, 10**6))
def test_mending_never_charges_more_than_was_talked(
    rate: Rate, answered: bool, proven: float, since: float, clock: int
) -> None:
    """Whatever the clock says at the next start: the talk that was proven, and the increment that was begun."""
    leg = talked("1-a1", proven, rate=rate) if answered else record(rate=rate)
    mended = mend(leg, NOW + timedelta(seconds=clock))
    assert mended.price is not None
    assert mended.price <= price(rate, proven + since, NOW)  # what the call would have cost had it ended in order
    assert mended.price == (price(rate, proven, NOW) if answered else euros("0"))
    assert mended.ended is not None
