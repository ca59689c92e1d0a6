"""Who is logged in to the page: one row per session, known by the hash of its cookie only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.store.rows import stamp
from appliance.store.transactions import Transactions

IDLE = timedelta(hours=8)  # an office day
LONGEST = timedelta(days=30)  # for a phone that has the page installed; OWASP ASVS 3.3.2 says 30 days
TOUCH = timedelta(minutes=5)  # a visit within this time is not written again: a flash write less


@dataclass(frozen=True, slots=True)
class Visit:
    """`who` is a visitor's name, or an account's for the role "user"."""

    digest: str
    who: str
    role: str
    opened: datetime
    seen: datetime
    address: str


class Visits:
    """Sessions of the page."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def open(self, visit: Visit) -> None:
        """Keeps it, and forgets those that are over."""
        with self._work.together() as db:
            db.execute("DELETE FROM visit WHERE seen < ? OR opened < ?",
                       (stamp(visit.opened - LONGEST), stamp(visit.opened - LONGEST)))
            db.execute("INSERT INTO visit (digest, who, role, opened, seen, address) VALUES (?, ?, ?, ?, ?, ?)",
                       (visit.digest, visit.who, visit.role, stamp(visit.opened), stamp(visit.seen), visit.address))

    def find(self, digest: str, now: datetime) -> Visit | None:
        """The session, unless it is over: unused for too long, or too old. A clock that was put back ends it, too."""
        rows = self._work.read("SELECT digest, who, role, opened, seen, address FROM visit WHERE digest = ?", (digest,))
        if not rows:
            return None
        _, who, role, opened, seen, address = rows[0]
        found = Visit(digest, who, role, datetime.fromisoformat(opened), datetime.fromisoformat(seen), address)
        idle = LONGEST if found.role == "user" else IDLE  # a phone with the page installed stays logged in
        if not -TOUCH <= now - found.seen < idle or not -TOUCH <= now - found.opened < LONGEST:
            self.close(digest)
            return None
        if now - found.seen >= TOUCH:
            with self._work.together() as db:
                db.execute("UPDATE visit SET seen = ? WHERE digest = ?", (stamp(now), digest))
        return found

    def close(self, digest: str) -> None:
        with self._work.together() as db:
            db.execute("DELETE FROM visit WHERE digest = ?", (digest,))

    def close_everybodys(self) -> None:
        """After a restore: the sessions of a backup are those of another day, some of them closed since."""
        with self._work.together() as db:
            db.execute("DELETE FROM visit")

    def close_all(self, who: str, role: str | None = None, but: str = "") -> None:
        """Logs somebody out everywhere, but from the session `but`."""
        with self._work.together() as db:
            db.execute("DELETE FROM visit WHERE who = ? AND (? IS NULL OR role = ?) AND digest <> ?",
                       (who, role, role, but))
