"""What happened besides money: the story of calls, triggers seen, lock-outs."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.accounts.lockout import Lockout
from appliance.store.atomic import StoreError
from appliance.store.rows import readable, stamp, when
from appliance.store.transactions import Transactions

KEEP_EVENTS = 100_000  # rows; about 12 MB
PENDING = 50  # lines of story kept in memory until a commit takes them along
KEEP_TRIGGERS = timedelta(days=2)  # the brakes look back one
ADD_EVENT = "INSERT INTO event (at, call, room, text) VALUES (?, ?, ?, ?)"
TRIM_EVENTS = "DELETE FROM event WHERE id <= (SELECT MAX(id) FROM event) - ?"


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

    def __init__(self, work: Transactions) -> None:
        self._work = work
        self._untrimmed = 0
        self.outcomes: Counter[str] = Counter()  # of requests since the gateway started

    def event(self, at: datetime, room: str, text: str, call: str | None) -> None:
        """Never fails: a full disk must not end the call that tells its story."""
        waiting = self._work.ride_along(ADD_EVENT, (stamp(at), call, room, readable(text)))
        self._untrimmed += 1
        if self._untrimmed >= PENDING:
            self._untrimmed = 0
            self._work.ride_along(TRIM_EVENTS, (KEEP_EVENTS,))
        if waiting >= PENDING:
            with suppress(StoreError):
                self.flush()

    def flush(self) -> None:
        """Takes the waiting lines along."""
        self._work.flush()

    def events(self, *, call: str | None = None, after: int = 0, limit: int = 1000) -> list[Happening]:
        """The newest `limit` after that number, oldest first."""
        self.flush()
        where = "WHERE id > ? AND (? IS NULL OR call = ?)"
        sql = f"SELECT id, at, call, room, text FROM event {where} ORDER BY id DESC LIMIT ?"
        rows = self._work.read(sql, (after, call, call, limit))
        return [Happening(n, datetime.fromisoformat(at), of or "", room, text) for n, at, of, room, text in rows[::-1]]

    def last(self, room: str, beginning: str) -> str:
        """The newest line of a room that begins so; "" when there is none."""
        self.flush()
        sql = "SELECT text FROM event WHERE room = ? AND substr(text, 1, ?) = ? ORDER BY id DESC LIMIT 1"
        rows = self._work.read(sql, (room, len(beginning), beginning))
        return str(rows[0][0]) if rows else ""

    def note_trigger(self, at: datetime, caller: str, line: str, outcome: str) -> None:
        """`outcome`: accepted, or why not. Forgets what is too old to matter, or noted by a clock that ran ahead."""
        self.outcomes[outcome] += 1
        with self._work.together() as db:
            db.execute("INSERT INTO trigger_seen (at, caller, line, outcome) VALUES (?, ?, ?, ?)",
                       (stamp(at), caller, line, outcome))
            db.execute("DELETE FROM trigger_seen WHERE at < ? OR at > ?",
                       (stamp(at - KEEP_TRIGGERS), stamp(at + KEEP_TRIGGERS)))

    def accepted_since(self, since: datetime) -> list[tuple[datetime, str]]:
        """Time and caller of every accepted request since then."""
        sql = "SELECT at, caller FROM trigger_seen WHERE at >= ? AND outcome = 'accepted' ORDER BY at"
        return [(datetime.fromisoformat(at), caller) for at, caller in self._work.read(sql, (stamp(since),))]

    def lockout(self, caller: str) -> Lockout:
        rows = self._work.read("SELECT failures, until FROM lockout WHERE caller = ?", (caller,))
        return Lockout(rows[0][0], when(rows[0][1])) if rows else Lockout()

    def put_lockout(self, caller: str, state: Lockout) -> None:
        """Durable before anybody hears whether the PIN was right: power off does not give three more tries."""
        with self._work.together() as db:
            db.execute(
                "INSERT INTO lockout (caller, failures, until) VALUES (?, ?, ?) ON CONFLICT (caller) DO UPDATE SET "
                "failures = excluded.failures, until = excluded.until", (caller, state.failures, stamp(state.until)))
