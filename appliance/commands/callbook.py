"""Calls by person, line, time, cause and number: a page at a time; and one call worked out line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from phonenumbers import country_code_for_region

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.queries import amount, call_row
from appliance.ledger.rating import worked_out
from appliance.ledger.record import Record
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause

LARGEST_PAGE = 500


class CallBook:
    """Reads only."""

    def __init__(
        self, journal: Journal, zone: Callable[[], tzinfo], currency: Callable[[], str], country: Callable[[], str]
    ) -> None:
        self._journal, self._zone, self._currency, self._country = journal, zone, currency, country

    def handlers(self) -> dict[str, Handler]:
        return {"call_list": self._list, "call_worked_out": self._one, "causes": self._causes}

    async def _list(self, params: dict[str, Any]) -> Any:
        """{"calls", "next"}: the newest first; `next` goes back in as "before", "" at the end. Filters: "account",
        "line", "cause" (its name), "since" and "until" (days, both included), "number" (how it begins, national or
        international)."""
        asked = Params(params)
        limit = asked.whole("limit", 50, 1, LARGEST_PAGE)
        cause, number = asked.text("cause"), self._begins(asked.text("number"))
        if cause and cause.upper() not in Cause.__members__:
            raise ApiError(f"there is no cause {cause[:30]!r}")
        names = self._journal.history.calls(
            account=asked.text("account") or None, line=asked.text("line") or None,
            cause=int(Cause[cause.upper()]) if cause else None, number=number or None,
            since=self._midnight(asked.text("since")), until=self._midnight(asked.text("until"), 1),
            before=_place(asked.text("before")), limit=limit + 1)
        shown = names[:limit]
        by_call: dict[str, list[Record]] = {}
        for record in self._journal.records_of([call for call, _ in shown]):
            by_call.setdefault(record.call, []).append(record)
        rows = [call_row(by_call[call], self._zone(), self._currency()) for call, _ in shown]
        return {"calls": rows, "next": shown[-1][1] if len(names) > limit else ""}

    async def _one(self, params: dict[str, Any]) -> Any:
        """By leg: the tariff row and how its price came about."""
        records: Sequence[Record] = self._journal.records_of([Params(params).text("call")])
        return {record.leg: {"how": worked_out(record), **_rate(record)} for record in records}

    async def _causes(self, params: dict[str, Any]) -> Any:
        return [cause.name.lower() for cause in Cause]

    def _begins(self, typed: str) -> str:
        """The beginning of a number as it is kept: E.164, or the digits of an extension."""
        digits = re.sub(r"[^0-9+]", "", typed)
        if digits.startswith(("+", "00")):
            return "+" + digits.lstrip("+0")
        if digits.startswith("0"):
            return f"+{country_code_for_region(self._country())}{digits[1:]}"
        return digits

    def _midnight(self, day: str, days_later: int = 0) -> datetime | None:
        if not day:
            return None
        try:
            return datetime.combine(date.fromisoformat(day) + timedelta(days=days_later), time(), self._zone())
        except (ValueError, OverflowError):
            raise ApiError(f'"{day[:20]}" is no day; write one such as 2026-03-02') from None


def _place(text: str) -> str | None:
    if text and not re.fullmatch(r"[0-9T:.+-]{20,40} [0-9]{1,18}", text):
        raise ApiError('"before" must be what "next" was')
    return text or None


def _rate(record: Record) -> dict[str, Any]:
    if record.rate is None:
        return {"rate": None}
    rate = record.rate.row(record.answered or record.opened)
    return {"rate": {"prefix": rate.prefix, "connection_fee": amount(rate.connection_fee),
                     "per_minute": amount(rate.per_minute), "first_increment": rate.first_increment,
                     "next_increment": rate.next_increment}}
