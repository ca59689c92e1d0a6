"""Dial plan: what was keyed, or what the network says of a caller, becomes a number or an honest no."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from appliance.routing.emergency import hidden_emergency, is_emergency
from appliance.vocabulary.number import NotANumber, Number

CALL_BY_CALL = {"DE": re.compile(r"010(?:0[0-9]{2}|[1-9][0-9])")}  # 010xy or 0100yy; Bundesnetzagentur


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
    parsed = _parse(text, country)
    return _number(parsed) if parsed and not hidden_emergency(parsed) else None


def read_keyed(keyed: str, country: str) -> Keyed:
    """Digits from a keypad, or a number from a form, in the dial plan of the home country."""
    text = re.sub(r"[\s().\-/]", "", keyed)
    if re.fullmatch(r"\*[0-9*#]{1,10}", text):
        return ServiceCode(text)
    if not re.fullmatch(r"\+?[0-9]{1,24}", text):
        return Unreadable(f"{keyed[:40]!r} is not a telephone number")
    carrier, rest = strip_carrier(text, country)
    for digits in (text, rest, re.sub(r"^(?:\+|00)", "", rest)):
        if is_emergency(digits, country):
            return Emergency(digits)
    parsed = _parse(rest, country)
    if parsed and (digits := hidden_emergency(parsed)):
        return Emergency(digits)
    number = _number(parsed) if parsed else None
    return Dialled(number, carrier) if number else Unreadable(f"{keyed[:40]!r} is not a number that exists")


def strip_carrier(text: str, country: str) -> tuple[str, str]:
    """Takes a call-by-call prefix off, before anything is barred: 010xx0190... has hidden premium numbers."""
    pattern = CALL_BY_CALL.get(country)
    match = pattern.match(text) if pattern else None
    return (match.group(), text[match.end():]) if match else ("", text)


def by_carrier(number: Number, carrier: str, country: str) -> str:
    """What is dialled at home for a number by way of a call-by-call carrier: its prefix, then the number as people key
    it."""
    keyed = phonenumbers.format_out_of_country_calling_number(phonenumbers.parse(number.e164), country)
    return carrier + re.sub("[^0-9]", "", keyed)


def _parse(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    """With the country's own prefix for calls abroad (00, 011, 0011...), and with 00 where that means nothing else."""
    at_home = _read(text, country)
    if text.startswith("00") and (at_home is None or not phonenumbers.is_possible_number(at_home)):
        return _read("+" + text[2:], country) or at_home
    return at_home


def _read(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _number(parsed: phonenumbers.PhoneNumber) -> Number | None:
    """None for a length that no number has, and for a second call-by-call prefix: that would hide what is dialled."""
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None  # also without its area code: a mobile line has none of its own
    national = "0" + phonenumbers.national_significant_number(parsed)
    if any(strip_carrier(national, region)[0] for region in _regions(parsed)):
        return None
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    again = _read(text, "")
    if again is None or phonenumbers.format_number(again, phonenumbers.PhoneNumberFormat.E164) != text:
        return None  # a short number that would be redialled as another one
    try:
        return Number(text)
    except NotANumber:
        return None


def _regions(parsed: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    return tuple(phonenumbers.region_codes_for_country_code(parsed.country_code or 0))
