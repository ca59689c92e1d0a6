"""A line's tariff: rows by prefix and time, from CSV; the longest prefix wins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from appliance.routing.hours import Calendar, Hours, read_hours, spoken
from appliance.routing.route import Band, Rate
from appliance.vocabulary.money import MICRO, Money, MoneyError
from appliance.vocabulary.number import Number

COLUMNS = ("prefix", "connection_fee", "per_minute", "first_increment", "next_increment")
TIMES = ("days", "from", "to")
MORE_COLUMNS = ("carrier", *TIMES)  # may follow: a call-by-call prefix, and when the row holds
AMOUNT = r"[+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?"  # a spreadsheet may write 9E-2
HIGHEST = 10_000_000  # units of currency, a whole day of them fits the journal's 64 bits
SHOWN = 30  # characters of a wrong cell that are repeated in a complaint


class Tariff:
    """Longest-prefix match over a dict: a box asks a few times a minute, nothing faster is needed. `calendar`: the
    clock and the holidays that rows for certain times go by."""

    def __init__(self, rates: Iterable[Rate], calendar: Calendar | None = None) -> None:
        self._rates: dict[str, dict[str, Rate]] = {"": {}}  # by carrier and prefix
        for rate in rates:
            timed = replace(rate, calendar=calendar) if calendar and rate.bands else rate
            self._rates.setdefault(rate.carrier, {})[rate.prefix] = timed

    def match(self, number: Number, carrier: str = "") -> Rate | None:
        """The row of the longest prefix, of the line itself or of a call-by-call carrier; or None."""
        rates, digits = self._rates.get(carrier, {}), number.digits
        return next((rates[digits[:n]] for n in range(len(digits), -1, -1) if digits[:n] in rates), None)

    def ways(self, number: Number) -> tuple[Rate, ...]:
        """The row of the longest prefix of the line itself and of each carrier that has one."""
        return tuple(rate for carrier in self._rates if (rate := self.match(number, carrier)))

    def __len__(self) -> int:
        return sum(map(len, self._rates.values()))


@dataclass(slots=True)
class _Priced:
    """What the file says of one prefix: the row for any time, and those for certain times."""

    line: int
    always: Rate | None = None
    bands: list[Band] = field(default_factory=list)

    def take(self, row: Rate, hours: Hours | None) -> str:
        """Adds a row; or what is wrong with it."""
        if hours is None:
            if self.always:
                return f"{_named(row)} stands twice; keep one of the two"
            self.always = row
            return ""
        if other := next((band for band in self.bands if band.hours.clash(hours)), None):
            return f"{_named(row)} has two prices at once, {other.hours} and {hours}; part their times"
        self.bands.append(Band(hours, row))
        return ""


def _named(row: Rate) -> str:
    return f"prefix {row.prefix or '(empty)'}" + (f" by carrier {row.carrier}" if row.carrier else "")


def parse_tariff(text: str, currency: str, name: str) -> tuple[tuple[Rate, ...], tuple[str, ...]]:
    """The rows of a tariff file and every complaint about it, each with file, line and remedy."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    columns = [cell.lower() for cell in _cells(lines[0]) or ()]
    if wrong_head := _head(columns, lines[0]):
        return (), (f"{name}, line 1: {wrong_head}",)
    found: dict[tuple[str, str], _Priced] = {}
    complaints: list[str] = []
    for at, line in enumerate(lines[1:], 2):
        cells = _cells(line)
        if cells is not None and not any(cells):
            continue
        row, hours, wrong = _row(cells, columns, currency)
        if row and (why := found.setdefault((row.carrier, row.prefix), _Priced(at)).take(row, hours)):
            wrong.append(why)
        complaints += [f"{name}, line {at}: {what}" for what in wrong]
    rates: list[Rate] = []
    for priced in found.values():
        if priced.always:
            rates.append(replace(priced.always, bands=tuple(priced.bands)))
        else:
            complaints.append(f"{name}, line {priced.line}: {_named(priced.bands[0].rate)} has prices at certain times "
                              "only; add a row for it with days, from and to empty: the price at every other time")
    if not rates and not complaints:
        complaints.append(f"{name}, line 1: no prefix follows, so the line is never chosen; write a row for each price")
    return tuple(rates), tuple(complaints)


def _head(columns: list[str], line: str) -> str:
    """What is wrong with the first line, or ""."""
    more = columns[len(COLUMNS):]
    if columns[:len(COLUMNS)] != list(COLUMNS):
        hint = "; the columns are separated by semicolons here, use commas" if ";" in line else ""
        return f"the first line must read {','.join(COLUMNS)}{hint}"
    if unknown := next((column for column in more if column not in MORE_COLUMNS), None):
        return f"there is no column {unknown[:SHOWN]!r}; after {COLUMNS[-1]} may follow {', '.join(MORE_COLUMNS)}"
    twice = next((column for column in more if more.count(column) > 1), None)
    return f"column {twice} stands twice; keep one of the two" if twice else ""


def _cells(line: str) -> list[str] | None:
    """One line by itself, so that a stray quotation mark spoils one line and not the rest. None: unreadable."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return None


def _row(
    cells: list[str] | None, columns: list[str], currency: str
) -> tuple[Rate | None, Hours | None, list[str]]:
    if cells is None:
        return None, None, ["this is no CSV; take the quotation marks out"]
    if len(cells) != len(columns):
        return None, None, [f"{len(cells)} columns instead of {len(columns)}; separate them by commas, and write 0.09 "
                            "with a point"]
    cell = dict(zip(columns, cells, strict=True))
    prefix, fee, minute, first, following = cells[:len(COLUMNS)]
    wrong: list[str] = []
    if not re.fullmatch(r"(?:[1-9][0-9]{0,14})?", prefix):
        wrong.append(f"prefix {prefix[:SHOWN]!r}; write the country code and what follows, without + or 00, as 49151")
    connection_fee = _amount(fee, currency, COLUMNS[1], wrong)
    per_minute = _amount(minute, currency, COLUMNS[2], wrong)
    for text, column in ((first, COLUMNS[3]), (following, COLUMNS[4])):
        if not re.fullmatch(r"0*[1-9][0-9]{0,4}", text):
            wrong.append(f"{column} {text[:SHOWN]!r}; write whole seconds, 1 to 99999")
    hours, more = read_hours(*(cell.get(column, "") for column in TIMES))
    wrong += more
    carrier = cell.get("carrier", "")
    if not re.fullmatch(r"(?:[0-9]{3,6})?", carrier, re.ASCII):
        wrong.append(f"carrier {carrier[:SHOWN]!r}; write its call-by-call prefix in digits, such as 01013, or nothing")
    if wrong:
        return None, None, wrong
    return Rate(prefix, connection_fee, per_minute, int(first), int(following), carrier=carrier), hours, wrong


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
    rates = tuple(rates)
    more = [*(["carrier"] if any(rate.carrier for rate in rates) else []),
            *(TIMES if any(rate.bands for rate in rates) else [])]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, *more))
    for rate in rates:
        for row, times in ((rate, ("", "", "")), *((band.rate, spoken(band.hours)) for band in rate.bands)):
            fee, minute = (f"{amount.decimal:f}" for amount in (row.connection_fee, row.per_minute))
            cells = {"carrier": row.carrier, **dict(zip(TIMES, times, strict=True))}
            writer.writerow((row.prefix, fee, minute, row.first_increment, row.next_increment,
                             *(cells[column] for column in more)))
    return out.getvalue()
