"""The journal's tables. Money is integer micro-units; times are ISO 8601 UTC text, which sorts as it reads."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from appliance.store.atomic import StoreError
from appliance.store.transactions import trouble

TABLES = """
CREATE TABLE record (
  leg TEXT PRIMARY KEY, call TEXT NOT NULL, side TEXT NOT NULL, account TEXT NOT NULL, line TEXT NOT NULL,
  number TEXT NOT NULL, rate TEXT, opened TEXT NOT NULL, answered TEXT, heartbeat TEXT, ended TEXT,
  talk_s REAL NOT NULL DEFAULT 0, cause INTEGER, price INTEGER, note TEXT NOT NULL DEFAULT '',
  mended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX record_call ON record (call);
CREATE INDEX record_account ON record (account, opened);
CREATE INDEX record_open ON record (leg) WHERE ended IS NULL;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, amount INTEGER NOT NULL, note TEXT NOT NULL,
  leg TEXT UNIQUE REFERENCES record (leg)
) STRICT;
CREATE INDEX entry_account ON entry (account, at);
CREATE TABLE hold (call TEXT PRIMARY KEY, account TEXT NOT NULL, amount INTEGER NOT NULL) STRICT;
CREATE TABLE event (id INTEGER PRIMARY KEY, at TEXT NOT NULL, call TEXT, room TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX event_call ON event (call);
CREATE TABLE trigger_seen (at TEXT NOT NULL, caller TEXT NOT NULL, line TEXT NOT NULL, outcome TEXT NOT NULL) STRICT;
CREATE INDEX trigger_at ON trigger_seen (at);
CREATE TABLE lockout (caller TEXT PRIMARY KEY, failures INTEGER NOT NULL, until TEXT) STRICT;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES ('call', 0);
"""
MESSAGES = """
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, line TEXT NOT NULL, sender TEXT NOT NULL, account TEXT NOT NULL, sent TEXT,
  text TEXT NOT NULL, place TEXT NOT NULL, why TEXT NOT NULL, digest TEXT NOT NULL, seen TEXT NOT NULL,
  reference INTEGER, total INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_digest ON inbox (digest);
CREATE INDEX inbox_waiting ON inbox (seen) WHERE place = 'waiting';
CREATE TABLE inbox_part (
  message INTEGER NOT NULL REFERENCES inbox (id), number INTEGER NOT NULL, text BLOB NOT NULL,
  PRIMARY KEY (message, number)
) STRICT;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, number TEXT NOT NULL, text TEXT NOT NULL,
  line TEXT NOT NULL, purpose TEXT NOT NULL, fate TEXT NOT NULL, why TEXT NOT NULL, call TEXT NOT NULL,
  refs TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_at ON outbox (at);
"""
VISITS = """
CREATE TABLE visit (
  digest TEXT PRIMARY KEY, who TEXT NOT NULL, role TEXT NOT NULL, opened TEXT NOT NULL, seen TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX visit_who ON visit (who);
"""
ADVICE = "ALTER TABLE record ADD COLUMN advice TEXT NOT NULL DEFAULT '';\n"
BY_TIME = "CREATE INDEX record_opened ON record (opened);\n"
AUDIT = "CREATE TABLE audit (id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL) STRICT;\n"
SEARCHED = """
CREATE INDEX record_number ON record (number);
CREATE INDEX record_line ON record (line, opened);
CREATE INDEX record_cause ON record (cause, opened);
CREATE INDEX entry_sum ON entry (account, amount);
"""
PAID = "CREATE INDEX entry_paid ON entry (account, id) WHERE leg IS NULL;\n"
TOKENS = """
CREATE TABLE token (
  id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, account TEXT NOT NULL, scopes TEXT NOT NULL,
  created TEXT NOT NULL, expires TEXT NOT NULL
) STRICT;
"""
ALERTS = "CREATE TABLE alert (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;\n"
REGISTRATIONS = """
CREATE TABLE registration (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, number TEXT NOT NULL, proof TEXT NOT NULL,
  state TEXT NOT NULL, decided TEXT, who TEXT NOT NULL
) STRICT;
CREATE INDEX registration_number ON registration (number) WHERE state = 'asked';
"""
BUNDLES = """
ALTER TABLE record ADD COLUMN bundle TEXT NOT NULL DEFAULT '';
ALTER TABLE record ADD COLUMN bundle_s INTEGER NOT NULL DEFAULT 0;
CREATE INDEX record_bundle ON record (bundle, opened, bundle_s) WHERE bundle <> '';
"""
OLDEST = "oldest version that may write"  # counter; a step that takes away or changes a meaning sets it to its own
BACKWARD = f"INSERT INTO counter VALUES ('{OLDEST}', 13);\n"
# Each makes the next version; a step that was released is never changed. One that only adds tables, indices or columns
# with a default leaves OLDEST as it is: when an update is rolled back, the version before goes on with the journal.
STEPS = (TABLES, MESSAGES, ADVICE, VISITS, BY_TIME, AUDIT, SEARCHED, PAID, TOKENS, ALERTS, REGISTRATIONS,
         BUNDLES, BACKWARD)
VERSION = len(STEPS)


def connect(path: Path) -> sqlite3.Connection:
    """Opens the journal, making it when it is new. StoreError names the file and the remedy."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}; choose another directory with --data") from error
    except sqlite3.Error as error:
        raise trouble(path, error, "opened") from error
    try:
        _prepare(db, path)
    except sqlite3.Error as error:
        db.close()
        raise trouble(path, error, "opened") from error
    except StoreError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA busy_timeout = 5000")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION and not _may_write(db):
        raise StoreError(f"{path} was written by a newer Ringback; install that version again, or another --data")
    if version == 0 and db.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()[0]:
        raise StoreError(f"{path} is a database of something else; move it away, or choose another --data")
    if version < VERSION:
        db.executescript(f"BEGIN IMMEDIATE; {''.join(STEPS[version:])} PRAGMA user_version = {VERSION}; COMMIT;")
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        # Said now, when nobody is on the phone, and not in the middle of a call.
        raise trouble(path, sqlite3.DatabaseError(f"it is damaged ({' '.join(found.split())[:100]})"), "opened")


def _may_write(newer: sqlite3.Connection) -> bool:
    """Whether what was added since is nothing to this version. A journal that does not say so is left alone."""
    try:
        oldest = newer.execute("SELECT value FROM counter WHERE name = ?", (OLDEST,)).fetchone()
    except sqlite3.OperationalError:  # no such table
        return False
    return oldest is not None and oldest[0] <= VERSION
