"""Closed legs of a stretch of time, as few columns as sums need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from appliance.store.rows import stamp
from appliance.store.transactions import Transactions

AFTER_DIGITS = ":"  # sorts behind every digit
RARE = 2000  # legs


@dataclass(frozen=True, slots=True)
class PastLeg:
    """`price` in micro-units, None without a tariff row; `at` when it was answered, or dialled."""

    call: str
    side: str
    account: str
    line: str
    number: str
    talk_s: float
    price: int | None
    at: str


class History:
    """Reads only."""

    def __init__(self, work: Transactions) -> None:
        self._work = work
        self._charged: dict[str, int] = {}
        self._summed = 0  # entries up to this one are in it

    def legs(self, since: datetime, until: datetime) -> list[PastLeg]:
        """Legs opened in that time that have ended, in the order they were opened."""
        rows = self._work.read(
            "SELECT call, side, account, line, number, talk_s, price, COALESCE(answered, opened) FROM record "
            "WHERE opened >= ? AND opened < ? AND ended IS NOT NULL ORDER BY opened", (stamp(since), stamp(until)))
        return [PastLeg(*row) for row in rows]

    def ended(self, since: datetime, until: datetime) -> int:
        """How many legs of that time have ended."""
        rows = self._work.read("SELECT COUNT(ended) FROM record WHERE opened >= ? AND opened < ?",
                               (stamp(since), stamp(until)))
        return int(rows[0][0])

    def calls(
        self, *, account: str | None, line: str | None, cause: int | None, number: str | None,
        since: datetime | None, until: datetime | None, before: str | None, limit: int,
    ) -> list[tuple[str, str]]:
        """Ids of calls of which one leg fits all that is given (`number`: how it begins), the newest first, each with
        its place: what `before` takes to go on from there."""
        wanted = {"{0}.account = ?": account, "{0}.line = ?": line, "{0}.cause = ?": cause, "{0}.number >= ?": number,
                  "{0}.number < ?": number and number + AFTER_DIGITS, "{0}.opened >= ?": stamp(since),
                  "{0}.opened < ?": stamp(until)}
        given = {sql: value for sql, value in wanted.items() if value is not None}
        # A call stands where its last fitting leg does, and nowhere else: calls at the same time come once each.
        later = " AND ".join(["l.call = r.call", "(l.opened, l.rowid) > (r.opened, r.rowid)",
                              *(sql.format("l") for sql in given)])
        once = f"NOT EXISTS (SELECT 1 FROM record l INDEXED BY record_call WHERE {later})"
        where = " AND ".join([*(sql.format("r") for sql in given), once,
                              *(["(r.opened, r.rowid) < (?, ?)"] if before else [])])
        by = f"INDEXED BY record_{'number' if self._rare(number) else 'opened'}" if number else ""
        opened, _, row = (before or "").partition(" ")
        rows = self._work.read(
            f"SELECT r.call, r.opened, r.rowid FROM record r {by} WHERE {where} "
            "ORDER BY r.opened DESC, r.rowid DESC LIMIT ?",
            (*given.values(), *given.values(), *((opened, int(row)) if before else ()), limit))
        return [(call, f"{at} {number}") for call, at, number in rows]

    def _rare(self, number: str) -> bool:
        """Whether so few numbers begin so that finding them first is quicker than going through all calls by time."""
        rows = self._work.read("SELECT COUNT(*) FROM (SELECT 1 FROM record WHERE number >= ? AND number < ? LIMIT ?)",
                               (number, number + AFTER_DIGITS, RARE))
        return bool(rows[0][0] < RARE)

    def first(self) -> datetime | None:
        """When the oldest leg was opened."""
        rows = self._work.read("SELECT MIN(opened) FROM record")
        return datetime.fromisoformat(rows[0][0]) if rows[0][0] else None

    def calls_begun(self) -> int:
        """How many call ids were ever given."""
        return int(self._work.read("SELECT value FROM counter WHERE name = 'call'", ())[0][0])

    def charged(self) -> dict[str, int]:
        """What legs cost by line, micro-units; only entries that are new are summed each time."""
        newest = self._work.read("SELECT COALESCE(MAX(id), 0) FROM entry", ())[0][0]
        rows = self._work.read(
            "SELECT r.line, -SUM(e.amount) FROM entry e JOIN record r ON r.leg = e.leg WHERE e.id > ? AND e.id <= ? "
            "GROUP BY r.line", (self._summed, newest))
        for line, micros in rows:
            self._charged[line] = self._charged.get(line, 0) + micros
        self._summed = newest
        return dict(self._charged)
