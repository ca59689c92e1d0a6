"""What happened besides money: the story of calls, triggers seen, lock-outs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from appliance.accounts.lockout import Lockout
from appliance.store.rows import stamp, when

KEEP_EVENTS = 100_000  # rows; about 12 MB
PENDING = 50  # lines of story kept in memory until a commit takes them along


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the story. `call` is "" for what concerns the box."""

    number: int
    at: datetime
    call: str
    room: str
    text: str


class Happenings:
    """Story lines wait for the next transaction, because a commit of their own would cost a flash write each."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._pending: list[tuple[str | None, str | None, str, str]] = []

    def event(self, at: datetime, room: str, text: str, call: str | None) -> None:
        self._pending.append((stamp(at), call, room, text))
        if len(self._pending) >= PENDING:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            self._db.execute("BEGIN IMMEDIATE")
            self.write_pending()
            self._db.execute("COMMIT")

    def write_pending(self) -> None:
        """Inside somebody's transaction."""
        if not self._pending:
            return
        self._db.executemany("INSERT INTO event (at, call, room, text) VALUES (?, ?, ?, ?)", self._pending)
        self._pending.clear()
        self._db.execute("DELETE FROM event WHERE id <= (SELECT MAX(id) FROM event) - ?", (KEEP_EVENTS,))

    def events(self, *, call: str | None = None, after: int = 0, limit: int = 1000) -> list[Happening]:
        """The newest `limit` after that number, oldest first."""
        self.flush()
        where = "WHERE id > ? AND (? IS NULL OR call = ?)"
        sql = f"SELECT id, at, call, room, text FROM event {where} ORDER BY id DESC LIMIT ?"
        rows = self._db.execute(sql, (after, call, call, limit)).fetchall()
        return [Happening(n, datetime.fromisoformat(at), of or "", room, text) for n, at, of, room, text in rows[::-1]]

    def note_trigger(self, at: datetime, caller: str, line: str, outcome: str) -> None:
        """`outcome`: accepted, or why not. A day is kept: that is as far back as the brakes look."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO trigger_seen VALUES (?, ?, ?, ?)", (stamp(at), caller, line, outcome))
        self._db.execute("DELETE FROM trigger_seen WHERE at < datetime(?, '-2 days')", (stamp(at),))
        self.write_pending()
        self._db.execute("COMMIT")

    def accepted_since(self, since: datetime) -> list[tuple[datetime, str]]:
        """Time and caller of every accepted request since then."""
        sql = "SELECT at, caller FROM trigger_seen WHERE at >= ? AND outcome = 'accepted' ORDER BY at"
        return [(datetime.fromisoformat(at), caller) for at, caller in self._db.execute(sql, (stamp(since),))]

    def lockout(self, caller: str) -> Lockout:
        row = self._db.execute("SELECT failures, until FROM lockout WHERE caller = ?", (caller,)).fetchone()
        return Lockout(row[0], when(row[1])) if row else Lockout()

    def put_lockout(self, caller: str, state: Lockout) -> None:
        self._db.execute(
            "INSERT INTO lockout VALUES (?, ?, ?) ON CONFLICT (caller) DO UPDATE SET failures = excluded.failures, "
            "until = excluded.until", (caller, state.failures, stamp(state.until)))
