"""Bundles: when they begin anew, what a call takes of them, what it costs beyond, and which line is cheapest then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.ledger.mending import mend
from appliance.ledger.rating import rate_record, worked_out
from appliance.routing.bundle import Bundle, Bundles, Period
from appliance.routing.cheapest import LineOffer, rank
from appliance.routing.hours import Calendar
from appliance.routing.pricing import Meter, price
from appliance.routing.route import Allowance, Rate
from appliance.routing.tariff import Tariff
from appliance.vocabulary.number import Number
from tests.ledger.legs import talked
from tests.routing.rates import INCREMENTS, NOW, amounts, euros, rate
from tests.routing.test_time_bands import WHEN, timed_rates

BERLIN = Calendar("Europe/Berlin")
LANDLINE = Number("+493012345678")


def bundle(minutes: int = 300, prefixes: tuple[str, ...] = ("49",), **more: object) -> Bundle:
    return replace(Bundle("flat", ("gsm1",), minutes, prefixes), **more)  # type: ignore[arg-type]


def allowed(row: Rate, seconds: int, first: int = 60, following: int = 60, per_minute: str = "0") -> Rate:
    return replace(row, allowance=Allowance("flat", seconds, euros(per_minute), first, following))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN.clock)


@pytest.mark.parametrize(("period", "reset", "at", "since", "until"), [
    (Period.MONTH, 1, "2026-03-31T23:59:59", "2026-03-01", "2026-04-01"),
    (Period.MONTH, 1, "2026-04-01T00:00", "2026-04-01", "2026-05-01"),
    (Period.MONTH, 31, "2026-02-28T00:00", "2026-02-28", "2026-03-31"),
    (Period.MONTH, 31, "2026-02-27T23:59", "2026-01-31", "2026-02-28"),
    (Period.MONTH, 30, "2028-02-29T12:00", "2028-02-29", "2028-03-30"),  # a leap year
    (Period.MONTH, 31, "2026-12-31T12:00", "2026-12-31", "2027-01-31"),
    (Period.MONTH, 15, "2027-01-03T12:00", "2026-12-15", "2027-01-15"),
    (Period.WEEK, 1, "2026-03-08T23:59", "2026-03-02", "2026-03-09"),
    (Period.WEEK, 7, "2026-03-08T00:00", "2026-03-08", "2026-03-15"),
    (Period.DAY, 1, "2026-03-29T12:00", "2026-03-29", "2026-03-30"),  # 23 hours
    (Period.DAY, 1, "2026-10-25T00:30", "2026-10-25", "2026-10-26"),  # 25 hours
])
def test_when_it_begins_anew(period: Period, reset: int, at: str, since: str, until: str) -> None:
    one = bundle(period=period, reset=reset)
    assert (one.since(local(at), BERLIN), one.until(local(at), BERLIN)) == (local(since), local(until))
    assert one.since(local(at).astimezone(UTC), BERLIN) == local(since)


@settings(deadline=None)
@given(st.sampled_from(Period), st.integers(1, 31), WHEN, st.integers(0, 86_400 * 40))
def test_periods_follow_one_another_without_a_gap(period: Period, reset: int, at: datetime, later_s: int) -> None:
    one = bundle(period=period, reset=reset if period is Period.MONTH else (reset - 1) % 7 + 1)
    since, until = one.since(at, BERLIN), one.until(at, BERLIN)
    assert since <= at < until
    days = {Period.DAY: {1}, Period.WEEK: {7}, Period.MONTH: set(range(28, 32))}[period]
    assert (until.date() - since.date()).days in days
    assert one.since(until, BERLIN) == until
    assert one.until(until - timedelta(microseconds=1), BERLIN) == until
    later = at + timedelta(seconds=later_s)
    assert (one.since(later, BERLIN) == since) is (later < until)
    assert isinstance(since.date(), date)


@pytest.mark.parametrize(("row", "talk_s", "taken", "cost"), [
    (allowed(rate("0.09", fee="0.10"), 600), 61, 120, "0"), (allowed(rate("0.09", fee="0.10"), 120), 121, 120, "0.09"),
    (allowed(rate("0.09", fee="0.10", first=60, following=1), 120), 121, 120, "0.0015"),
    (allowed(rate("0.09", fee="0.10"), 59), 30, 0, "0.19"),  # not even the first increment is left
    (allowed(rate("0.09"), 130, following=1), 200, 130, "0.18"), (allowed(rate("0.09"), 130), 200, 120, "0.18"),
    (allowed(rate("0.09"), 600, per_minute="0.02"), 90, 120, "0.04"), (allowed(rate("0.09"), 600), 0, 0, "0"),
])
def test_what_a_call_takes_and_what_it_costs(row: Rate, talk_s: float, taken: int, cost: str) -> None:
    assert row.allowance is not None
    assert row.allowance.covered(talk_s) == taken
    assert price(row, talk_s, NOW) == euros(cost)


ALLOWANCES = st.builds(Allowance, st.just("flat"), st.integers(0, 5000), amounts(50_000), INCREMENTS, INCREMENTS)
ROWS = st.builds(lambda row, allowance: replace(row, allowance=allowance), timed_rates(), ALLOWANCES)


@settings(max_examples=300, deadline=None)
@given(ROWS, st.floats(0, 7200), st.floats(0, 7200), WHEN)
def test_parts_add_up_and_longer_never_costs_less(row: Rate, one: float, other: float, began: datetime) -> None:
    assert row.allowance is not None
    short, long = sorted((one, other))
    assert price(row, short, began) <= price(row, long, began)
    stretches = list(Meter(row, began).stretches(long))
    assert sum(stretch.amount.micros for stretch in stretches) == price(row, long, began).micros
    assert sum(stretch.billed_s for stretch in stretches) >= long - 1e-6
    in_bundle = [stretch for stretch in stretches if stretch.bundle]
    assert sum(stretch.billed_s for stretch in in_bundle) == row.allowance.covered(long) <= row.allowance.seconds
    assert in_bundle == stretches[:len(in_bundle)]  # it comes first
    assert not (in_bundle and any(stretch.fee.micros for stretch in stretches))


@settings(max_examples=200, deadline=None)
@given(ROWS, st.floats(0.1, 7200))
def test_a_closed_leg_is_rated_as_it_was_while_it_ran(row: Rate, talk_s: float) -> None:
    """What was reserved beyond the talk is given back; the price that stands in the bill stays."""
    leg = talked("1-b1", talk_s, rate=row)
    mended = mend(leg, NOW)
    assert mended.price == rate_record(leg, talk_s) == rate_record(mended, talk_s)
    assert mended.bundle_s == (row.allowance.covered(talk_s) if row.allowance else 0) <= leg.bundle_s
    assert worked_out(mended) == worked_out(replace(leg, ended=NOW))


def test_the_bill_says_what_came_from_the_bundle() -> None:
    leg = talked("1-b1", 200, rate=allowed(rate("0.09", fee="0.1"), 130), ended=NOW)
    assert worked_out(leg) == ("120 s of bundle flat (60/60), free = 0.0000 EUR, then "
                               "120 s billed (steps of 60 s) at 0.0900 EUR a minute = 0.1800 EUR")


def bundles(*ones: Bundle, taken: int = 0) -> Bundles:
    return Bundles(ones, BERLIN, lambda *asked: taken)


def offers() -> tuple[LineOffer, ...]:
    return (LineOffer("gsm1", Tariff([rate("0.30", fee="0.10")]), 1), LineOffer("gsm2", Tariff([rate("0.20")]), 1))


@pytest.mark.parametrize(("taken_min", "lines", "cost"), [
    (0, ["gsm1", "gsm2"], "0"), (298, ["gsm1", "gsm2"], "0.30"), (299, ["gsm1", "gsm2"], "0.60"),
    (300, ["gsm2", "gsm1"], "0.60"), (400, ["gsm2", "gsm1"], "0.60"),
])
def test_lines_are_ranked_by_what_is_left(taken_min: int, lines: list[str], cost: str) -> None:
    table = rank(LANDLINE, offers(), 180, NOW, bundles=bundles(bundle(), taken=taken_min * 60))
    assert [route.line for route in table.routes] == lines
    assert table.routes[0].price == euros(cost)


def test_a_bundle_is_for_its_prefixes_and_the_nearest_with_something_left_comes_first() -> None:
    mobile, all_of_it = bundle(prefixes=("4915",)), bundle(name="all", prefixes=("", "4930"))
    row = rate("0.09")
    found = bundles(mobile, all_of_it).allow(row, "gsm1", LANDLINE, NOW).allowance
    assert found is not None
    assert found.bundle == "all"
    assert bundles(mobile).allow(row, "gsm1", LANDLINE, NOW) == row
    assert bundles(all_of_it).allow(row, "gsm2", LANDLINE, NOW) == row
    used = Bundles((bundle(prefixes=("4930",)), all_of_it), BERLIN,
                   lambda name, *asked: 99_999 if name == "flat" else 0)
    assert (used.allow(row, "gsm1", LANDLINE, NOW).allowance or found).bundle == "all"


def test_the_margin_is_left_alone() -> None:
    one = bundle(minutes=10, margin=4)
    assert bundles(one, taken=300).left(one, NOW) == 60
    assert bundles(one, taken=400).left(one, NOW) == 0


def test_a_leg_reserves_what_it_needs_and_never_less_than_it_has() -> None:
    row = bundles(bundle()).allow(rate("0.09"), "gsm1", LANDLINE, NOW)
    few = bundles(bundle(), taken=300 * 60 - 100)
    seconds = [each.allowance.seconds for each in (
        row, bundles(bundle()).reserve(row, 61, NOW), few.reserve(row, 600, NOW), few.reserve(row, 600, NOW, "1-b1"),
        few.reserve(row, 600, NOW, promised={"flat": 60}), bundles().reserve(row, 600, NOW)) if each.allowance]
    assert seconds == [18_000, 120, 100, 18_000, 40, 0]
