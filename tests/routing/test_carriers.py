"""Call-by-call: carriers' rows in a tariff, what is dialled, and that no prefix hides a number that is barred."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.routing.barring import BarReason, barred
from appliance.routing.bundle import Bundle, Bundles
from appliance.routing.cheapest import LineOffer, rank, rank_callback
from appliance.routing.dialplan import Dialled, by_carrier, read_keyed
from appliance.routing.hours import Calendar
from appliance.routing.route import Rate
from appliance.routing.tariff import COLUMNS, Tariff, export_tariff, parse_tariff
from appliance.settings.rates import rate_to_row, row_to_rate
from appliance.vocabulary.number import Number
from tests.routing.rates import NOW, euros, rate

VIENNA, BERLIN = Number("+4312345678"), Number("+493012345678")
HEAD = ",".join((*COLUMNS, "carrier"))


def by(carrier: str, row: Rate) -> Rate:
    return replace(row, carrier=carrier)


OWN, CHEAP, DEAR = rate("0.29"), by("01013", rate("0.02", prefix="43")), by("010042", rate("0.04"))


def isdn(*rows: Rate) -> tuple[LineOffer, ...]:
    return (LineOffer("isdn1", Tariff(rows or (OWN, CHEAP, DEAR)), 2),)


@pytest.mark.parametrize(("number", "digits"), [
    (BERLIN, "0101303012345678"), (VIENNA, "01013004312345678"), (Number("+4915155500001"), "01013015155500001")])
def test_what_is_dialled(number: Number, digits: str) -> None:
    assert by_carrier(number, "01013", "DE") == digits


@settings(deadline=None)
@given(st.sampled_from(["+4930", "+4989", "+43123", "+3312", "+4915155"]), st.from_regex(r"\A[1-9][0-9]{6}\Z"),
       st.sampled_from(["01013", "010042"]))
def test_what_is_dialled_is_what_somebody_would_key(begin: str, rest: str, carrier: str) -> None:
    number = Number(begin + rest)
    assert read_keyed(by_carrier(number, carrier, "DE"), "DE") == Dialled(number, carrier)


def test_carriers_compete_with_the_line_itself() -> None:
    routes = rank(VIENNA, isdn(), 180, NOW, country="DE").routes
    assert [(route.rate.carrier, route.price, route.dialled) for route in routes] == [
        ("01013", euros("0.06"), "01013004312345678"), ("010042", euros("0.12"), "010042004312345678"),
        ("", euros("0.87"), "")]
    assert routes[0].reason.startswith("isdn1 by carrier 01013 at 0.0600 EUR for 180 s")
    assert [route.rate.carrier for route in rank(BERLIN, isdn(), 180, NOW, country="DE").routes] == ["010042", ""]


def test_without_a_country_nobody_knows_how_to_dial_by_carrier() -> None:
    assert [route.rate.carrier for route in rank(VIENNA, isdn(), 180, NOW).routes] == [""]
    table = rank(VIENNA, isdn(CHEAP), 180, NOW)
    assert (table.routes, table.others[0].reason) == ((), "its tariff has no row for +4312345678")


def test_the_carrier_that_was_keyed_comes_first_and_others_stand_in() -> None:
    routes = rank(VIENNA, isdn(), 180, NOW, country="DE", carrier="010042").routes
    assert [route.rate.carrier for route in routes] == ["010042", "01013", ""]
    assert "by carrier 010042, as it was keyed, at" in routes[0].reason
    assert [route.rate.carrier for route in rank(VIENNA, isdn(), 180, NOW, country="DE", carrier="01099").routes] == [
        "01013", "010042", ""]


def test_no_bundle_pays_a_carrier() -> None:
    bundles = Bundles([Bundle("flat", ("isdn1",), 300, ("",))], Calendar(), lambda *asked: 0)
    routes = rank(VIENNA, isdn(), 180, NOW, country="DE", bundles=bundles).routes
    assert [(route.rate.carrier, route.rate.allowance is not None) for route in routes] == [
        ("", True), ("01013", False), ("010042", False)]


def test_the_callback_may_go_by_carrier_too() -> None:
    (first, *_) = rank_callback(VIENNA, isdn(), 180, NOW, lambda line: euros("0"), country="DE")
    assert (first.dialled, first.price) == ("01013004312345678", euros("0.06"))


@pytest.mark.parametrize("keyed", ["010130190123456", "01013 0900 1234567", "01004200499001234567", "010130137123456"])
def test_no_prefix_hides_a_premium_number(keyed: str) -> None:
    read = read_keyed(keyed, "DE")
    if isinstance(read, Dialled):  # else it is no number at all
        found = barred(read.number)
        assert found is not None
        assert found.reason is BarReason.PREMIUM


def test_a_file_with_carriers() -> None:
    text = f"{HEAD}\n49,0,0.05,60,60,\n43,0,0.29,60,60,\n43,0,0.02,60,60,01013\n,0,0.04,60,60,010042\n"
    rows, complaints = parse_tariff(text, "EUR", "x.csv")
    assert complaints == ()
    assert [(row.prefix, row.carrier) for row in rows] == [("49", ""), ("43", ""), ("43", "01013"), ("", "010042")]
    assert parse_tariff(export_tariff(rows), "EUR", "x.csv") == (rows, ())
    assert [row_to_rate(rate_to_row(row), "EUR") for row in rows] == list(rows)
    assert len(Tariff(rows)) == 4


@pytest.mark.parametrize(("row", "words"), [
    ("43,0,0.1,60,60,x1", "carrier 'x1'; write its call-by-call prefix in digits, such as 01013"),
    ("43,0,0.1,60,60,1", "carrier '1'"), ("43,0,0.1,60,60,01013", "prefix 43 by carrier 01013 stands twice")])
def test_what_is_wrong_with_a_carrier_is_named(row: str, words: str) -> None:
    _, (complaint,) = parse_tariff(f"{HEAD}\n43,0,0.02,60,60,01013\n{row}\n", "EUR", "x.csv")
    assert complaint.startswith("x.csv, line 3: ")
    assert words in complaint
