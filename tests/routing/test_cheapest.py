"""The cheapest line: by the whole call, against brute force; every line's reason is kept."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.routing.cheapest import LineOffer, rank, rank_callback
from appliance.routing.pricing import price
from appliance.routing.tariff import Tariff
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number
from tests.routing.rates import NOW, euros, rate, rates

BERLIN = Number("+493012345678")
PREFIXES = st.sampled_from(["", "4", "49", "4930", "493", "43", "1", "49301"])


def offer(line: str, *, per_minute: str = "0.09", fee: str = "0", free: int = 1, **more: bool | str) -> LineOffer:
    return LineOffer(line, Tariff([rate(per_minute, fee, prefix="49")]), free, **more)  # type: ignore[arg-type]


@st.composite
def all_offers(draw: st.DrawFn) -> tuple[LineOffer, ...]:
    names = draw(st.lists(st.sampled_from(["gsm1", "gsm2", "gsm3", "isdn1", "sip1"]), unique=True, max_size=5))
    tariffs = st.lists(rates(PREFIXES), max_size=4, unique_by=lambda row: row.prefix).map(Tariff)
    one = st.builds(LineOffer, st.just(""), tariffs, st.integers(0, 2), st.booleans(), st.sampled_from(["", "broken"]),
                    st.booleans())
    return tuple(replace(draw(one), line=name) for name in names)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(all_offers(), st.integers(0, 7200), st.sampled_from([{}, {"gsm1": "in use by the A-leg"}]))
def test_against_brute_force(offers: tuple[LineOffer, ...], expected_s: int, exclude: dict[str, str]) -> None:
    table = rank(BERLIN, offers, expected_s, NOW, exclude=exclude)
    costs = sorted(
        (price(row, expected_s, NOW).micros, o.line) for o in offers
        if o.usable and o.has_audio and o.free > 0 and o.line not in exclude and (row := o.tariff.match(BERLIN)))
    assert [(route.price.micros, route.line) for route in table.routes] == costs
    assert {o.line for o in offers} == {r.line for r in table.routes} | {o.line for o in table.others}
    assert len(table.routes) + len(table.others) == len(offers)
    assert all(o.reason for o in table.others)
    assert all(o.reason == exclude[o.line] for o in table.others if o.line in exclude)
    assert all(f"{r.line} at {r.price} for {expected_s} s" in r.reason for r in table.routes)


def test_a_fee_decides_by_the_length_of_the_call() -> None:
    offers = (offer("fee", per_minute="0.05", fee="0.10"), offer("flat", per_minute="0.09"))
    assert [r.line for r in rank(BERLIN, offers, 60, NOW).routes] == ["flat", "fee"]
    assert [r.line for r in rank(BERLIN, offers, 600, NOW).routes] == ["fee", "flat"]


def test_increments_decide_too() -> None:
    whole = LineOffer("whole", Tariff([rate("0.05")]), 1)
    exact = LineOffer("exact", Tariff([rate("0.09", first=1, following=1)]), 1)
    assert rank(BERLIN, (whole, exact), 20, NOW).routes[0].line == "exact"
    assert rank(BERLIN, (whole, exact), 120, NOW).routes[0].line == "whole"


def test_ties_go_by_name_whatever_the_order() -> None:
    offers = tuple(offer(name) for name in ("gsm2", "gsm10", "gsm1"))
    for order in (offers, offers[::-1]):
        assert [r.line for r in rank(BERLIN, order, 180, NOW).routes] == ["gsm1", "gsm10", "gsm2"]


def test_why_a_line_fell_out() -> None:
    offers = (offer("busy", free=0), offer("broken", usable=False, why="no SIM"), offer("off", usable=False),
              offer("deaf", has_audio=False), offer("spare"),
              LineOffer("abroad", Tariff([rate("0.1", prefix="43")]), 1))
    table = rank(BERLIN, offers, 180, NOW, exclude={"spare": "the A-leg talks on it"})
    assert table.routes == ()
    assert {o.line: o.reason for o in table.others} == {
        "busy": "every channel is in use", "broken": "no SIM", "off": "not ready",
        "deaf": "it has no audio device, so it only hears triggers", "spare": "the A-leg talks on it",
        "abroad": "its tariff has no row for +493012345678"}


def test_the_callback_line_counts_what_is_left_for_the_b_leg() -> None:
    offers = (offer("cheap", per_minute="0.01"), offer("dear", per_minute="0.10"), offer("last"), offer("busy", free=0))
    b_prices = {"cheap": euros("1"), "dear": euros("0"), "last": None, "busy": euros("0")}
    found = rank_callback(BERLIN, offers, 120, NOW, b_prices.__getitem__)
    assert [(route.line, route.price) for route in found] == [("dear", euros("0.20")), ("cheap", euros("1.02"))]


def test_a_line_without_a_row_for_the_subscriber_does_not_ring_back() -> None:
    offers = (LineOffer("abroad", Tariff([rate("0.01", prefix="43")]), 1), offer("home"))
    assert [r.line for r in rank_callback(BERLIN, offers, 60, NOW, lambda line: euros("0"))] == ["home"]


@given(all_offers(), st.lists(st.integers(0, 3_000_000), min_size=5, max_size=5))
def test_the_callback_line_against_brute_force(offers: tuple[LineOffer, ...], extra: list[int]) -> None:
    b_prices = {o.line: Money(micros, "EUR") for o, micros in zip(offers, extra, strict=False)}
    found = rank_callback(BERLIN, offers, 180, NOW, b_prices.__getitem__)
    costs = sorted((price(row, 180, NOW).micros + b_prices[o.line].micros, o.line) for o in offers
                   if o.usable and o.has_audio and o.free and (row := o.tariff.match(BERLIN)))
    assert [(route.price.micros, route.line) for route in found] == costs
