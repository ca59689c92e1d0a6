"""Messages that were sent: written down before they leave, because each costs money."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from appliance.messages.message import Fate, Purpose, Sent
from appliance.store.rows import readable, stamp, when
from appliance.store.transactions import Transactions

KEEP = 10_000  # messages; the oldest go
REPORTED = timedelta(days=3)  # a network gives a message up after two; its reports' references repeat after 256
COLUMNS = "id, at, account, number, text, line, purpose, fate, why, call"
SAME = 6  # last digits by which the number of a report is compared: it may come in another form


class Outbox:
    """What became of each, as far as it was told."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def add(
        self, at: datetime, *, account: str, number: str, text: str, line: str, purpose: Purpose, call: str = ""
    ) -> Sent:
        """Before it is handed to the line: durable when this returns (inside `together`: when that ends)."""
        with self._work.together() as db:
            db.execute(f"INSERT INTO outbox ({COLUMNS}, refs) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, '', ?, '[]')",
                       (stamp(at), account, number, readable(text), line, purpose.value, Fate.QUEUED.value, call))
            id_ = db.lastrowid or 0
            db.execute("DELETE FROM outbox WHERE id <= ?", (id_ - KEEP,))
        return self._select("WHERE id = ?", id_)[0]

    def over(self, id_: int, fate: Fate, why: str, references: Sequence[int]) -> Sent | None:
        """What the line says: sent, failed or unknown. `references`: by which the network will report, one a part."""
        with self._work.together() as db:
            db.execute("UPDATE outbox SET fate = ?, why = ?, refs = ? WHERE id = ? AND fate = 'queued'",
                       (fate.value, readable(why), json.dumps(list(references)), id_))
        return next(iter(self._select("WHERE id = ?", id_)), None)

    def reported(self, line: str, number: str, reference: int, fate: Fate, now: datetime) -> Sent | None:
        """What the network says of one part. A message is delivered when all parts are; None: it is none of ours, or
        there is more to come."""
        since = stamp(now - REPORTED)
        rows = self._work.read(
            "SELECT id, number, refs FROM outbox WHERE line = ? AND at > ? AND fate IN ('sent', 'unknown') "
            "ORDER BY id DESC", (line, since))
        for id_, to, text in rows:
            references: list[int] = json.loads(text)
            if reference in references and to[-SAME:] == number[-SAME:]:
                references.remove(reference)
                done = fate is Fate.UNDELIVERED or not references
                with self._work.together() as db:
                    db.execute("UPDATE outbox SET refs = ?, fate = CASE WHEN ? THEN ? ELSE fate END WHERE id = ?",
                               (json.dumps(references), done, fate.value, id_))
                return self._select("WHERE id = ?", id_)[0] if done else None
        return None

    def queued(self, line: str) -> bool:
        return bool(self._work.read("SELECT 1 FROM outbox WHERE line = ? AND fate = 'queued' LIMIT 1", (line,)))

    def orphans(self) -> list[Sent]:
        """At the start: what was handed to a line that has since lost its power. It may have gone out, and it costs:
        better lost than paid for twice, so it is never sent again."""
        left = self._select("WHERE fate = 'queued' ORDER BY id")
        for message in left:
            self.over(message.id, Fate.UNKNOWN, "the box stopped while it was being sent", ())
        return left

    def since(self, at: datetime) -> list[Sent]:
        """What was sent since then, oldest first."""
        return self._select("WHERE at > ? ORDER BY id", stamp(at))

    def listing(self, limit: int = 50) -> list[Sent]:
        """The newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", limit)

    def _select(self, tail: str, *values: Any) -> list[Sent]:
        rows = self._work.read(f"SELECT {COLUMNS} FROM outbox {tail}", values)
        return [_sent(row) for row in rows]


def _sent(row: tuple[Any, ...]) -> Sent:
    at = when(row[1])
    assert at is not None
    return Sent(row[0], at, row[2], row[3], row[4], row[5], Purpose(row[6]), Fate(row[7]), row[8], row[9])
