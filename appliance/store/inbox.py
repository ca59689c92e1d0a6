"""Messages that came. Durable before the modem forgets them; the same message, told twice, is kept once."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from sqlite3 import Cursor
from typing import Any

from appliance.messages.message import Arrived, Part, Place, Received
from appliance.messages.parts import GIVE_UP, LATE, joined
from appliance.store.rows import readable, stamp, when
from appliance.store.transactions import Transactions
from appliance.vocabulary.text import mended

KEEP = 10_000  # messages; the oldest go
COLUMNS = "id, at, line, sender, account, sent, text, place, why"


class Inbox:
    """Of the whole box; each message knows its line."""

    def __init__(self, work: Transactions) -> None:
        self._work = work

    def take(self, message: Arrived, now: datetime) -> Received | None:
        """Durable when this returns (inside `together`: when that ends). None: it was known already. A part makes its
        message, or joins the others."""
        with self._work.together() as db:
            if message.part and not message.fault:
                return self._part(db, message, message.part, now)
            if self._known(db, message, now):
                return None
            place = Place.UNREADABLE if message.fault else Place.INBOX
            return self._add(db, message, now, place, message.raw if message.fault else mended(message.text))

    def put(self, id_: int, place: Place, why: str) -> None:
        """What was made of a message."""
        with self._work.together() as db:
            db.execute("UPDATE inbox SET place = ?, why = ? WHERE id = ?", (place.value, readable(why), id_))

    def give_up(self, now: datetime) -> list[Received]:
        """Long messages whose missing parts did not come in time: shown as they are from now on."""
        late = self._select("WHERE place = 'waiting' AND seen <= ?", stamp(now - GIVE_UP))
        for message in late:
            self.put(message.id, Place.INCOMPLETE, "")
        return late

    def waiting(self) -> bool:
        return bool(self._select("WHERE place = 'waiting' LIMIT 1"))

    def listing(self, *, commands: bool = False, limit: int = 50) -> list[Received]:
        """The newest first."""
        where = "" if commands else "WHERE place <> 'command'"
        return self._select(f"{where} ORDER BY id DESC LIMIT ?", limit)

    def _known(self, db: Cursor, message: Arrived, now: datetime) -> bool:
        """By the network's time stamp a message is the same for ever. One without is the same while the modem goes on
        telling it: the same words tomorrow are another wish."""
        digest = _digest(message)
        row = db.execute("SELECT id, sent, seen FROM inbox WHERE digest = ? ORDER BY id DESC LIMIT 1",
                         (digest,)).fetchone()
        if row is None or (row[1] is None and row[2] <= (stamp(now - GIVE_UP) or "")):
            return False
        db.execute("UPDATE inbox SET seen = ? WHERE id = ?", (stamp(now), row[0]))
        return True

    def _add(self, db: Cursor, message: Arrived, now: datetime, place: Place, text: str) -> Received:
        part = message.part
        db.execute(
            f"INSERT INTO inbox ({COLUMNS}, digest, seen, reference, total) "
            "VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (stamp(now), message.line, readable(message.sender), message.account, stamp(message.sent), readable(text),
             place.value, readable(message.fault), "" if part else _digest(message), stamp(now),
             part.reference if part else None, part.total if part else 1))
        new = self._one(db.lastrowid or 0)
        db.execute("DELETE FROM inbox_part WHERE message <= ?", (new.id - KEEP,))
        db.execute("DELETE FROM inbox WHERE id <= ?", (new.id - KEEP,))
        return new

    # Parts

    def _part(self, db: Cursor, message: Arrived, part: Part, now: datetime) -> Received | None:
        found = db.execute(
            "SELECT id FROM inbox WHERE sender = ? AND line = ? AND reference = ? AND total = ? AND seen > ? "
            "ORDER BY id DESC LIMIT 1",
            (readable(message.sender), message.line, part.reference, part.total, stamp(now - LATE))).fetchone()
        there = self._parts(found[0]) if found else {}
        if found and there.get(part.number) == message.text:
            return None
        if found and part.number not in there:
            id_ = int(found[0])
        else:  # the first part, or the reference stands for another message by now
            id_, there = self._add(db, message, now, Place.WAITING, "").id, {}
        there[part.number] = message.text
        db.execute("INSERT INTO inbox_part (message, number, text) VALUES (?, ?, ?)",
                   (id_, part.number, message.text.encode("utf-16-le", "surrogatepass")))
        whole = len(there) == part.total
        place = Place.INBOX if whole else Place.WAITING
        db.execute("UPDATE inbox SET text = ?, place = ?, seen = ? WHERE id = ?",
                   (readable(joined(there, part.total)), place.value, stamp(now), id_))
        return self._one(id_)

    def _parts(self, id_: int) -> dict[int, str]:
        rows = self._work.read("SELECT number, text FROM inbox_part WHERE message = ?", (id_,))
        return {number: bytes(text).decode("utf-16-le", "surrogatepass") for number, text in rows}

    # Rows

    def _one(self, id_: int) -> Received:
        return self._select("WHERE id = ?", id_)[0]

    def _select(self, tail: str, *values: Any) -> list[Received]:
        rows = self._work.read(f"SELECT {COLUMNS} FROM inbox {tail}", values)
        return [_received(row) for row in rows]


def _received(row: tuple[Any, ...]) -> Received:
    at = when(row[1])
    assert at is not None
    return Received(row[0], at, row[2], row[3], row[4], when(row[5]), row[6], Place(row[7]), row[8])


def _digest(message: Arrived) -> str:
    """Of what makes a message the same: another centre may deliver it again, with other octets around it."""
    said = repr((message.sender, stamp(message.sent), message.text)) if message.sent else message.raw
    return sha256(said.encode("utf-8", "backslashreplace")).hexdigest()
