"""Tokens of programs that use the API: one row each, known by the hash of the token only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.store.rows import stamp
from appliance.store.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Token:
    """`account` is whose it is, "" for the whole box; `scopes` are words."""

    digest: str
    name: str
    account: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime


class Tokens:
    """What was given out and holds."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def add(self, token: Token) -> None:
        """Keeps it, and forgets those that are over."""
        with self._work.together() as db:
            db.execute("DELETE FROM token WHERE expires < ?", (stamp(token.created),))
            db.execute("INSERT INTO token (digest, name, account, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
                       (token.digest, token.name, token.account, " ".join(token.scopes), stamp(token.created),
                        stamp(token.expires)))

    def listing(self) -> list[tuple[int, Token]]:
        """Each with its number, the newest first."""
        rows = self._work.read("SELECT id, digest, name, account, scopes, created, expires FROM token "
                               "ORDER BY id DESC", ())
        return [(number, _token(row)) for number, *row in rows]

    def find(self, digest: str, now: datetime) -> Token | None:
        """The token, unless its time is over; a clock that was put back before it was made ends it, too."""
        rows = self._work.read("SELECT digest, name, account, scopes, created, expires FROM token WHERE digest = ?",
                               (digest,))
        found = _token(rows[0]) if rows else None
        return found if found and found.created.replace(microsecond=0) <= now < found.expires else None

    def remove(self, number: int) -> str:
        """Its name; "" when there is no such token."""
        with self._work.together() as db:
            row = db.execute("DELETE FROM token WHERE id = ? RETURNING name", (number,)).fetchone()
        return str(row[0]) if row else ""


def _token(row: Sequence[str]) -> Token:
    digest, name, account, scopes, created, expires = row
    return Token(digest, name, account, tuple(scopes.split()), datetime.fromisoformat(created),
                 datetime.fromisoformat(expires))
