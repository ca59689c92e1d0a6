"""Transactions on the journal: each change one durable commit, or all changes of a turn together in one."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Cursor
from typing import Any

from appliance.store.atomic import StoreError

WHOLE = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
PART = ("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part")
RIDERS = 2000  # story lines kept in memory while the disk refuses them; then the oldest go
REMEDIES = {
    sqlite3.SQLITE_FULL: "make room on the card",
    sqlite3.SQLITE_BUSY: "close the other program that has it open",
    sqlite3.SQLITE_READONLY: "give it to the user that runs the gateway (chown)",
    sqlite3.SQLITE_IOERR: "make room on the card; if there is room, the card is failing",
}


def trouble(path: Path, error: sqlite3.Error, done: str = "used") -> StoreError:
    """What SQLite says, and what to do about it. Restoring is for all that is not listed: damage."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code, without its extension
    remedy = REMEDIES.get(code, "stop the gateway, move the file away, and put a backup in its place")
    return StoreError(f"{path} cannot be {done}: {error}; {remedy}")


class Transactions:
    """One connection. A transaction inside another one is a part of it: durable with the outer one's end."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db, self._path = db, path
        self._depth = 0
        self._due = False  # the story is to be written even if nothing else is
        self._deeds: list[Callable[[], None]] = []
        self._riders: deque[tuple[str, tuple[Any, ...]]] = deque(maxlen=RIDERS)

    @contextmanager
    def together(self) -> Iterator[Cursor]:
        """Commits at the end, rolls back on an exception. StoreError when the disk or the file refuses."""
        outermost = not self._depth
        begin, keep, undo = WHOLE if outermost else PART
        deeds, changes, cursor = len(self._deeds), self._db.total_changes, self._begun(begin)
        self._depth += 1
        try:
            yield cursor
            self._still_whole()
            boarded = self._board(cursor) if outermost and (self._due or self._db.total_changes > changes) else 0
            cursor.execute(keep)
        except BaseException as error:
            self._undo(cursor, undo)
            del self._deeds[deeds:]
            if isinstance(error, sqlite3.Error):
                raise trouble(self._path, error) from error
            raise
        finally:
            self._depth -= 1
        if outermost:
            self._durable(boarded)

    def _begun(self, begin: str) -> Cursor:
        if self._depth:
            self._still_whole()
        try:
            return self._db.execute(begin)
        except sqlite3.Error as error:
            raise trouble(self._path, error) from error

    def _still_whole(self) -> None:
        """After some errors, as a full disk's, SQLite gives the whole transaction up: swallowing one saves nothing."""
        if not self._db.in_transaction:
            raise StoreError(f"{self._path}: nothing of this turn is kept, because a part of it failed")

    def _undo(self, cursor: Cursor, undo: str) -> None:
        if self._db.in_transaction:
            cursor.execute(undo)
            if undo != "ROLLBACK":
                cursor.execute("RELEASE part")

    def _board(self, cursor: Cursor) -> int:
        for sql, values in self._riders:
            cursor.execute(sql, values)
        return len(self._riders)

    def _durable(self, boarded: int) -> None:
        for _ in range(boarded):
            self._riders.popleft()
        self._due = self._due and not boarded
        deeds, self._deeds = self._deeds, []
        for deed in deeds:
            deed()

    def when_durable(self, deed: Callable[[], None]) -> None:
        """Does it now, or when what runs together is committed; never if that is rolled back. Order is kept."""
        if self._depth:
            self._deeds.append(deed)
        else:
            deed()

    def ride_along(self, sql: str, values: tuple[Any, ...] = ()) -> int:
        """Written with the next commit that changes anything, since it is not worth one of its own. Returns how many
        wait."""
        self._riders.append((sql, values))
        return len(self._riders)

    def flush(self) -> None:
        """Writes what waits, now; inside `together`, at its end."""
        if self._riders:
            self._due = True
            with self.together():
                pass

    def read(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        """All rows. Sees what is not committed yet."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise trouble(self._path, error) from error
