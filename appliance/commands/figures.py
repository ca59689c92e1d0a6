"""Sums by day, kept for days that are over: what the first page and the charts show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.queries import amount
from appliance.ledger.figures import Cost, Figures, Key, Other, figures
from appliance.routing.pricing import price
from appliance.routing.tariff import Tariff
from appliance.settings.model import Settings
from appliance.store.history import History
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import NotANumber, Number

SETTLED = timedelta(days=2)  # a call of yesterday may still run; what was opened before is over
LONGEST = 732  # days in one answer
DAY = timedelta(days=1)


class DayBook:
    """Sums of each day, by line and account."""

    def __init__(
        self, history: History, settings: Callable[[], Settings], clock: Clock, zone: Callable[[], tzinfo]
    ) -> None:
        self._history, self._settings, self._clock, self._zone = history, settings, clock, zone
        self._kept: dict[date, dict[Key, Figures]] = {}
        self._running: dict[date, tuple[int, dict[Key, Figures]]] = {}  # with how many legs were over then
        self._kept_for: object = None

    def handlers(self) -> dict[str, Handler]:
        return {"figures": self._figures}

    def today(self) -> date:
        return self._clock.now().astimezone(self._zone()).date()

    async def day(self, day: date) -> dict[Key, Figures]:
        """That day's sums. Old days are summed once; the loop gets its turn in between."""
        basis = (self._compared(), str(self._zone()))
        if basis != self._kept_for:
            self._kept, self._running, self._kept_for = {}, {}, basis
        if (known := self._kept.get(day)) is not None:
            return known
        await asyncio.sleep(0)
        since, until = (datetime.combine(each, time(), self._zone()) for each in (day, day + DAY))
        over = self._history.ended(since, until)
        number, summed = self._running.get(day, (-1, {}))
        if number == over:
            return summed
        legs = (Cost(leg.call, leg.side, leg.account, leg.line, leg.number, leg.talk_s, leg.price or 0,
                     leg.at)
                for leg in self._history.legs(since, until))
        found = figures(legs, self._other())
        if until + SETTLED < self._clock.now():
            self._kept[day] = found
        else:
            self._running = {each: kept for each, kept in self._running.items() if each > day - 3 * DAY}
            self._running[day] = (over, found)
        return found

    async def days(self, first: date, last: date) -> dict[date, dict[Key, Figures]]:
        return {day: await self.day(day) for day in each_day(first, last)}

    def _compared(self) -> object:
        settings = self._settings()
        line = next((line for line in settings.lines if line.name == settings.site.compare), None)
        return line and (line.rates, settings.site.calendar)

    def _other(self) -> Other | None:
        """The price by the tariff that the admin compares with."""
        settings = self._settings()
        line = next((line for line in settings.lines if line.name == settings.site.compare), None)
        if line is None or not line.rates:
            return None
        tariff = Tariff(line.rates, settings.site.calendar)

        def micros(number: str, talk_s: float, at: datetime) -> int | None:
            try:
                rate = tariff.match(Number(number))
            except NotANumber:
                return None
            return price(rate, talk_s, at).micros if rate else None
        return micros

    async def _figures(self, params: dict[str, Any]) -> Any:
        """params {"since", "until"} (days), "line", "account". {"day", "line", "account"}: one table of each, with one
        row a key."""
        asked = Params(params)
        last = _day(asked.text("until")) or self.today()
        first = _day(asked.text("since")) or last - timedelta(days=29)
        if not 0 <= (last - first).days < LONGEST:
            raise ApiError(f"ask for 1 to {LONGEST} days")
        line, account = asked.text("line"), asked.text("account")
        sums: dict[str, dict[str, Sum]] = {"day": {str(day): Sum() for day in each_day(first, last)}, "line": {},
                                           "account": {}}
        for day, rows in (await self.days(first, last)).items():
            for (on, whose), row in rows.items():
                if line in ("", on) and account in ("", whose):
                    for by, key in (("day", str(day)), ("line", on), ("account", whose)):
                        sums[by].setdefault(key, Sum()).add(row)
        site = self._settings().site
        head = {"since": str(first), "until": str(last), "currency": site.currency,
                "compare": site.compare if self._compared() else ""}
        return {by: {**head, "rows": [{by: key, **row_of(row.figures, site.currency)} for key, row in table.items()]}
                for by, table in sums.items()}


class Sum:
    """Adds up in place: a year has a hundred thousand rows."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: list[Any] = [0, 0.0, 0.0, 0, 0]

    def add(self, row: Figures) -> None:
        values = self._values
        values[0] += row.calls
        values[1] += row.talk_s
        values[2] += row.leg_s
        values[3] += row.cost
        values[4] += row.saved

    @property
    def figures(self) -> Figures:
        return Figures(*self._values)


def row_of(row: Figures, currency: str) -> dict[str, Any]:
    """JSON-able."""
    return {"calls": row.calls, "minutes": round(row.talk_s / 60, 2), "leg_minutes": round(row.leg_s / 60, 2),
            "cost": amount(Money(row.cost, currency)), "saved": amount(Money(row.saved, currency))}


def total(rows: Iterable[Mapping[Key, Figures]]) -> Figures:
    found = Sum()
    for row in rows:
        for each in row.values():
            found.add(each)
    return found.figures


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(f'"{text[:20]}" is no day; write one such as 2026-03-02') from None
