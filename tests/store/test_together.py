"""Changes of one turn in one commit: nothing is dialled before it, nothing is half done after a failure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from tests.ledger.legs import NOW, euros, record
from tests.store.test_atomic import full_disk

DESK = "Front desk"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    yield journal
    journal.close()


@pytest.fixture
def other(journal: Journal, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another reader: it sees what is committed, and nothing else."""
    db = sqlite3.connect(tmp_path / "journal.sqlite")
    yield db
    db.close()


@contextmanager
def undone(journal: Journal) -> Iterator[None]:
    """A block that fails at its end."""
    with suppress(KeyError), journal.together():
        yield
        raise KeyError


def seen(other: sqlite3.Connection) -> tuple[int, int]:
    """Records and holds."""
    one, two = (other.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in ("record", "hold"))
    return one, two


def test_one_commit_at_the_end(journal: Journal, other: sqlite3.Connection, tmp_path: Path) -> None:
    wal = tmp_path / "journal.sqlite-wal"
    before = wal.stat().st_size
    with journal.together():
        assert journal.hold("1", DESK, euros("1"), euros("1"))
        journal.open_record(record())
        assert journal.held(DESK) == euros("1")  # the turn sees its own changes
        assert not journal.hold("2", DESK, euros("1"), euros("1"))
        assert seen(other) == (0, 0)
        assert wal.stat().st_size == before
    assert seen(other) == (1, 1)


def test_an_exception_undoes_all_of_it(journal: Journal, other: sqlite3.Connection) -> None:
    journal.happenings.event(NOW, "box", "before", None)
    with undone(journal):
        journal.hold("1", DESK, euros("1"), None)
        journal.open_record(record())
        journal.happenings.event(NOW, "box", "during", None)
        journal.happenings.put_lockout("+491", journal.happenings.lockout("+491").failed(NOW))
        journal.happenings.note_trigger(NOW, "+491", "gsm1", "accepted")
    assert seen(other) == (0, 0)
    assert journal.next_call() == "1"
    assert journal.happenings.lockout("+491").failures == 0
    assert [line.text for line in journal.happenings.events()] == ["before", "during"]  # the story is kept


def test_a_part_that_fails_undoes_itself_alone(journal: Journal, other: sqlite3.Connection) -> None:
    with journal.together():
        journal.open_record(record("1-a1"))
        with pytest.raises(StoreError):
            journal.open_record(record("1-a1"))
        with undone(journal):
            journal.open_record(record("1-b1"))
        journal.open_record(record("1-b2"))
    assert [leg.leg for leg in journal.records()] == ["1-b2", "1-a1"]
    assert seen(other) == (2, 0)


def test_a_deed_waits_for_the_commit(journal: Journal, other: sqlite3.Connection) -> None:
    done: list[tuple[str, tuple[int, int]]] = []
    journal.when_durable(lambda: done.append(("at once", seen(other))))
    with journal.together():
        journal.open_record(record("1-a1"))
        journal.when_durable(lambda: done.append(("dial a", seen(other))))
        with journal.together():
            journal.open_record(record("1-b1"))
            journal.when_durable(lambda: done.append(("dial b", seen(other))))
        assert len(done) == 1
    assert done == [("at once", (0, 0)), ("dial a", (2, 0)), ("dial b", (2, 0))]


def test_no_deed_is_done_for_what_was_rolled_back(journal: Journal) -> None:
    done: list[str] = []
    with undone(journal):
        journal.when_durable(lambda: done.append("dial"))
    with journal.together():
        journal.when_durable(lambda: done.append("first"))
        with undone(journal):
            journal.when_durable(lambda: done.append("lost"))
        journal.when_durable(lambda: done.append("second"))
    assert done == ["first", "second"]


def test_a_deed_may_use_the_journal(journal: Journal, other: sqlite3.Connection) -> None:
    with journal.together():
        journal.open_record(record())
        journal.when_durable(lambda: journal.close_record("1-a1", NOW, Cause.NO_CHANNEL, 0.0, euros("0")))
    assert journal.open_records() == []
    assert other.execute("SELECT COUNT(*) FROM record WHERE ended IS NOT NULL").fetchone() == (1,)


def test_a_full_disk_at_the_commit_dials_nothing(journal: Journal, other: sqlite3.Connection, tmp_path: Path) -> None:
    done: list[str] = []

    def turn() -> None:
        with journal.together():
            journal.hold("1", DESK, euros("1"), None)
            journal.open_record(record())
            journal.when_durable(lambda: done.append("dial"))

    room = (tmp_path / "journal.sqlite-wal").stat().st_size + 100
    with full_disk(room), pytest.raises(StoreError, match="make room"):
        turn()
    assert not done
    assert seen(other) == (0, 0)
    journal.open_record(record())


def test_swallowing_a_full_disk_in_the_middle_saves_nothing(journal: Journal, other: sqlite3.Connection) -> None:
    """So much that SQLite must write before the commit, and gives the whole transaction up when it cannot."""
    done: list[str] = []

    def turn() -> None:
        with journal.together():
            journal.when_durable(lambda: done.append("dial"))
            for n in range(80):
                with suppress(StoreError):
                    journal.open_record(record(f"{n}-a1", note="x" * 100_000))

    journal.happenings.event(NOW, "box", "kept", None)
    with full_disk(2_000_000), pytest.raises(StoreError, match=r"make room|nothing of this turn is kept"):
        turn()
    assert not done
    assert seen(other) == (0, 0)
    journal.open_record(record())
    assert [line.text for line in journal.happenings.events()] == ["kept"]


def test_a_turn_that_changes_nothing_writes_nothing(journal: Journal, tmp_path: Path) -> None:
    """A key that is pressed is a line of the story, and no reason to wear the card."""
    wal = tmp_path / "journal.sqlite-wal"
    before = wal.stat().st_size
    with journal.together():
        journal.happenings.event(NOW, "a-leg", "key 5", "1")
        journal.release("1")
        journal.heartbeat("1-a1", NOW, 1.0)
    assert wal.stat().st_size == before
    with journal.together():
        journal.happenings.flush()
        assert wal.stat().st_size == before
    assert wal.stat().st_size > before
    assert [line.text for line in journal.happenings.events()] == ["key 5"]


def test_no_backup_in_the_middle(journal: Journal, tmp_path: Path) -> None:
    with journal.together():
        journal.open_record(record())
        with pytest.raises(StoreError):
            journal.backup(tmp_path / "b")
    journal.backup(tmp_path / "b")
