"""Prices that depend on the time: which row holds, what a call over a border costs, when the clock is put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.ledger.rating import worked_out
from appliance.routing.cheapest import LineOffer, rank
from appliance.routing.hours import Calendar, Hours, read_hours, spoken
from appliance.routing.pricing import DAY_S, Meter, price
from appliance.routing.route import Band, Rate
from appliance.routing.tariff import COLUMNS, Tariff, export_tariff, parse_tariff
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number
from tests.ledger.legs import record
from tests.routing.rates import euros, rate, rates

BERLIN = Calendar("Europe/Berlin", ("12-25", "2026-04-03"))
HEAD = ",".join((*COLUMNS, "days", "from", "to"))


def band(days: str, since: str, until: str, row: Rate) -> Band:
    hours, wrong = read_hours(days, since, until)
    assert hours, wrong
    return Band(hours, row)


def timed(base: Rate, *bands: Band, calendar: Calendar = BERLIN) -> Rate:
    return replace(base, bands=bands, calendar=calendar)


DAYTIME = timed(rate("0.03"), band("mo-fr", "08:00", "18:00", rate("0.12")))
BY_SECOND = timed(rate("0.03", first=1, following=1),
                  band("mo-fr", "8:00", "18:00", rate("0.12", first=1, following=1)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(("when", "a_minute"), [
    ("2026-03-02T07:59:59", "0.03"), ("2026-03-02T08:00", "0.12"), ("2026-03-02T17:59:59", "0.12"),
    ("2026-03-02T18:00", "0.03"), ("2026-03-07T12:00", "0.03"),  # a Saturday
])
def test_the_row_that_holds(when: str, a_minute: str) -> None:
    assert DAYTIME.row(at(when)).per_minute == euros(a_minute)
    assert DAYTIME.row(at(when).astimezone(UTC)).per_minute == euros(a_minute)


def test_a_time_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = timed(rate("0.12"), band("fr", "18:00", "08:00", rate("0.01")))
    cheap = [when for when in ("2026-03-06T07:00", "2026-03-06T18:00", "2026-03-07T07:59", "2026-03-07T08:00",
                               "2026-03-07T18:00") if night.row(at(when)).per_minute == euros("0.01")]
    assert cheap == ["2026-03-06T18:00", "2026-03-07T07:59"]


@pytest.mark.parametrize(("when", "a_minute"), [
    ("2026-12-25T12:00", "0.01"), ("2027-12-25T12:00", "0.01"), ("2026-04-03T12:00", "0.01"),
    ("2027-04-02T12:00", "0.12"), ("2026-12-24T12:00", "0.12"), ("2026-12-25T20:00", "0.03"),
])
def test_a_holiday_goes_before_the_day_of_the_week(when: str, a_minute: str) -> None:
    row = timed(rate("0.03"), band("mo-su", "08:00", "18:00", rate("0.12")), band("hol", "8:00", "18:00", rate("0.01")))
    assert row.row(at(when)).per_minute == euros(a_minute)


@pytest.mark.parametrize(("row", "began", "talk_s", "cost"), [
    (DAYTIME, "2026-03-02T17:58:30", 150, "0.27"),  # begun at 17:58:30, 17:59:30 by day, and 18:00:30 after it
    (DAYTIME, "2026-03-02T17:59:59.9", 60, "0.12"), (DAYTIME, "2026-03-02T18:00", 60, "0.03"),
    (BY_SECOND, "2026-03-02T17:59", 120, "0.15"), (BY_SECOND, "2026-03-02T07:59:30", 60, "0.075"),
    (BY_SECOND, "2026-03-06T17:30", 86400, "4.29"),  # 30 min by day on Friday, then the weekend's price
    (BY_SECOND, "2026-03-05T17:30", 86400, "110.7"),  # Thursday to Friday 17:30: 10 h by day
])
def test_a_call_over_a_border(row: Rate, began: str, talk_s: float, cost: str) -> None:
    expected = {"4.29": 30 * 120_000 + 1410 * 30_000, "110.7": 600 * 120_000 + 840 * 30_000}
    want = Money(expected[cost], "EUR") if cost in expected else euros(cost)
    assert price(row, talk_s, at(began)) == want


def test_the_fee_and_the_first_increment_are_those_of_the_beginning() -> None:
    row = timed(rate("0.06", fee="0.5", first=1, following=1),
                band("mo-su", "08:00", "18:00", rate("0.12", fee="0.10", first=60, following=30)))
    assert price(row, 61, at("2026-03-02T17:59:30")) == euros("0.10") + euros("0.12") + euros("0.001")
    assert price(row, 61, at("2026-03-02T17:59")) == euros("0.10") + euros("0.12") + euros("0.001")
    assert price(row, 61, at("2026-03-02T17:58:59")) == euros("0.10") + euros("0.12") + euros("0.06")


@pytest.mark.parametrize(("began", "minutes_by_night"), [
    ("2026-03-29T01:30", 60),  # 2:00 becomes 3:00: only an hour from half past one to half past three
    ("2026-10-25T01:30", 150),  # 3:00 becomes 2:00: from half past one to three are two hours and a half
])
def test_the_clock_is_put_forward_and_back(began: str, minutes_by_night: int) -> None:
    until = "03:30" if minutes_by_night == 60 else "03:00"
    row = timed(rate("0.60", first=60, following=60), band("su", "00:00", until, rate("0.06")))
    begin = at(began)
    assert price(row, minutes_by_night * 60, begin) == Money(60_000 * minutes_by_night, "EUR")
    assert price(row, minutes_by_night * 60 + 1, begin) == Money(60_000 * minutes_by_night + 600_000, "EUR")


HOURS = st.builds(Hours, st.sets(st.integers(0, 7), min_size=1).map(lambda days: tuple(sorted(days))),
                  st.integers(0, 1439), st.integers(1, 1440)).filter(lambda hours: hours.since != hours.until)


@st.composite
def timed_rates(draw: st.DrawFn) -> Rate:
    bands: list[Band] = []
    for hours in draw(st.lists(HOURS, max_size=4)):
        if not any(hours.clash(other.hours) for other in bands):
            bands.append(Band(hours, draw(rates())))
    return replace(draw(rates()), bands=tuple(bands), calendar=BERLIN)


WHEN = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC)) | \
    st.integers(-7200, 7200).map(lambda s: datetime(2026, 3, 29, 1, tzinfo=UTC) + timedelta(seconds=s)) | \
    st.integers(-7200, 7200).map(lambda s: datetime(2026, 10, 25, 1, tzinfo=UTC) + timedelta(seconds=s))


def plainly(row: Rate, talk_s: int, began: datetime) -> dict[int, int]:
    """Seconds by row, increment by increment: the rule as the README words it."""
    began, second, found = began.replace(microsecond=0), 0, dict[int, int]()
    while second < talk_s:
        holds = row.row(began + timedelta(seconds=second))
        step = holds.next_increment if second else holds.first_increment
        found[id(holds)] = found.get(id(holds), 0) + step
        second += step
    return found


@settings(max_examples=300, deadline=None)
@given(timed_rates(), st.integers(1, 7200), WHEN)
def test_the_parts_are_what_each_increment_says_and_add_up(row: Rate, talk_s: int, began: datetime) -> None:
    stretches = list(Meter(row, began).stretches(talk_s))
    assert sum(stretch.amount.micros for stretch in stretches) == price(row, talk_s, began).micros
    by_row: dict[int, int] = {}
    for stretch in stretches:
        by_row[id(stretch.row)] = by_row.get(id(stretch.row), 0) + stretch.billed_s
    assert by_row == plainly(row, talk_s, began)
    assert [stretch.first for stretch in stretches] == [True] + [False] * (len(stretches) - 1)


@settings(max_examples=200, deadline=None)
@given(timed_rates(), st.floats(0, DAY_S), st.floats(0, DAY_S), WHEN)
def test_longer_talk_never_costs_less_whatever_the_time(row: Rate, one: float, other: float, began: datetime) -> None:
    short, long = sorted((one, other))
    assert price(row, short, began) <= price(row, long, began)


@settings(max_examples=200, deadline=None)
@given(timed_rates(), st.integers(1, 900), WHEN, st.floats(0, 180))
def test_what_is_held_covers_the_call_whenever_it_is_answered(
    row: Rate, talk_s: int, now: datetime, ring_s: float
) -> None:
    assert price(row, talk_s, now + timedelta(seconds=ring_s)) <= Meter(row, now, 181).price(talk_s)


@settings(max_examples=200, deadline=None)
@given(HOURS, HOURS, st.integers(0, 8 * 1440))
def test_times_clash_exactly_when_both_hold(one: Hours, other: Hours, minute: int) -> None:
    wall = datetime(2026, 3, 2) + timedelta(minutes=minute)  # no holidays here
    if not one.clash(other):
        assert not (one.hold(wall, BERLIN, False) and other.hold(wall, BERLIN, False))


@settings(deadline=None)
@given(HOURS)
def test_hours_out_and_in_again(hours: Hours) -> None:
    assert read_hours(*spoken(hours)) == (hours, [])


@settings(deadline=None)
@given(timed_rates())
def test_a_file_out_and_in_again(row: Rate) -> None:
    row = replace(row, calendar=Calendar())
    assert parse_tariff(export_tariff([row]), "EUR", "x.csv") == ((row,), ())


def read(*rows: str, head: str = HEAD) -> tuple[tuple[Rate, ...], tuple[str, ...]]:
    return parse_tariff("\n".join((head, *rows)), "EUR", "gsm1.csv")


def test_a_file_with_times() -> None:
    (row,), complaints = read("49,0,0.03,60,60,,,", "49,0,0.12,60,60,mo-fr,8:00,18:00", "49,0,0.01,60,60,Sa So HOL,,")
    assert complaints == ()
    assert [str(band.hours) for band in row.bands] == ["mo-fr 08:00-18:00", "sa-su hol"]
    (other,), complaints = read("49,0,0.03,60,60,", "49,0,0.12,60,60,mo-fr", head=",".join((*COLUMNS, "days")))
    assert (complaints, [str(band.hours) for band in other.bands]) == ((), ["mo-fr"])


@pytest.mark.parametrize(("row", "words"), [
    ("49,0,0.1,60,60,mo-xx,,", "days 'mo-xx'; write days such as mo-fr"),
    ("49,0,0.1,60,60,mo-hol,,", "days 'mo-hol'"), ("49,0,0.1,60,60,mo-fr,8:00,", "from and to belong together"),
    ("49,0,0.1,60,60,,25:00,18:00", "from '25:00'; write a time such as 08:00"),
    ("49,0,0.1,60,60,,08:00,18.00", "to '18.00'; write a time"), ("49,0,0.1,60,60,,08:00,08:00", "is no time"),
    ("49,0,0.1,60,60,sa,,", "has two prices at once, sa-su and sa; part their times"),
    ("49,0,0.1,60,60,fr,20:00,01:00", "has two prices at once, sa-su and fr 20:00-01:00"),
    ("44,0,0.1,60,60,sa,,", "prefix 44 has prices at certain times only; add a row for it with days, from and to "),
    ("49,0,0.1,60,60,,,", "prefix 49 stands twice"), ("49,0,0.1,60,60", "5 columns instead of 8"),
])
def test_what_is_wrong_with_times_is_named(row: str, words: str) -> None:
    _, complaints = read("49,0,0.03,60,60,,,", "49,0,0.05,60,60,sa-su,,", row)
    assert len(complaints) == 1, complaints
    assert complaints[0].startswith("gsm1.csv, line 4: ")
    assert words in complaints[0]


@pytest.mark.parametrize(("more", "words"), [("day", "no column 'day'"), ("days,days", "days stands twice")])
def test_a_wrong_column_is_named(more: str, words: str) -> None:
    _, (complaint,) = read("49", head=",".join((*COLUMNS, more)))
    assert complaint.startswith("gsm1.csv, line 1: ")
    assert words in complaint


def test_the_cheapest_line_depends_on_the_time() -> None:
    offers = (LineOffer("flat", Tariff([rate("0.05")]), 1), LineOffer("timed", Tariff([DAYTIME], BERLIN), 1))
    number = Number("+493012345678")
    assert [r.line for r in rank(number, offers, 180, at("2026-03-02T12:00")).routes] == ["flat", "timed"]
    evening = rank(number, offers, 180, at("2026-03-02T20:00")).routes
    assert [r.line for r in evening] == ["timed", "flat"]
    by_day = rank(number, offers, 180, at("2026-03-02T17:59")).routes[1]
    assert by_day.price == euros("0.18")  # the rest of it after 18:00
    assert by_day.reason.endswith("0.1200 EUR a minute, billed 60/60, row any, mo-fr 08:00-18:00")


def test_the_bill_says_each_part() -> None:
    leg = record(rate=DAYTIME, answered=at("2026-03-02T17:58:30").astimezone(UTC), talk_s=150.0,
                 ended=at("2026-03-02T18:01"))
    assert worked_out(leg) == ("120 s billed (60/60) at 0.1200 EUR a minute = 0.2400 EUR, then "
                               "60 s billed (steps of 60 s) at 0.0300 EUR a minute = 0.0300 EUR")


def test_an_unknown_zone_is_utc() -> None:
    assert Calendar("Mars/Olympus").clock is UTC
    assert not Calendar().is_holiday(date(2026, 12, 25))
