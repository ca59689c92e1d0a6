"""The journal: records, money, holds. Every change is one durable transaction (WAL, synchronous FULL)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from sqlite3 import Cursor
from typing import Any

from appliance.ledger.mending import mend
from appliance.ledger.record import Record
from appliance.store.happenings import Happenings
from appliance.store.rows import COLUMNS, from_row, stamp, to_row
from appliance.store.schema import connect
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money


class Journal:
    """One connection, one owner. A balance is the sum of an account's entries and stands nowhere else."""

    def __init__(self, path: Path, currency: str) -> None:
        self._db = connect(path)
        self._currency = currency
        self.happenings = Happenings(self._db)

    def close(self) -> None:
        self.happenings.flush()
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[Cursor]:
        cursor = self._db.execute("BEGIN IMMEDIATE")
        try:
            self.happenings.write_pending()
            yield cursor
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    # Records

    def next_call(self) -> str:
        """A fresh call id; never given twice, also after a power cut, because the record that uses it is durable."""
        with self._transaction() as db:
            db.execute("UPDATE counter SET value = value + 1 WHERE name = 'call'")
            return str(db.execute("SELECT value FROM counter WHERE name = 'call'").fetchone()[0])

    def open_record(self, record: Record) -> None:
        """Durable when this returns: the dial command may leave the box."""
        with self._transaction() as db:
            db.execute(f"INSERT INTO record ({COLUMNS}) VALUES ({', '.join('?' * 16)})", to_row(record))

    def answer_record(self, leg: str, at: datetime) -> None:
        with self._transaction() as db:
            db.execute("UPDATE record SET answered = ?, heartbeat = ? WHERE leg = ? AND ended IS NULL",
                       (stamp(at), stamp(at), leg))

    def heartbeat(self, leg: str, at: datetime, talk_s: float) -> None:
        """Proves that the leg was up until `at`: what mending charges to."""
        with self._transaction() as db:
            db.execute("UPDATE record SET heartbeat = ?, talk_s = ? WHERE leg = ? AND ended IS NULL",
                       (stamp(at), talk_s, leg))

    def close_record(
        self, leg: str, ended: datetime, cause: Cause, talk_s: float, price: Money | None, note: str = ""
    ) -> None:
        """Closes and charges in one transaction. A closed record stays as it is: never charged twice."""
        with self._transaction() as db:
            record = self._one(db, leg)
            if record is not None and record.ended is None:
                self._close(db, replace(record, ended=ended, cause=cause, talk_s=talk_s, price=price,
                                        note="; ".join(filter(None, (record.note, note)))))

    def _close(self, db: Cursor, record: Record) -> None:
        row = to_row(record)
        db.execute("UPDATE record SET ended = ?, talk_s = ?, cause = ?, price = ?, note = ?, mended = ? WHERE leg = ?",
                   (*row[10:16], record.leg))
        if record.price is not None and record.price.micros:
            db.execute("INSERT INTO entry (at, account, amount, note, leg) VALUES (?, ?, ?, ?, ?)",
                       (row[10], record.account, -record.price.micros, f"leg {record.leg}", record.leg))

    def mend_all(self, now: datetime) -> list[Record]:
        """At start: closes what was left open, releases every hold. Returns the mended records."""
        with self._transaction() as db:
            mended = [mend(record, now) for record in self._select(db, "WHERE ended IS NULL")]
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
        return self._select(self._db.cursor(), tail, (*given.values(), limit))

    def open_records(self) -> list[Record]:
        return self._select(self._db.cursor(), "WHERE ended IS NULL")

    def last_number(self, account: str) -> str | None:
        """The last number the account called: redial."""
        newest = "WHERE account = ? AND side = 'b' ORDER BY opened DESC LIMIT 1"
        found = self._select(self._db.cursor(), newest, (account,))
        return found[0].number if found else None

    def _one(self, db: Cursor, leg: str) -> Record | None:
        return next(iter(self._select(db, "WHERE leg = ?", (leg,))), None)

    def _select(self, db: Cursor, tail: str, values: tuple[Any, ...] = ()) -> list[Record]:
        rows = db.execute(f"SELECT {COLUMNS} FROM record {tail}", values).fetchall()
        return [from_row(row, self._currency) for row in rows]

    # Money

    def balance(self, account: str) -> Money:
        return self._sum("SELECT SUM(amount) FROM entry WHERE account = ?", account)

    def credit(self, account: str, amount: Money, note: str, at: datetime) -> None:
        with self._transaction() as db:
            db.execute("INSERT INTO entry (at, account, amount, note) VALUES (?, ?, ?, ?)",
                       (stamp(at), account, amount.micros, note))

    def spent(self, account: str, since: datetime) -> Money:
        """What calls cost the account since then, as a positive amount."""
        return self._sum("SELECT -SUM(amount) FROM entry WHERE account = ? AND at >= ? AND leg IS NOT NULL", account,
                         stamp(since))

    def hold(self, call: str, account: str, amount: Money, available: Money | None) -> bool:
        """Reserves `amount` for the call, replacing what it held. Granted when it fits into `available` beside the
        other holds of the account; None grants always. One transaction: two calls never hold the same euro."""
        with self._transaction() as db:
            if available is not None and amount.micros > available.micros - self._others(db, account, call):
                return False
            db.execute("INSERT INTO hold VALUES (?, ?, ?) ON CONFLICT (call) DO UPDATE SET amount = excluded.amount",
                       (call, account, amount.micros))
            return True

    def held_by_others(self, account: str, call: str) -> Money:
        return Money(self._others(self._db.cursor(), account, call), self._currency)

    def held(self, account: str) -> Money:
        return self._sum("SELECT SUM(amount) FROM hold WHERE account = ?", account)

    def release(self, call: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM hold WHERE call = ?", (call,))

    @staticmethod
    def _others(db: Cursor, account: str, call: str) -> int:
        sql = "SELECT COALESCE(SUM(amount), 0) FROM hold WHERE account = ? AND call <> ?"
        return int(db.execute(sql, (account, call)).fetchone()[0])

    def _sum(self, sql: str, *values: Any) -> Money:
        return Money(int(self._db.execute(sql, values).fetchone()[0] or 0), self._currency)

    def backup(self, path: Path) -> None:
        """A consistent copy while calls run."""
        self.happenings.flush()
        self._db.execute("VACUUM INTO ?", (str(path),))
