"""Who changed what: kept for ever, unlike the story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.store.rows import readable, stamp
from appliance.store.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Deed:
    number: int
    at: datetime
    who: str
    what: str


class Audit:
    """Rows are added, never changed."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def note(self, at: datetime, who: str, what: str) -> None:
        with self._work.together() as db:
            db.execute("INSERT INTO audit (at, who, what) VALUES (?, ?, ?)", (stamp(at), readable(who), readable(what)))

    def listing(self, *, before: int | None = None, limit: int = 200) -> list[Deed]:
        """The newest first, from below `before`."""
        rows = self._work.read("SELECT id, at, who, what FROM audit WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?",
                               (before, before, limit))
        return [Deed(number, datetime.fromisoformat(at), who, what) for number, at, who, what in rows]
