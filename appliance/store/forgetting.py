"""Forgetting a person: money and minutes stay for the sums, whose they were does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from appliance.store.rows import stamp
from appliance.store.transactions import Transactions

KEPT_DIGITS = 6  # of a number, with its plus sign: country and network, as sums by destination need

SLICE = 500  # rows: a transaction of them holds nobody up
OLD = {"event": "at < ?", "inbox": "at < ?", "outbox": "at < ?", "registration": "at < ?",
       "record": f"opened < ? AND ended IS NOT NULL AND length(number) > {KEPT_DIGITS}"}

SHORTEST = 3  # characters of a name that is looked for in texts: a shorter one stands in too many


class Forgetting:
    """One transaction for all of it."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def before(self, limit: datetime, most: int = SLICE) -> bool:
        """What is older loses its story, its messages, and the ends of its numbers; prices, minutes and accounts stay.
        At most `most` rows of a table in one transaction: True when more are left for the next."""
        old, left = stamp(limit), False
        with self._work.together() as db:
            for table, where in OLD.items():
                db.execute(f"SELECT rowid FROM {table} WHERE {where} LIMIT ?", (old, most))
                rows = [(row[0],) for row in db.fetchall()]
                left = left or len(rows) == most
                if table == "inbox":
                    db.executemany("DELETE FROM inbox_part WHERE message = ?", rows)
                if table == "record":
                    db.executemany(f"UPDATE record SET number = substr(number, 1, {KEPT_DIGITS}), note = '' "
                                   "WHERE rowid = ?", rows)
                else:
                    db.executemany(f"DELETE FROM {table} WHERE rowid = ?", rows)
        return left

    def person(self, account: str, numbers: Sequence[str], stand_in: str) -> int:
        """Calls of the account become those of `stand_in`, with the beginnings of numbers only; stories, messages,
        lock-outs, tokens and sessions go. Returns how many calls it were."""
        with self._work.together() as db:
            calls = "SELECT call FROM record WHERE account = ?"
            db.execute("SELECT COUNT(DISTINCT call) FROM record WHERE account = ?", (account,))
            number: int = db.fetchone()[0]
            db.execute(f"DELETE FROM event WHERE call IN ({calls})", (account,))
            db.execute("DELETE FROM inbox_part WHERE message IN (SELECT id FROM inbox WHERE account = ?)", (account,))
            for table in ("inbox", "outbox", "registration"):
                db.execute(f"DELETE FROM {table} WHERE account = ?", (account,))
            for each in numbers:
                db.execute("DELETE FROM event WHERE instr(text, ?)", (each,))
                db.execute("DELETE FROM inbox_part WHERE message IN (SELECT id FROM inbox WHERE sender = ?)", (each,))
                db.execute("DELETE FROM inbox WHERE sender = ?", (each,))
                db.execute("DELETE FROM outbox WHERE number = ?", (each,))
                db.execute("DELETE FROM lockout WHERE caller IN (?, ?)", (each, f"page {each}"))
                db.execute("DELETE FROM trigger_seen WHERE caller = ?", (each,))
                db.execute("DELETE FROM registration WHERE number = ?", (each,))
            if len(account) >= SHORTEST:
                db.execute("DELETE FROM event WHERE instr(text, ?)", (account,))
            for each in (f'"{account}"', *numbers):
                db.execute("UPDATE audit SET what = replace(what, ?, ?)", (each, stand_in))
            db.execute("UPDATE audit SET what = replace(what, ?, ?) WHERE what LIKE 'had % rung back%'",
                       (account, stand_in))
            db.execute("UPDATE audit SET who = ? WHERE who = ?", (stand_in, f'account "{account}"'))
            db.execute("DELETE FROM lockout WHERE caller = ?", (f"page {account}",))
            db.execute("DELETE FROM token WHERE account = ?", (account,))
            db.execute("DELETE FROM visit WHERE who = ? AND role = 'user'", (account,))
            db.execute("UPDATE entry SET account = ?, note = CASE WHEN leg IS NULL THEN '' ELSE note END "
                       "WHERE account = ?", (stand_in, account))
            db.execute("UPDATE record SET account = ?, number = substr(number, 1, ?), note = '' WHERE account = ?",
                       (stand_in, KEPT_DIGITS, account))
        return number
