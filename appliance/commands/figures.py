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
from appliance.ledger.figures import Cost, Figures, Key, figures
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
        self._kept_for: object = None

    def handlers(self) -> dict[str, Handler]:
        return {"figures": self._figures}

    def today(self) -> date:
        return self._clock.now().astimezone(self._zone()).date()

    async def day(self, day: date) -> dict[Key, Figures]:
        """That day's sums. Old days are summed once; the loop gets its turn in between."""
        basis = (self._compared(), str(self._zone()))
        if basis != self._kept_for:
            self._kept, self._kept_for = {}, basis
        if (known := self._kept.get(day)) is not None:
            return known
        await asyncio.sleep(0)
        since, until = (datetime.combine(each, time(), self._zone()) for each in (day, day + DAY))
        legs = (Cost(leg.call, leg.side, leg.account, leg.line, leg.number, leg.talk_s, leg.price or 0)
                for leg in self._history.legs(since, until))
        found = figures(legs, self._other())
        if until + SETTLED < self._clock.now():
            self._kept[day] = found
        return found

    async def days(self, first: date, last: date) -> dict[date, dict[Key, Figures]]:
        return {day: await self.day(day) for day in each_day(first, last)}

    def _compared(self) -> object:
        settings = self._settings()
        line = next((line for line in settings.lines if line.name == settings.site.compare), None)
        return line and line.rates

    def _other(self) -> Callable[[str, float], int | None] | None:
        """The price by the tariff that the admin compares with."""
        settings = self._settings()
        line = next((line for line in settings.lines if line.name == settings.site.compare), None)
        if line is None or not line.rates:
            return None
        tariff = Tariff(line.rates)

        def micros(number: str, talk_s: float) -> int | None:
            try:
                rate = tariff.match(Number(number))
            except NotANumber:
                return None
            return price(rate, talk_s).micros if rate else None
        return micros

    async def _figures(self, params: dict[str, Any]) -> Any:
        """params {"since", "until"} (days), "by" ("day", "line", "account"), "line", "account". One row a key."""
        asked = Params(params)
        today = self.today()
        last = _day(asked.text("until")) or today
        first = _day(asked.text("since")) or last - timedelta(days=29)
        if not 0 <= (last - first).days < LONGEST:
            raise ApiError(f"ask for 1 to {LONGEST} days")
        by, line, account = asked.text("by") or "day", asked.text("line"), asked.text("account")
        if by not in ("day", "line", "account"):
            raise ApiError('"by" must be day, line or account')
        sums: dict[str, Figures] = {str(day): Figures() for day in each_day(first, last)} if by == "day" else {}
        for day, rows in (await self.days(first, last)).items():
            for (on, whose), row in rows.items():
                if line in ("", on) and account in ("", whose):
                    key = {"day": str(day), "line": on, "account": whose}[by]
                    sums[key] = sums.get(key, Figures()) + row
        site = self._settings().site
        return {"since": str(first), "until": str(last), "by": by, "currency": site.currency,
                "compare": site.compare if self._compared() else "",
                "rows": [{by: key, **row_of(row, site.currency)} for key, row in sums.items()]}


def row_of(row: Figures, currency: str) -> dict[str, Any]:
    """JSON-able."""
    return {"calls": row.calls, "minutes": round(row.talk_s / 60, 2), "leg_minutes": round(row.leg_s / 60, 2),
            "cost": amount(Money(row.cost, currency)), "saved": amount(Money(row.saved, currency))}


def total(rows: Iterable[Mapping[Key, Figures]]) -> Figures:
    found = Figures()
    for row in rows:
        for each in row.values():
            found += each
    return found


def each_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(f'"{text[:20]}" is no day; write one such as 2026-03-02') from None
