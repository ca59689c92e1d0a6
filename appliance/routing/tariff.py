"""A line's tariff: rows by prefix, from CSV; the longest prefix wins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from appliance.routing.route import Rate
from appliance.vocabulary.money import MICRO, Money, MoneyError
from appliance.vocabulary.number import Number

COLUMNS = ("prefix", "connection_fee", "per_minute", "first_increment", "next_increment")
AMOUNT = r"[+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?"  # a spreadsheet may write 9E-2
HIGHEST = 10_000_000  # units of currency, a whole day of them fits the journal's 64 bits
SHOWN = 30  # characters of a wrong cell that are repeated in a complaint


class Tariff:
    """Longest-prefix match over a dict: a box asks a few times a minute, nothing faster is needed."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates = {rate.prefix: rate for rate in rates}
        self._longest = max(map(len, self._rates), default=0)

    def match(self, number: Number) -> Rate | None:
        """The row of the longest prefix, or None."""
        digits = number.digits[: self._longest]
        return next((self._rates[digits[:n]] for n in range(len(digits), -1, -1) if digits[:n] in self._rates), None)

    def __len__(self) -> int:
        return len(self._rates)


def parse_tariff(text: str, currency: str, name: str) -> tuple[tuple[Rate, ...], tuple[str, ...]]:
    """The rows of a tariff file and every complaint about it, each with file, line and remedy."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if [cell.lower() for cell in _cells(lines[0]) or ()] != list(COLUMNS):
        hint = "; the columns are separated by semicolons here, use commas" if ";" in lines[0] else ""
        return (), (f"{name}, line 1: the first line must read {','.join(COLUMNS)}{hint}",)
    rates: dict[str, Rate] = {}
    complaints: list[str] = []
    for at, line in enumerate(lines[1:], 2):
        cells = _cells(line)
        if cells is not None and not any(cells):
            continue
        row, wrong = _row(cells, currency)
        if row and row.prefix in rates:
            wrong.append(f"prefix {row.prefix or '(empty)'} stands twice; keep one of the two")
        elif row:
            rates[row.prefix] = row
        complaints += [f"{name}, line {at}: {what}" for what in wrong]
    if not rates and not complaints:
        complaints.append(f"{name}, line 1: no prefix follows, so the line is never chosen; write a row for each price")
    return tuple(rates.values()), tuple(complaints)


def _cells(line: str) -> list[str] | None:
    """One line by itself, so that a stray quotation mark spoils one line and not the rest. None: unreadable."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return None


def _row(cells: list[str] | None, currency: str) -> tuple[Rate | None, list[str]]:
    if cells is None:
        return None, ["this is no CSV; take the quotation marks out"]
    if len(cells) != len(COLUMNS):
        return None, [f"{len(cells)} columns instead of {len(COLUMNS)}; separate them by commas, and write 0.09 with a "
                      "point"]
    prefix, fee, minute, first, following = cells
    wrong: list[str] = []
    if not re.fullmatch(r"(?:[1-9][0-9]{0,14})?", prefix):
        wrong.append(f"prefix {prefix[:SHOWN]!r}; write the country code and what follows, without + or 00, as 49151")
    connection_fee = _amount(fee, currency, COLUMNS[1], wrong)
    per_minute = _amount(minute, currency, COLUMNS[2], wrong)
    for text, column in ((first, COLUMNS[3]), (following, COLUMNS[4])):
        if not re.fullmatch(r"0*[1-9][0-9]{0,4}", text):
            wrong.append(f"{column} {text[:SHOWN]!r}; write whole seconds, 1 to 99999")
    return (None if wrong else Rate(prefix, connection_fee, per_minute, int(first), int(following))), wrong


def _amount(text: str, currency: str, column: str, wrong: list[str]) -> Money:
    """An amount; what is wrong with it is added to `wrong`."""
    shown = repr(text[:SHOWN])
    if not re.fullmatch(AMOUNT, text):
        wrong.append(f"{column} {shown}; write an amount such as 0.09")
        return Money.zero(currency)
    try:
        amount = Money.parse(text, currency)
    except MoneyError:  # larger than Money may be
        amount = Money((HIGHEST + 1) * MICRO, currency)
    if amount.micros < 0:
        wrong.append(f"{column} {shown} is negative; a price is 0 or more")
    elif amount.micros > HIGHEST * MICRO:
        wrong.append(f"{column} {shown} is above {HIGHEST}; write the price in {currency}, as 0.09")
    return amount


def export_tariff(rates: Iterable[Rate]) -> str:
    """The rows as a file that parse_tariff reads back unchanged."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rate in rates:
        fee, minute = (f"{amount.decimal:f}" for amount in (rate.connection_fee, rate.per_minute))
        writer.writerow((rate.prefix, fee, minute, rate.first_increment, rate.next_increment))
    return out.getvalue()
