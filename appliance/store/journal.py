"""The journal: records, money, holds. Every change is one durable transaction (WAL, synchronous FULL)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Cursor
from typing import Any

from appliance.ledger.mending import mend
from appliance.ledger.record import Record
from appliance.store.alerts import Alerts
from appliance.store.atomic import StoreError, sync_folder
from appliance.store.audit import Audit
from appliance.store.forgetting import Forgetting
from appliance.store.happenings import Happenings
from appliance.store.history import History
from appliance.store.inbox import Inbox
from appliance.store.outbox import Outbox
from appliance.store.registrations import Registrations
from appliance.store.rows import COLUMNS, from_row, readable, stamp, to_row
from appliance.store.schema import connect
from appliance.store.tokens import Tokens
from appliance.store.transactions import Transactions
from appliance.store.visits import Visits
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money

AHEAD = timedelta(days=2)  # a day has at most 25 hours, and a clock without a battery is put right in small steps


class Journal:
    """One connection, one owner. A balance is the sum of an account's entries and stands nowhere else."""

    def __init__(self, path: Path, currency: str) -> None:
        self._db = connect(path)
        self._path, self._currency = path, currency
        self._work = Transactions(self._db, path)
        self.happenings = Happenings(self._work)
        self.inbox, self.outbox = Inbox(self._work), Outbox(self._work)
        self.visits, self.history, self.audit = Visits(self._work), History(self._work), Audit(self._work)
        self.tokens, self.alerts = Tokens(self._work), Alerts(self._work)
        self.registrations = Registrations(self._work)
        self.forgetting = Forgetting(self._work)

    def close(self) -> None:
        try:
            self.happenings.flush()
        finally:
            self._db.close()

    def together(self) -> AbstractContextManager[Cursor]:
        """Everything changed inside is one commit, durable when the block has ended: one flash write a turn instead of
        one a change. An exception undoes all of it. Never across an await, and nothing dials inside: a dial command
        is a `when_durable`."""
        return self._work.together()

    def when_durable(self, deed: Callable[[], None]) -> None:
        """Does the deed now, or, inside `together`, after its commit, in the order given; not at all if it fails."""
        self._work.when_durable(deed)

    # Records

    def next_call(self) -> str:
        """A fresh call id; never given twice, also after a power cut, because the record that uses it is durable."""
        with self._work.together() as db:
            db.execute("UPDATE counter SET value = value + 1 WHERE name = 'call'")
            return str(db.execute("SELECT value FROM counter WHERE name = 'call'").fetchone()[0])

    def open_record(self, record: Record) -> None:
        """Durable when this returns (inside `together`: when that ends): the dial command may leave the box."""
        with self._work.together() as db:
            db.execute(f"INSERT INTO record ({COLUMNS}) VALUES ({', '.join('?' * 19)})", to_row(record))

    def answer_record(self, leg: str, at: datetime) -> None:
        with self._work.together() as db:
            db.execute("UPDATE record SET answered = ?, heartbeat = ? WHERE leg = ? AND ended IS NULL",
                       (stamp(at), stamp(at), leg))

    def heartbeat(self, leg: str, at: datetime, talk_s: float) -> None:
        """Proves that the leg was up until `at`: what mending charges to."""
        with self._work.together() as db:
            db.execute("UPDATE record SET heartbeat = ?, talk_s = ? WHERE leg = ? AND ended IS NULL",
                       (stamp(at), talk_s, leg))

    def advise(self, leg: str, advice: str) -> None:
        """The network's own count, beside our price."""
        with self._work.together() as db:
            db.execute("UPDATE record SET advice = ? WHERE leg = ?", (readable(advice)[:80], leg))

    def close_record(
        self, leg: str, ended: datetime, cause: Cause, talk_s: float, price: Money | None, note: str = "",
        bundle_s: int = 0,
    ) -> None:
        """Closes and charges in one transaction. A closed record stays as it is: never charged twice. `bundle_s`:
        what it took of its bundle; what it had reserved beyond that is free again."""
        with self._work.together() as db:
            record = self._one(leg)
            if record is not None and record.ended is None:
                self._close(db, replace(record.took(bundle_s), ended=ended, cause=cause, talk_s=talk_s, price=price,
                                        note="; ".join(filter(None, (record.note, note)))))

    def _close(self, db: Cursor, record: Record) -> None:
        row = to_row(record)
        db.execute("UPDATE record SET ended = ?, talk_s = ?, cause = ?, price = ?, note = ?, mended = ?, bundle_s = ? "
                   "WHERE leg = ?", (*row[10:16], record.bundle_s, record.leg))
        if record.price is not None and record.price.micros:
            db.execute("INSERT INTO entry (at, account, amount, note, leg) VALUES (?, ?, ?, ?, ?)",
                       (row[10], record.account, -record.price.micros, f"leg {record.leg}", record.leg))

    def reserve(self, leg: str, bundle_s: int) -> None:
        """What an open leg may take of its bundle in all."""
        with self._work.together() as db:
            db.execute("UPDATE record SET bundle_s = ? WHERE leg = ? AND ended IS NULL", (bundle_s, leg))

    def bundle_taken(self, bundle: str, since: datetime, until: datetime, but: str = "") -> int:
        """Seconds of a bundle that legs dialled in that time took, or have reserved; without the leg `but`."""
        rows = self._work.read("SELECT SUM(bundle_s) FROM record INDEXED BY record_bundle WHERE bundle = ? AND "
                               "bundle <> '' AND opened >= ? AND opened < ?", (bundle, stamp(since), stamp(until)))
        own = self._work.read("SELECT bundle_s FROM record WHERE leg = ? AND bundle = ? AND opened >= ? AND opened < ?",
                              (but, bundle, stamp(since), stamp(until))) if but else []
        return int(rows[0][0] or 0) - sum(int(row[0]) for row in own)

    def mend_all(self, now: datetime) -> list[Record]:
        """At start: closes what was left open, releases every hold. Returns the mended records."""
        with self._work.together() as db:
            mended = [mend(record, now) for record in self.open_records()]
            for record in mended:
                self._close(db, record)
            db.execute("DELETE FROM hold")
        return mended

    def records(
        self, *, account: str | None = None, call: str | None = None, line: str | None = None, limit: int = 200
    ) -> list[Record]:
        """The newest first, narrowed by what is given."""
        wanted = {"account": account, "call": call, "line": line}
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given)
        tail = f"{'WHERE ' + where if where else ''} ORDER BY opened DESC, rowid DESC LIMIT ?"
        return self._select(tail, (*given.values(), limit))

    def records_of(self, calls: Sequence[str]) -> list[Record]:
        """Every leg of these calls."""
        marks = ", ".join("?" * len(calls))
        return self._select(f"WHERE call IN ({marks}) ORDER BY opened, rowid", tuple(calls)) if calls else []

    def open_records(self) -> list[Record]:
        return self._select("WHERE ended IS NULL ORDER BY rowid")

    def last_number(self, account: str) -> str | None:
        """The last number the account called: redial. By the order of writing, since a clock may have been put back."""
        found = self._select("WHERE account = ? AND side = 'b' ORDER BY rowid DESC LIMIT 1", (account,))
        return found[0].number if found else None

    def _one(self, leg: str) -> Record | None:
        return next(iter(self._select("WHERE leg = ?", (leg,))), None)

    def _select(self, tail: str, values: tuple[Any, ...] = ()) -> list[Record]:
        rows = self._work.read(f"SELECT {COLUMNS} FROM record {tail}", values)
        return [from_row(row, self._currency) for row in rows]

    # Money

    def balance(self, account: str) -> Money:
        return self._sum("SELECT SUM(amount) FROM entry WHERE account = ?", account)

    def credit(self, account: str, amount: Money, note: str, at: datetime) -> None:
        with self._work.together() as db:
            db.execute("INSERT INTO entry (at, account, amount, note) VALUES (?, ?, ?, ?)",
                       (stamp(at), account, amount.micros, readable(note)))

    def payments(self, account: str, limit: int) -> list[tuple[datetime, Money, str]]:
        """The newest entries that no call made: when, how much, and the note."""
        rows = self._work.read("SELECT at, amount, note FROM entry WHERE account = ? AND leg IS NULL "
                               "ORDER BY id DESC LIMIT ?", (account, limit))
        return [(datetime.fromisoformat(at), Money(micros, self._currency), note) for at, micros, note in rows]

    def spent(self, account: str, since: datetime) -> Money:
        """What calls cost the account since then, as a positive amount. What is dated far beyond the day that began
        then was noted by a clock that ran ahead, and would block the account until that date."""
        return self._sum("SELECT -SUM(amount) FROM entry WHERE account = ? AND at >= ? AND at < ? AND leg IS NOT NULL",
                         account, stamp(since), stamp(since + AHEAD))

    def hold(self, call: str, account: str, amount: Money, available: Money | None) -> bool:
        """Reserves `amount` for the call, replacing what it held. Granted when it fits into `available` beside the
        other holds of the account; None grants always. One transaction: two calls never hold the same euro."""
        with self._work.together() as db:
            if available is not None and amount.micros > available.micros - self._others(account, call):
                return False
            db.execute("INSERT INTO hold (call, account, amount) VALUES (?, ?, ?) "
                       "ON CONFLICT (call) DO UPDATE SET amount = excluded.amount", (call, account, amount.micros))
            return True

    def held_by_others(self, account: str, call: str) -> Money:
        return Money(self._others(account, call), self._currency)

    def held(self, account: str) -> Money:
        return self._sum("SELECT SUM(amount) FROM hold WHERE account = ?", account)

    def release(self, call: str) -> None:
        with self._work.together() as db:
            db.execute("DELETE FROM hold WHERE call = ?", (call,))

    def _others(self, account: str, call: str) -> int:
        return self._sum("SELECT SUM(amount) FROM hold WHERE account = ? AND call <> ?", account, call).micros

    def _sum(self, sql: str, *values: Any) -> Money:
        return Money(int(self._work.read(sql, values)[0][0] or 0), self._currency)

    def backup(self, path: Path) -> None:
        """A consistent copy while calls run; it replaces an older one only when it is whole. Not inside `together`."""
        aside = path.with_suffix(path.suffix + ".tmp")
        self.happenings.flush()
        try:
            aside.unlink(missing_ok=True)
            self._work.read("VACUUM INTO ?", (str(aside),))
            with open(aside, "rb") as file:
                os.fsync(file.fileno())
            os.replace(aside, path)
            sync_folder(path.parent)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}; write the backup elsewhere") from error
