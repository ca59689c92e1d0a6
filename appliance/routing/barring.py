"""Barring: which numbers the box does not dial, whoever asks, and the lists that say otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType, ShortNumberCost

from appliance.routing.emergency import emergency_of
from appliance.vocabulary.number import NotANumber, Number


class BarReason(StrEnum):
    EMERGENCY = "emergency"
    OWN_NUMBER = "own-number"
    DENIED = "denied"
    PREMIUM = "premium"
    SATELLITE = "satellite"


@dataclass(frozen=True, slots=True)
class Barred:
    reason: BarReason
    text: str


SATELLITE = ("870", "878", "881", "882", "883")  # ITU-T E.164 assigned country codes: satellite and networks
UNIVERSAL_PREMIUM = ("979",)  # international premium rate service
ENQUIRIES = ("49118", "43118")  # directory enquiries, euros a minute, unknown to libphonenumber's main plan
RETIRED_PREMIUM = ("49190",)  # until 2005; the plan has forgotten it, not every carrier that is dialled by prefix
COSTLY_TYPES = {PhoneNumberType.PREMIUM_RATE: "premium", PhoneNumberType.SHARED_COST: "shared-cost"}
LACKING = 4  # digits that a number may lack and still be taken for a costly one


def barred(
    number: Number,
    *,
    deny: tuple[str, ...] = (),
    allow: tuple[str, ...] = (),
    account_deny: tuple[str, ...] = (),
    account_allow: tuple[str, ...] = (),
    own_numbers: frozenset[Number] = frozenset(),
) -> Barred | None:
    """Why this number is not dialled, or None. Lists hold prefixes in digits; the account's win over the site's,
    the longer prefix wins within a pair, and any list wins over what the numbering plan says. No list allows an
    emergency number or the box's own."""
    if digits := emergency_of(number):
        return Barred(BarReason.EMERGENCY, f"{number} is the emergency number {digits}; dial it on your own phone")
    if number in own_numbers:
        return Barred(BarReason.OWN_NUMBER, f"{number} is one of this box's own numbers")
    for denied, allowed, whose in ((account_deny, account_allow, "the account"), (deny, allow, "the site")):
        worst, best = _longest(number, denied), _longest(number, allowed)
        if worst is not None and len(worst) >= len(best or ""):
            return Barred(BarReason.DENIED, f"{number}: {whose} denies numbers that begin with {worst or 'anything'}")
        if best is not None:
            return None
    return _by_plan(number)


def _longest(number: Number, prefixes: Iterable[str]) -> str | None:
    return max((p for p in prefixes if number.digits.startswith(p)), key=len, default=None)


def _by_plan(number: Number) -> Barred | None:
    if number.digits.startswith(SATELLITE):
        return Barred(BarReason.SATELLITE, f"{number} is a satellite or special network number; these are barred")
    if number.digits.startswith(UNIVERSAL_PREMIUM):
        return Barred(BarReason.PREMIUM, f"{number} is an international premium number; these are barred")
    if number.digits.startswith(ENQUIRIES):
        return Barred(BarReason.PREMIUM, f"{number} is a directory enquiry; these are barred unless a list allows them")
    if kind := _costly(number):
        return Barred(BarReason.PREMIUM, f"{number} is a {kind} number; these are barred unless a list allows them")
    return None


def _costly(number: Number) -> str:
    """premium, shared-cost or "". A network connects a number with a digit too many all the same, so a number that
    the plan does not know is asked for again shorter, and longer."""
    if number.digits.startswith(RETIRED_PREMIUM):
        return "premium"
    try:
        parsed = phonenumbers.parse(number.e164)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.expected_cost(parsed) == ShortNumberCost.PREMIUM_RATE:
        return "premium"
    if kind := _type(parsed):
        return kind
    if phonenumbers.number_type(parsed) != PhoneNumberType.UNKNOWN:
        return ""
    return next((kind for other in _near(number) if (kind := _type(phonenumbers.parse(other.e164)))), "")


def _type(parsed: phonenumbers.PhoneNumber) -> str:
    return COSTLY_TYPES.get(phonenumbers.number_type(parsed), "")


def _near(number: Number) -> Iterator[Number]:
    """The number without its last digits, and with some more: what a network may make of it."""
    shorter = (number.e164[:end] for end in range(len(number.e164) - 1, 5, -1))
    longer = (number.e164 + "0" * more for more in range(1, LACKING + 1))
    for text in (*shorter, *longer):
        try:
            yield Number(text)
        except NotANumber:
            return
