"""Dial plan: what was keyed, or what the network says of a caller, becomes a number or an honest no."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from appliance.vocabulary.number import NotANumber, Number

# Known everywhere, whatever the country says: 3GPP TS 22.101 § 10.1.1.
EMERGENCY_EVERYWHERE = frozenset({"112", "911", "110", "999"})
CALL_BY_CALL = {"DE": re.compile(r"010(?:0[0-9]{2}|[1-9][0-9])")}  # 010xy or 0100yy; Bundesnetzagentur
INTERNATIONAL_PREFIX = {"US": "011", "CA": "011"}


@dataclass(frozen=True, slots=True)
class Dialled:
    """A number; `carrier` is the call-by-call prefix that was keyed before it, or ""."""

    number: Number
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Emergency:
    digits: str


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """A code of the box, such as *0 for redial."""

    code: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    why: str


Keyed = Dialled | Emergency | ServiceCode | Unreadable


def normalise_caller(digits: str, kind: str, country: str) -> Number | None:
    """A raw, hostile caller id. `kind` is international, national or unknown (24.008 § 10.5.4.7); None: no number."""
    text = digits.strip()
    if not re.fullmatch(r"\+?[0-9]{3,20}", text):
        return None
    if kind == "international" and not text.startswith("+"):
        text = "+" + text.removeprefix("00")
    return _parse(text, country)


def read_keyed(keyed: str, country: str) -> Keyed:
    """Digits from a keypad, or a number from a form, in the dial plan of the home country."""
    text = re.sub(r"[\s().\-/]", "", keyed)
    if re.fullmatch(r"\*[0-9*#]{1,10}", text):
        return ServiceCode(text)
    if not re.fullmatch(r"\+?[0-9]{1,24}", text):
        return Unreadable(f"{keyed[:40]!r} is not a telephone number")
    if is_emergency(text, country):
        return Emergency(text)
    carrier, rest = strip_carrier(text, country)
    if is_emergency(rest, country):
        return Emergency(rest)
    number = _parse(rest, country)
    return Dialled(number, carrier) if number else Unreadable(f"{keyed[:40]!r} is not a number that exists")


def strip_carrier(text: str, country: str) -> tuple[str, str]:
    """Takes a call-by-call prefix off, before anything is barred: 010xx0190... has hidden premium numbers."""
    pattern = CALL_BY_CALL.get(country)
    match = pattern.match(text) if pattern else None
    return (match.group(), text[match.end():]) if match else ("", text)


def is_emergency(digits: str, country: str) -> bool:
    """112 and its like, here and everywhere; also written with the country's own short numbers."""
    if digits in EMERGENCY_EVERYWHERE:
        return True
    return len(digits) <= 6 and bool(phonenumbers.is_emergency_number(digits, country))


def _parse(text: str, country: str) -> Number | None:
    abroad = INTERNATIONAL_PREFIX.get(country, "00")
    if text.startswith(abroad):
        text = "+" + text[len(abroad):]
    try:
        parsed = phonenumbers.parse(text, country)
        if not phonenumbers.is_possible_number(parsed):
            return None
        return Number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    except (phonenumbers.NumberParseException, NotANumber):
        return None
