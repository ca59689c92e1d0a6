"""Readers: one TOML value in, one typed value out, or Wrong with the remedy in its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from appliance.routing.dialplan import normalise_caller
from appliance.vocabulary.money import Money, MoneyError
from appliance.vocabulary.number import Number

Reader = Callable[[object], Any]
E = TypeVar("E", bound=StrEnum)
SHOWN = 40  # characters of a wrong value that are repeated in a complaint


class Wrong(ValueError):
    """A value that cannot be used: what is wrong with it and what to write."""


def show(value: object) -> str:
    """A wrong value as a complaint repeats it: short, on one line."""
    if isinstance(value, str):
        return '"' + "".join(c if c.isprintable() else "?" for c in value[:SHOWN]) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)[:SHOWN]


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`did you mean "device"?`, or the options themselves when none is near."""
    options = sorted(options)
    near = get_close_matches(word.lower(), options, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    return f"write one of {', '.join(options)}" if len(options) <= 40 else "see the list of known names"


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"{show(value)} is not true or false; write true or false without quotes")
    return value


def whole(low: int, high: int, unit: str) -> Reader:
    """An integer between both bounds."""
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong(f"{show(value)} is not a whole number of {unit}; write {low} to {high}, without quotes")
        if not low <= value <= high:
            raise Wrong(f"{show(value)} is out of range; write {low} to {high} ({unit})")
        return value
    return read


def pin(value: object) -> int:
    """A pin of the 40-pin header that is free for use; 0: none."""
    read = whole(0, 27, "BCM pin numbers; 0 is none")(value)
    if read == 1:
        raise Wrong("pin 1 belongs to the EEPROM of HATs; write 2 to 27, or 0 for none")
    return int(read)


def seconds(low: float, high: float) -> Reader:
    """Seconds, fractions allowed."""
    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
            raise Wrong(f"{show(value)} is not a number of seconds; write one from {low:g} to {high:g}, without quotes")
        if not low <= value <= high:
            raise Wrong(f"{show(value)} is out of range; write {low:g} to {high:g} (seconds)")
        return float(value)
    return read


def text(pattern: str, remedy: str) -> Reader:
    """A string that matches the whole pattern."""
    def read(value: object) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            raise Wrong(f'{show(value)} is a number; write it in quotes: "{show(value)}"')
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Wrong(f"{show(value)} cannot be used; {remedy}")
        return value
    return read


def texts(pattern: str, remedy: str) -> Reader:
    """A list of strings that match the whole pattern, without repetition."""
    one = text(pattern, remedy)

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise Wrong(f"{show(value)} is not a list; {remedy}")
        return tuple(dict.fromkeys(one(item) for item in value))
    return read


def secret(longest: int) -> Reader:
    """A text that no complaint repeats."""
    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > longest or any(ord(c) < 32 or ord(c) == 127 for c in value):
            raise Wrong(f"is no text of {longest} characters at most; write it in quotes, on one line")
        return value
    return read


def some_of(options: Collection[str]) -> Reader:
    """A list of some of these strings."""
    one = one_of(options)

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise Wrong(f"{show(value)} is not a list; write some of {', '.join(options)}, in brackets and quotes")
        chosen = {one(item) for item in value}
        return tuple(option for option in options if option in chosen)
    return read


def one_of(options: Collection[str], remedy: str = "") -> Reader:
    """One of a set of strings; a near miss is named."""
    def read(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(f"{show(value)} is not a text in quotes; {remedy or did_you_mean('', options)}")
        if value not in options:
            hint = did_you_mean(value, options)
            raise Wrong(f"{show(value)} is unknown; {remedy if remedy and 'did you' not in hint else hint}")
        return value
    return read


def member(kind: type[E]) -> Reader:
    """A member of an enumeration, by its value."""
    read = one_of([item.value for item in kind])
    return lambda value: kind(read(value))


def prefixes(value: object) -> tuple[str, ...]:
    """A list of number prefixes in digits; "" in it means every number."""
    if not isinstance(value, list):
        raise Wrong(f'{show(value)} is not a list; write prefixes such as ["49900", "881"]')
    for item in value:
        if not isinstance(item, str) or not re.fullmatch(r"[0-9]{0,15}", item, re.ASCII):
            raise Wrong(f'{show(item)} is not a prefix; write the country code and digits, without +, such as "49900"')
    return tuple(dict.fromkeys(value))


def pattern(value: object) -> str:
    """A regular expression with a group: what is looked for."""
    try:
        if isinstance(value, str) and len(value) <= 100 and re.compile(value).groups >= 1:
            return value
    except (re.error, OverflowError, RecursionError):
        pass
    raise Wrong(f"{show(value)} is no pattern with a group; write one such as '([0-9]+[.,][0-9]{{2}})'")


def amount(currency: str, *, negative: bool) -> Reader:
    """Money in the site's currency, or "none" for no limit."""
    def read(value: object) -> Money | None:
        if value == "none":
            return None
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise Wrong(f'{show(value)} is not an amount; write 5.00, without quotes, or "none" for no limit')
        try:
            money = Money.parse(str(value), currency)
        except MoneyError:
            raise Wrong(f"{show(value)} is not an amount; write one such as 5.00") from None
        if money.micros < 0 and not negative:
            raise Wrong(f'{show(value)} is negative; write 0 or more, or "none" for no limit')
        return money
    return read


def number(country: str) -> Reader:
    """A telephone number, international or in the country's national form; "" for none."""
    def read(value: object) -> Number | None:
        if value == "":
            return None
        return one_number(value, country)
    return read


def numbers(country: str) -> Reader:
    """A list of telephone numbers without repetition."""
    def read(value: object) -> tuple[Number, ...]:
        if isinstance(value, str):
            raise Wrong(f"{show(value)} is not a list; write it in brackets: [{show(value)}]")
        if not isinstance(value, list):
            raise Wrong(f'{show(value)} is not a list; write numbers such as ["+4915155500001"]')
        found = [one_number(item, country) for item in value]
        for item in found:
            if found.count(item) > 1:
                raise Wrong(f"{item} stands twice; keep one of the two")
        return tuple(found)
    return read


def one_number(value: object, country: str) -> Number:
    """One number, normalised to E.164. Raises Wrong."""
    if not isinstance(value, str):
        raise Wrong(f'{show(value)} is not a number in quotes; write one such as "+4915155500001"')
    found = normalise_caller(re.sub(r"[\s()./-]", "", value), "unknown", country)
    if found is None:
        raise Wrong(f"{show(value)} is not a telephone number of {country} or in the form +49...; "
                    'write one such as "+4915155500001"')
    return found
