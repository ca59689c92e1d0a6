"""Bundles: minutes that a line has paid for already, which begin anew each day, week or month."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from appliance.routing.hours import Calendar
from appliance.routing.route import Allowance, Rate
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

WEEK = 7  # days


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bundle:
    """`lines` share its minutes for numbers with one of `prefixes` (digits; "" is every number). It begins anew at
    midnight of day `reset`: of the month, or of the week from 1 Monday on; a month that is shorter has it on its last
    day. `margin` minutes are left alone. `per_minute` is what accounts pay for its minutes; None: nothing."""

    name: str
    lines: tuple[str, ...]
    minutes: int
    prefixes: tuple[str, ...]
    period: Period = Period.MONTH
    reset: int = 1
    margin: int = 0
    per_minute: Money | None = None
    first_increment: int = 60
    next_increment: int = 60

    @property
    def seconds(self) -> int:
        """What calls may take of it in one period."""
        return max(0, self.minutes - self.margin) * 60

    def covers(self, number: Number) -> str | None:
        """Its longest prefix of the number, or None."""
        return max((p for p in self.prefixes if number.digits.startswith(p)), key=len, default=None)

    def since(self, at: datetime, calendar: Calendar) -> datetime:
        """When the period that `at` falls in began."""
        return _midnight(self._first_day(at.astimezone(calendar.clock).date()), calendar)

    def until(self, at: datetime, calendar: Calendar) -> datetime:
        """When the next one begins."""
        first = self._first_day(at.astimezone(calendar.clock).date())
        if self.period is Period.MONTH:
            return _midnight(_in_month(_months_later(first, 1), self.reset), calendar)
        return _midnight(first + timedelta(days=WEEK if self.period is Period.WEEK else 1), calendar)

    def _first_day(self, day: date) -> date:
        if self.period is Period.DAY:
            return day
        if self.period is Period.WEEK:
            return day - timedelta(days=(day.isoweekday() - self.reset) % WEEK)
        this = _in_month(day.replace(day=1), self.reset)
        return this if this <= day else _in_month(_months_later(day, -1), self.reset)


def _months_later(day: date, months: int) -> date:
    """The first day of that month."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def _in_month(first: date, day: int) -> date:
    return first.replace(day=min(day, monthrange(first.year, first.month)[1]))


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, time(), calendar.clock)


Taken = Callable[[str, datetime, datetime, str], int]


class Bundles:
    """What is left of each, and what a leg may take. `taken(bundle, since, until, but)`: seconds that the legs dialled
    in that time took or have reserved, without the leg `but`."""

    def __init__(self, bundles: Iterable[Bundle], calendar: Calendar, taken: Taken) -> None:
        self._bundles, self._calendar, self._taken = tuple(bundles), calendar, taken

    def of_line(self, line: str) -> tuple[Bundle, ...]:
        return tuple(bundle for bundle in self._bundles if line in bundle.lines)

    def left(self, bundle: Bundle, at: datetime, but: str = "") -> int:
        """Seconds; 0 when more was taken than there is."""
        taken = self._taken(bundle.name, bundle.since(at, self._calendar), bundle.until(at, self._calendar), but)
        return max(0, bundle.seconds - taken)

    def until(self, bundle: Bundle, at: datetime) -> datetime:
        return bundle.until(at, self._calendar)

    def allow(self, rate: Rate, line: str, number: Number, at: datetime) -> Rate:
        """The row with what is left of the line's bundle for this number: the one with the longest prefix of those
        that have something left, the first named of two alike."""
        found = [(len(prefix), bundle) for bundle in self.of_line(line)
                 if (prefix := bundle.covers(number)) is not None]
        for _, bundle in sorted(found, key=lambda each: -each[0]):
            if left := self.left(bundle, at):
                per_minute = bundle.per_minute or Money.zero(rate.per_minute.currency)
                return replace(rate, allowance=Allowance(bundle.name, left, per_minute, bundle.first_increment,
                                                         bundle.next_increment))
        return rate

    def reserve(
        self, rate: Rate, talk_s: float, at: datetime, leg: str = "", *, promised: Mapping[str, int] | None = None
    ) -> Rate:
        """The row with what a leg dialled at `at` has to reserve of its bundle for so much talk: no more than it needs
        or is left, and never less than it has, once it has a record (`leg`). `promised`: seconds by bundle that another
        leg is about to reserve."""
        allowance = rate.allowance
        bundle = next((each for each in self._bundles if allowance and each.name == allowance.bundle), None)
        if allowance is None:
            return rate
        had = allowance.seconds if leg else 0
        left = self.left(bundle, at, leg) - (promised or {}).get(bundle.name, 0) if bundle else 0
        return replace(rate, allowance=replace(allowance, seconds=max(had, 0, min(left, allowance.needed(talk_s)))))
