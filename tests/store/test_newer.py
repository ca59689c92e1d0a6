"""A journal that a newer Ringback has opened: when an update is rolled back, the version before goes on with it."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

import appliance.store
from appliance.accounts.lockout import Lockout
from appliance.rehearsal.player import play_script
from appliance.rehearsal.script import read_script
from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.store.schema import OLDEST, VERSION
from tests.ledger.legs import NOW, record

STORY = Path(__file__).parents[1] / "scenarios" / "files" / "b-hangs-up.scenario"


def upgraded(path: Path, oldest: int) -> None:
    """As a step would leave it that only adds."""
    Journal(path, "EUR").close()
    with sqlite3.connect(path) as db:
        names = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for name in names:
            db.execute(f"ALTER TABLE {name} ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")
        db.execute("CREATE TABLE novelty (id INTEGER PRIMARY KEY) STRICT")
        db.execute("UPDATE counter SET value = ? WHERE name = ?", (oldest, OLDEST))
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()


def version(path: Path) -> int:
    db = sqlite3.connect(path)
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    db.close()
    return found


def test_what_only_adds_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    upgraded(path, VERSION)
    journal = Journal(path, "EUR")
    journal.open_record(record("1-a1"))
    journal.happenings.note_trigger(NOW, "+4915155500001", "gsm1", "accepted")
    journal.happenings.put_lockout("+4915155500001", Lockout(2, None))
    journal.close()
    assert version(path) == VERSION + 1, "the newer one finds it as it left it"
    again = Journal(path, "EUR")
    assert again.happenings.lockout("+4915155500001") == Lockout(2, None)
    assert again.open_records()
    again.close()


def test_a_whole_call_is_written_into_it(tmp_path: Path) -> None:
    upgraded(tmp_path / "journal.sqlite", VERSION)
    outcome = play_script(read_script(STORY.read_text("utf-8"), STORY.name), tmp_path)
    assert not outcome.failure, f"{outcome.failure}\n{outcome.story}"
    assert version(tmp_path / "journal.sqlite") == VERSION + 1


def test_what_changes_a_meaning_keeps_it_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    upgraded(path, VERSION + 1)
    with pytest.raises(StoreError, match="written by a newer Ringback; install that version again"):
        Journal(path, "EUR")


def test_every_row_is_written_by_the_names_of_its_columns() -> None:
    """Else a column that was added would stop the version before."""
    for source in Path(appliance.store.__file__).parent.glob("*.py"):
        if source.name != "schema.py":
            assert not re.search(r"INSERT INTO \w+ VALUES", source.read_text("utf-8")), source.name
