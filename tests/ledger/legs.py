"""Records for tests: an A-leg of anna's, answered and rated as one likes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.vocabulary.money import Money

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NINE = Rate("49", Money(0, "EUR"), Money(90_000, "EUR"), 60, 60)


def euros(text: str) -> Money:
    return Money.parse(text, "EUR")


def record(leg: str = "1-a1", **fields: Any) -> Record:
    call, _, side = leg.partition("-")
    base = Record(leg, call, Side(side[0]), "Front desk", "gsm1", "+4915155500001", NINE, NOW)
    return replace(base, **fields)


def talked(leg: str, seconds: float, **fields: Any) -> Record:
    """Answered at NOW, last heard of `seconds` later, still open."""
    beat = NOW + timedelta(seconds=seconds)
    return record(leg, answered=NOW, heartbeat=beat, talk_s=seconds, **fields)
