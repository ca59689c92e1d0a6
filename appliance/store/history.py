"""Closed legs of a stretch of time, as few columns as sums need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.store.rows import stamp
from appliance.store.transactions import Transactions


@dataclass(frozen=True, slots=True)
class PastLeg:
    """`price` in micro-units, None without a tariff row."""

    call: str
    side: str
    account: str
    line: str
    number: str
    talk_s: float
    price: int | None


class History:
    """Reads only."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def legs(self, since: datetime, until: datetime) -> list[PastLeg]:
        """Legs opened in that time that have ended, in the order they were opened."""
        rows = self._work.read(
            "SELECT call, side, account, line, number, talk_s, price FROM record "
            "WHERE opened >= ? AND opened < ? AND ended IS NOT NULL ORDER BY opened", (stamp(since), stamp(until)))
        return [PastLeg(*row) for row in rows]

    def first(self) -> datetime | None:
        """When the oldest leg was opened."""
        rows = self._work.read("SELECT MIN(opened) FROM record")
        return datetime.fromisoformat(rows[0][0]) if rows[0][0] else None
