"""Numbers that subscribers want to have as theirs: asked for, proved, decided by an admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from appliance.store.rows import stamp
from appliance.store.transactions import Transactions

KEEP = 500  # that are decided; the oldest go
COLUMNS = "id, at, account, number, proof, state, decided, who"


class Fate(StrEnum):
    """What became of a wish."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Registration:
    """`number` in E.164; `proof`: how it was shown that the number is this person's, "" until then; `who` decided."""

    id: int
    at: datetime
    account: str
    number: str
    proof: str
    state: Fate
    decided: datetime | None
    who: str


class Registrations:
    """One at a time may be open for each account."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def ask(self, at: datetime, account: str, number: str) -> int:
        """In the place of what the account asked for before, and nobody decided yet."""
        with self._work.together() as db:
            db.execute("DELETE FROM registration WHERE account = ? AND state = 'asked'", (account,))
            db.execute("INSERT INTO registration (at, account, number, proof, state, who) VALUES "
                       "(?, ?, ?, '', 'asked', '')", (stamp(at), account, number))
            id_ = db.lastrowid or 0
            db.execute("DELETE FROM registration WHERE id <= ? AND state <> 'asked'", (id_ - KEEP,))
        return id_

    def prove(self, number: str, proof: str, account: str | None = None) -> list[Registration]:
        """Those open for this number, of one account or all, are proved now."""
        with self._work.together() as db:
            rows = db.execute("UPDATE registration SET proof = ? WHERE number = ? AND state = 'asked' AND proof = '' "
                              f"AND (? IS NULL OR account = ?) RETURNING {COLUMNS}",
                              (proof, number, account, account)).fetchall()
        return [_row(row) for row in rows]

    def decide(self, id_: int, state: Fate, at: datetime, who: str) -> None:
        """ASKED takes a decision back."""
        with self._work.together() as db:
            db.execute("UPDATE registration SET state = ?, decided = ?, who = ? WHERE id = ?",
                       (state.value, None if state is Fate.ASKED else stamp(at), who, id_))

    def withdraw(self, account: str) -> None:
        with self._work.together() as db:
            db.execute("DELETE FROM registration WHERE account = ? AND state = 'asked'", (account,))

    def find(self, id_: int) -> Registration | None:
        return next(iter(self._select("WHERE id = ?", id_)), None)

    def open_for(self, number: str) -> bool:
        return bool(self._work.read("SELECT 1 FROM registration WHERE number = ? AND state = 'asked'", (number,)))

    def of(self, account: str) -> Registration | None:
        """The newest."""
        return next(iter(self._select("WHERE account = ? ORDER BY id DESC LIMIT 1", account)), None)

    def listing(self, since: datetime) -> list[Registration]:
        """What is open, and what was decided since then; the newest first."""
        return self._select("WHERE state = 'asked' OR decided > ? ORDER BY id DESC LIMIT 200", stamp(since))

    def _select(self, tail: str, *values: object) -> list[Registration]:
        return [_row(row) for row in self._work.read(f"SELECT {COLUMNS} FROM registration {tail}", values)]


def _row(row: tuple[object, ...]) -> Registration:
    id_, at, account, number, proof, state, decided, who = row
    return Registration(int(str(id_)), datetime.fromisoformat(str(at)), str(account), str(number), str(proof),
                        Fate(str(state)), datetime.fromisoformat(str(decided)) if decided else None, str(who))
