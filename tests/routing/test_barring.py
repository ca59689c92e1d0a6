"""Barring: emergency and own numbers whatever the lists say; premium and satellite unless a list allows them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.routing.barring import BarReason, barred
from appliance.vocabulary.number import Number

BERLIN = Number("+493012345678")
EVERYTHING = ("",)
EMERGENCY = ("+49112", "+49110", "+44999", "+1911", "+61000", "+39118", "+81119", "+81110", "+55190", "+41144",
             "+33112", "+91100", "+86110", "+4108", "+490112")


@pytest.mark.parametrize("number", EMERGENCY)
def test_no_list_allows_an_emergency_number(number: str) -> None:
    digits = (number[1:],)
    bar = barred(Number(number), allow=(*EVERYTHING, *digits), account_allow=(*EVERYTHING, *digits))
    assert bar is not None
    assert bar.reason is BarReason.EMERGENCY
    assert "your own phone" in bar.text


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_countrys_emergency_numbers(region: str) -> None:
    code = phonenumbers.country_code_for_region(region)
    for digits in (str(n) for n in range(100, 1000) if phonenumbers.is_emergency_number(str(n), region)):
        bar = barred(Number(f"+{code}{digits}"), account_allow=EVERYTHING)
        assert bar is not None
        assert bar.reason is BarReason.EMERGENCY


@pytest.mark.parametrize(("number", "reason"), [
    ("+499001234567", BarReason.PREMIUM), ("+19005551234", BarReason.PREMIUM), ("+449091234567", BarReason.PREMIUM),
    ("+33899123456", BarReason.PREMIUM), ("+491371234567", BarReason.PREMIUM), ("+97912345678", BarReason.PREMIUM),
    ("+4911880", BarReason.PREMIUM), ("+43118899", BarReason.PREMIUM),
    ("+4990012345678", BarReason.PREMIUM),  # one digit too many: the network connects it all the same
    ("+499001234567890", BarReason.PREMIUM), ("+190055512349", BarReason.PREMIUM),
    ("+49900123456", BarReason.PREMIUM),  # one too few
    ("+8821612345678", BarReason.SATELLITE), ("+870773123456", BarReason.SATELLITE),
    ("+881612345678", BarReason.SATELLITE),
])
def test_what_the_numbering_plan_bars_until_a_list_allows_it(number: str, reason: BarReason) -> None:
    bar = barred(Number(number))
    assert bar is not None
    assert bar.reason is reason
    assert barred(Number(number), allow=(number[1:5],)) is None
    assert barred(Number(number), account_allow=(number[1:5],)) is None


@pytest.mark.parametrize("number", ["+493012345678", "+4915155500001", "+4980012345678", "+12125551234",
                                    "+441181234567", "+393912345678", "+49116117", "+999123", "+1234"])
def test_ordinary_numbers_are_dialled(number: str) -> None:
    assert barred(Number(number)) is None


def test_the_boxs_own_numbers_are_never_dialled() -> None:
    bar = barred(BERLIN, allow=EVERYTHING, account_allow=("4930",), own_numbers=frozenset({BERLIN}))
    assert bar is not None
    assert bar.reason is BarReason.OWN_NUMBER


@pytest.mark.parametrize(("lists", "refused"), [
    ({}, False), ({"deny": ("49",)}, True), ({"deny": ("49",), "allow": ("4930",)}, False),
    ({"deny": ("4930",), "allow": ("49",)}, True), ({"deny": ("49",), "allow": ("49",)}, True),
    ({"deny": ("",)}, True), ({"deny": ("",), "allow": ("49",)}, False), ({"deny": ("43",)}, False),
    ({"deny": ("49",), "account_allow": ("4",)}, False), ({"allow": ("49",), "account_deny": ("4930",)}, True),
    ({"account_deny": ("",), "account_allow": ("4930",)}, False),
])
def test_lists(lists: dict[str, tuple[str, ...]], refused: bool) -> None:
    bar = barred(BERLIN, **lists)  # type: ignore[arg-type]
    assert (bar is not None) is refused
    if bar:
        assert bar.reason is BarReason.DENIED


PREFIXES = st.lists(st.text("0123456789", max_size=5), max_size=4).map(tuple)
NUMBERS = st.from_regex(r"\A\+[1-9][0-9]{3,14}\Z").map(Number)


@settings(max_examples=200, deadline=None)
@given(NUMBERS, PREFIXES, PREFIXES, PREFIXES, PREFIXES)
def test_any_number_and_any_lists(
    number: Number, deny: tuple[str, ...], allow: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    bar = barred(number, deny=deny, allow=allow, account_deny=ours, account_allow=theirs)
    emergency = barred(number, account_allow=EVERYTHING)
    if emergency:
        assert bar == emergency
    elif any(map(number.digits.startswith, ours)) and not any(map(number.digits.startswith, theirs)):
        assert bar is not None
    assert barred(number, own_numbers=frozenset({number})) is not None
