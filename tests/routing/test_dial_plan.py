"""The dial plan: home, trunk and international forms; emergency numbers; hostile input."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.routing.dialplan import (
    Dialled,
    Emergency,
    ServiceCode,
    Unreadable,
    normalise_caller,
    read_keyed,
    strip_carrier,
)
from appliance.vocabulary.number import Number

COUNTRIES = ("DE", "AT", "CH", "FR", "IT", "GB", "US", "AU", "JP", "BR", "PL", "IN", "XX", "")
BERLIN = Dialled(Number("+493012345678"))


@pytest.mark.parametrize(("keyed", "country"), [
    ("03012345678", "DE"), ("004930 12345678", "DE"), ("+49 (30) 12345678", "DE"), ("030/123-456.78", "DE"),
    ("00493012345678", "AT"), ("01149 30 12345678", "US"), ("0011493012345678", "AU"), ("0104930 12345678", "JP"),
    ("0015493012345678", "BR"),  # Brazil: 00, a carrier, then the country
    ("00493012345678", "US"),  # 00 means nothing else there, and a keypad has no +
])
def test_a_number_in_the_home_countrys_dial_plan(keyed: str, country: str) -> None:
    assert read_keyed(keyed, country) == BERLIN


def test_italy_keeps_its_zero() -> None:
    assert read_keyed("06 1234 5678", "IT") == Dialled(Number("+390612345678"))


@pytest.mark.parametrize(("keyed", "country", "emergency"), [
    ("112", "DE", "112"), ("110", "DE", "110"), ("911", "DE", "911"), ("999", "GB", "999"), ("000", "AU", "000"),
    ("15", "FR", "15"), ("118", "IT", "118"), ("119", "JP", "119"), ("190", "BR", "190"), ("144", "CH", "144"),
    ("000", "DE", "000"),  # a guest from Australia
    ("0112", "DE", "112"), ("+49112", "DE", "112"), ("0049 110", "AT", "110"), ("+44 999", "DE", "999"),
    ("+1911", "DE", "911"), ("+112", "DE", "112"), ("00112", "DE", "112"), ("01013 112", "DE", "112"),
    ("1-1-2", "DE", "112"),
])
def test_an_emergency_number_in_any_dress(keyed: str, country: str, emergency: str) -> None:
    assert read_keyed(keyed, country) == Emergency(emergency)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_countrys_own_emergency_number(region: str) -> None:
    found = [str(n) for n in range(1, 1000) if phonenumbers.is_emergency_number(str(n), region)]
    code = phonenumbers.country_code_for_region(region)
    for digits in found:
        assert read_keyed(digits, region) == Emergency(digits)
        assert read_keyed(f"+{code}{digits}", "DE") == Emergency(digits)


@pytest.mark.parametrize("keyed", ["*0", "*100#", "*12#", "**"])
def test_a_code_of_the_box(keyed: str) -> None:
    assert read_keyed(keyed, "DE") == ServiceCode(keyed)


@pytest.mark.parametrize(("keyed", "country"), [
    ("", "DE"), ("0", "DE"), ("+", "DE"), ("++49", "DE"), ("#", "DE"), ("*", "DE"), ("030 12345678;rm", "DE"),
    ("٠٣٠١٢٣٤٥", "DE"), ("０３０１２３４５", "DE"), ("1" * 25, "DE"), ("0049", "DE"), ("+999123456", "DE"),
    ("5551234", "US"),  # no area code: a SIM has none of its own
    ("03012345678\nATD112", "DE"), ("030\x0012345678", "DE"),
])
def test_what_is_no_number_is_refused(keyed: str, country: str) -> None:
    assert isinstance(read_keyed(keyed, country), Unreadable)


@pytest.mark.parametrize(("keyed", "carrier"), [("01013 030 12345678", "01013"), ("010042 0049 30 12345678", "010042")])
def test_call_by_call_comes_off_before_anything_else(keyed: str, carrier: str) -> None:
    assert read_keyed(keyed, "DE") == Dialled(BERLIN.number, carrier)


@pytest.mark.parametrize("keyed", ["01013 01013 0900 5 123456", "+49 1013 0900 5 123456", "0049 010130900 5 123456"])
def test_a_second_carrier_prefix_hides_nothing(keyed: str) -> None:
    assert isinstance(read_keyed(keyed, "DE"), Unreadable)


def test_only_countries_with_call_by_call_have_a_carrier_to_strip() -> None:
    assert strip_carrier("01013030", "DE") == ("01013", "030")
    assert strip_carrier("01013030", "FR") == ("", "01013030")


@pytest.mark.parametrize(("digits", "kind", "number"), [
    ("4915112345601", "international", "+4915112345601"), ("+4915112345601", "international", "+4915112345601"),
    ("004915112345601", "international", "+4915112345601"), ("15112345601", "national", "+4915112345601"),
    ("015112345601", "unknown", "+4915112345601"), ("+4915112345601", "unknown", "+4915112345601"),
    ("0043 1 2345678", "unknown", None), ("112", "unknown", None), ("+49112", "international", None),
    ("anonymous", "unknown", None), ("", "unknown", None), ("*31#015112345601", "unknown", None),
    ("12", "unknown", None),
])
def test_a_caller_as_the_network_names_it(digits: str, kind: str, number: str | None) -> None:
    assert normalise_caller(digits, kind, "DE") == (Number(number) if number else None)


KEYS = st.text("0123456789+*#() -/.", max_size=30) | st.from_regex(r"\A(\+|00|0)?[0-9]{0,22}\Z")
HOSTILE = st.text(max_size=40) | KEYS


@settings(max_examples=400, deadline=None)
@given(HOSTILE, st.sampled_from(COUNTRIES), st.sampled_from(["international", "national", "unknown", "?"]))
def test_no_input_crashes_the_dial_plan(text: str, country: str, kind: str) -> None:
    read = read_keyed(text, country)
    assert isinstance(read, Dialled | Emergency | ServiceCode | Unreadable)
    caller = normalise_caller(text, kind, country)
    assert caller is None or isinstance(read_keyed(caller.e164, country), Dialled)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"\A(\+|00|0)?[1-9][0-9]{4,14}\Z"), st.sampled_from(COUNTRIES))
def test_what_was_read_once_reads_the_same_again(text: str, country: str) -> None:
    read = read_keyed(text, country)
    if isinstance(read, Dialled):
        assert read_keyed(read.number.e164, country) == Dialled(read.number)
