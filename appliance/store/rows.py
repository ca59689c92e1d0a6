"""Records to rows and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.settings.rates import rate_to_row, row_to_rate
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money

COLUMNS = (
    "leg, call, side, account, line, number, rate, opened, answered, heartbeat, ended, talk_s, cause, price, note, "
    "mended, advice, bundle, bundle_s"
)


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def stamp(at: datetime | None) -> str | None:
    """Fixed width, UTC: sorts as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else None


def readable(text: str) -> str:
    """Half a surrogate pair, as a hostile JSON may carry, is no UTF-8: SQLite would refuse the line again and again."""
    return text.encode("utf-8", "replace").decode("utf-8")


def rate_text(rate: Rate | None) -> str | None:
    return None if rate is None else json.dumps(rate_to_row(rate))


def rate_of(text: str | None, currency: str, bundle: str = "", bundle_s: int = 0) -> Rate | None:
    return None if text is None else row_to_rate(json.loads(text), currency, bundle, bundle_s)


def to_row(record: Record) -> tuple[Any, ...]:
    return (
        record.leg, record.call, record.side.value, record.account, record.line, record.number, rate_text(record.rate),
        stamp(record.opened), stamp(record.answered), stamp(record.heartbeat), stamp(record.ended), record.talk_s,
        None if record.cause is None else int(record.cause), record.price.micros if record.price else None,
        readable(record.note), int(record.mended), readable(record.advice), record.bundle, record.bundle_s,
    )


def from_row(row: tuple[Any, ...], currency: str) -> Record:
    opened = when(row[7])
    assert opened is not None
    return Record(
        leg=row[0], call=row[1], side=Side(row[2]), account=row[3], line=row[4], number=row[5],
        rate=rate_of(row[6], currency, row[17], row[18]), opened=opened, answered=when(row[8]), heartbeat=when(row[9]),
        ended=when(row[10]), talk_s=row[11], cause=None if row[12] is None else Cause.of(row[12]),
        price=None if row[13] is None else Money(row[13], currency), note=row[14], mended=bool(row[15]),
        advice=row[16],
    )
