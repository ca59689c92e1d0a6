"""Barring: which numbers the box does not dial, whoever asks, and the lists that say otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

from appliance.vocabulary.number import Number


class BarReason(StrEnum):
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
COSTLY_TYPES = {PhoneNumberType.PREMIUM_RATE: "premium", PhoneNumberType.SHARED_COST: "shared-cost"}


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
    the longer prefix wins within a pair, and any list wins over what the numbering plan says."""
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
    parsed = phonenumbers.parse(number.e164)
    if kind := COSTLY_TYPES.get(phonenumbers.number_type(parsed)):
        return Barred(BarReason.PREMIUM, f"{number} is a {kind} number; these are barred unless a list allows them")
    return None
