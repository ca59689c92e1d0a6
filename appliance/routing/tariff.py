"""A line's tariff: rows by prefix, from CSV; the longest prefix wins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from appliance.routing.route import Rate
from appliance.vocabulary.money import Money, MoneyError
from appliance.vocabulary.number import Number

COLUMNS = ("prefix", "connection_fee", "per_minute", "first_increment", "next_increment")


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
    lines = text.lstrip("\ufeff").splitlines()
    header = [cell.strip().lower() for cell in lines[0].split(",")] if lines else []
    if header != list(COLUMNS):
        hint = "; the columns are separated by semicolons here, use commas" if lines and ";" in lines[0] else ""
        return (), (f"{name}, line 1: the first line must read {','.join(COLUMNS)}{hint}",)
    rates: dict[str, Rate] = {}
    complaints: list[str] = []
    for at, cells in _rows(lines):
        if not any(cells):
            continue
        row = _row(cells, currency)
        if isinstance(row, str):
            complaints.append(f"{name}, line {at}: {row}")
        elif row.prefix in rates:
            complaints.append(f"{name}, line {at}: prefix {row.prefix or '(empty)'} stands twice; keep one of the two")
        else:
            rates[row.prefix] = row
    if not rates and not complaints:
        complaints.append(f"{name}: no prefix at all; without rows the line is never chosen")
    return tuple(rates.values()), tuple(complaints)


def _rows(lines: list[str]) -> Iterable[tuple[int, list[str]]]:
    reader = csv.reader(lines[1:])
    while True:
        try:
            yield reader.line_num + 2, [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num + 1, [f"unreadable: {error}"]


def _row(cells: list[str], currency: str) -> Rate | str:
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} columns instead of {len(COLUMNS)}; a decimal comma? write 0.09"
    prefix, *money, first, following = cells
    if not re.fullmatch(r"[0-9]{0,15}", prefix, re.ASCII):
        return f"prefix {prefix[:30]!r}; write digits without +, such as 49151"
    amounts: list[Money] = []
    for text, column in zip(money, COLUMNS[1:3], strict=True):
        try:
            amounts.append(Money.parse(text, currency))
        except MoneyError:
            return f"{column} {text[:30]!r}; write an amount such as 0.09"
        if amounts[-1].micros < 0:
            return f"{column} {text} is negative; a price is 0 or more"
    for text, column in ((first, COLUMNS[3]), (following, COLUMNS[4])):
        if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or int(text) < 1:
            return f"{column} {text[:30]!r}; write whole seconds, 1 or more"
    return Rate(prefix, amounts[0], amounts[1], int(first), int(following))


def export_tariff(rates: Iterable[Rate]) -> str:
    """The rows as a file that parse_tariff reads back unchanged."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for rate in rates:
        fee, minute = (f"{amount.decimal:f}" for amount in (rate.connection_fee, rate.per_minute))
        writer.writerow((rate.prefix, fee, minute, rate.first_increment, rate.next_increment))
    return out.getvalue()
