"""The journal: records, money, holds, happenings, backup, damage."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.accounts.lockout import Lockout
from appliance.ledger.record import Side
from appliance.routing.route import Rate
from appliance.store.atomic import StoreError
from appliance.store.happenings import KEEP_TRIGGERS, PENDING
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money
from tests.ledger.legs import NOW, euros, record
from tests.store.test_atomic import full_disk

DESK = "Front desk"
DAY = timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path, "EUR")
    yield journal
    journal.close()


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_a_record_comes_back_as_it_was_written(journal: Journal) -> None:
    odd = record("1-b1", number="", rate=Rate("", euros("0.1"), Money(1, "EUR"), 30, 6), note="Ä 'quoted'; --\x00")
    journal.open_record(odd)
    journal.open_record(record("1-a1", rate=None))
    assert journal.records(call="1") == [record("1-a1", rate=None), odd]
    assert journal.open_records() == [odd, record("1-a1", rate=None)]


def test_the_life_of_a_record(journal: Journal) -> None:
    journal.open_record(record())
    journal.answer_record("1-a1", NOW + later(5))
    journal.heartbeat("1-a1", NOW + later(65), 60.0)
    (leg,) = journal.open_records()
    assert (leg.answered, leg.heartbeat, leg.talk_s) == (NOW + later(5), NOW + later(65), 60.0)
    journal.close_record("1-a1", NOW + later(95), Cause.NORMAL, 90.0, euros("0.18"), "by the handset")
    (leg,) = journal.records()
    assert (leg.ended, leg.talk_s, leg.cause, leg.price) == (NOW + later(95), 90.0, Cause.NORMAL, euros("0.18"))
    assert leg.note == "by the handset"
    assert journal.balance(DESK) == euros("-0.18")
    assert journal.spent(DESK, NOW) == euros("0.18")


def test_a_closed_record_stays_as_it_is_and_is_charged_once(journal: Journal) -> None:
    journal.open_record(record())
    journal.close_record("1-a1", NOW, Cause.NORMAL, 60.0, euros("0.09"))
    before = journal.records()
    journal.close_record("1-a1", NOW + DAY, Cause.BUSY, 600.0, euros("9"))
    journal.answer_record("1-a1", NOW + DAY)
    journal.heartbeat("1-a1", NOW + DAY, 600.0)
    assert journal.records() == before
    assert journal.balance(DESK) == euros("-0.09")
    assert journal.mend_all(NOW) == []


def test_a_leg_has_one_record(journal: Journal) -> None:
    journal.open_record(record())
    with pytest.raises(StoreError, match="cannot be used: UNIQUE constraint"):
        journal.open_record(record())
    assert len(journal.records()) == 1


def test_call_ids_are_never_given_twice(journal: Journal, path: Path) -> None:
    first = [journal.next_call() for _ in range(3)]
    journal.close()
    again = Journal(path, "EUR")
    assert [*first, again.next_call()] == ["1", "2", "3", "4"]
    again.close()


def test_records_are_narrowed(journal: Journal) -> None:
    for n in range(1, 6):
        journal.open_record(record(f"{n}-a1", opened=NOW + later(n), line=f"gsm{n % 2}",
                                   account=DESK if n < 4 else "Other"))
    assert [leg.call for leg in journal.records()] == ["5", "4", "3", "2", "1"]
    assert [leg.call for leg in journal.records(account=DESK, line="gsm1")] == ["3", "1"]
    assert [leg.call for leg in journal.records(limit=1)] == ["5"]
    assert journal.records(account="x' OR 1=1 --") == []


def test_redial_is_what_was_dialled_last_whatever_the_clock_said(journal: Journal) -> None:
    assert journal.last_number(DESK) is None
    journal.open_record(record("1-b1", number="+4930111", opened=NOW + 4000 * DAY))
    journal.open_record(record("2-b1", number="+4930222"))
    journal.open_record(record("2-a1"))
    journal.open_record(record("3-b1", number="+4930333", account="Other"))
    assert journal.last_number(DESK) == "+4930222"


def test_mending_closes_what_was_open_and_releases_every_hold(journal: Journal) -> None:
    journal.open_record(record("1-a1"))
    journal.open_record(record("1-b1"))
    journal.answer_record("1-a1", NOW)
    journal.heartbeat("1-a1", NOW + later(60), 60.0)
    journal.open_record(record("2-a1"))
    journal.close_record("2-a1", NOW, Cause.BUSY, 0.0, euros("0"))
    journal.hold("1", DESK, euros("2"), None)
    mended = journal.mend_all(NOW + DAY)
    assert [(leg.leg, leg.price) for leg in mended] == [("1-a1", euros("0.09")), ("1-b1", euros("0"))]
    assert journal.open_records() == []
    assert sorted(leg.leg for leg in journal.records() if leg.mended) == ["1-a1", "1-b1"]
    assert journal.held(DESK) == euros("0")
    assert journal.balance(DESK) == euros("-0.09")
    assert journal.mend_all(NOW + DAY) == []


def test_a_hold_is_granted_beside_the_others(journal: Journal) -> None:
    five = euros("5")
    assert journal.hold("1", DESK, euros("3"), five)
    assert not journal.hold("2", DESK, euros("2.000001"), five)
    assert journal.hold("2", DESK, euros("2"), five)
    assert not journal.hold("1", DESK, euros("3.000001"), five)
    assert journal.hold("1", DESK, euros("1"), five)  # it shrinks
    assert journal.hold("3", "Other", euros("99"), None)
    assert (journal.held(DESK), journal.held_by_others(DESK, "1")) == (euros("3"), euros("2"))
    journal.release("2")
    journal.release("2")
    assert journal.held(DESK) == euros("1")
    assert not journal.hold("4", DESK, Money(0, "EUR"), euros("0"))


def test_the_day_counts_calls_and_no_payments(journal: Journal) -> None:
    journal.credit(DESK, euros("10"), "paid", NOW)
    for n, at in enumerate((NOW - later(1), NOW, NOW + DAY)):
        journal.open_record(record(f"{n}-a1"))
        journal.close_record(f"{n}-a1", at, Cause.NORMAL, 60.0, euros("1"))
    assert journal.balance(DESK) == euros("7")
    assert journal.spent(DESK, NOW) == euros("2")


def test_a_clock_that_ran_years_ahead_blocks_nobody_until_then(journal: Journal) -> None:
    journal.open_record(record())
    journal.close_record("1-a1", NOW + 4000 * DAY, Cause.NORMAL, 60.0, euros("5"))
    assert journal.spent(DESK, NOW) == euros("0")
    assert journal.balance(DESK) == euros("-5")
    journal.happenings.note_trigger(NOW + 4000 * DAY, "+491", "gsm1", "accepted")
    journal.happenings.note_trigger(NOW, "+492", "gsm1", "accepted")
    assert journal.happenings.accepted_since(NOW - DAY) == [(NOW, "+492")]


def test_triggers_are_kept_exactly_two_days(journal: Journal) -> None:
    """To the second: SQLite's own datetime() writes a blank where ISO 8601 has a T, and compares wrongly."""
    seen = journal.happenings
    seen.note_trigger(NOW, "+491", "gsm1", "accepted")
    seen.note_trigger(NOW, "+493", "gsm1", "unknown-caller")
    seen.note_trigger(NOW + KEEP_TRIGGERS, "+492", "gsm1", "accepted")
    assert [caller for _, caller in seen.accepted_since(NOW)] == ["+491", "+492"]
    seen.note_trigger(NOW + KEEP_TRIGGERS + later(0.001), "+494", "gsm1", "busy")
    assert [caller for _, caller in seen.accepted_since(NOW - DAY)] == ["+492"]


def test_accepted_since_is_exact(journal: Journal) -> None:
    seen = journal.happenings
    for microseconds in (0, 1, 999_999, 1_000_000):
        seen.note_trigger(NOW + timedelta(microseconds=microseconds), str(microseconds), "gsm1", "accepted")
    found = seen.accepted_since(NOW + timedelta(microseconds=1))
    assert [caller for _, caller in found] == ["1", "999999", "1000000"]
    assert found[0][0] == NOW + timedelta(microseconds=1)


def test_lockouts_outlive_the_process(journal: Journal, path: Path) -> None:
    assert journal.happenings.lockout("+491") == Lockout()
    journal.happenings.put_lockout("+491", Lockout(2))
    journal.happenings.put_lockout("+491", Lockout(3, NOW))
    other = Journal(path, "EUR")
    assert other.happenings.lockout("+491") == Lockout(3, NOW)
    other.close()


def test_the_story_rides_along_with_the_next_commit(journal: Journal, path: Path) -> None:
    journal.happenings.event(NOW, "box", "one", "1")
    journal.happenings.event(NOW, "box", "two", None)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT COUNT(*) FROM event").fetchone() == (0,)
        journal.next_call()
        assert db.execute("SELECT text FROM event").fetchall() == [("one",), ("two",)]
        for n in range(PENDING):
            journal.happenings.event(NOW, "box", f"line {n}", None)
        assert db.execute("SELECT COUNT(*) FROM event").fetchone() >= (PENDING,)
    db.close()
    assert [line.text for line in journal.happenings.events(limit=2)] == ["line 48", "line 49"]
    assert [line.text for line in journal.happenings.events(call="1")] == ["one"]


def test_half_a_character_in_the_story_poisons_nothing(journal: Journal) -> None:
    """As hostile JSON may carry. A line that can never be written would block every commit behind it."""
    journal.happenings.event(NOW, "box", "from \ud800", None)
    assert journal.next_call() == "1"
    assert journal.happenings.events()[0].text == "from ?"
    journal.credit(DESK, euros("1"), "\udfff", NOW)


def test_a_backup_restores(journal: Journal, path: Path, tmp_path: Path) -> None:
    journal.credit(DESK, euros("10"), "paid", NOW)
    journal.open_record(record())
    journal.happenings.event(NOW, "box", "one", None)
    copy = tmp_path / "backup.sqlite"
    copy.write_text("an older one")
    journal.backup(copy)
    journal.close_record("1-a1", NOW, Cause.NORMAL, 60.0, euros("1"))
    restored = Journal(copy, "EUR")
    assert restored.open_records() == [record()]
    assert restored.balance(DESK) == euros("10")
    assert [line.text for line in restored.happenings.events()] == ["one"]
    assert restored.next_call() == "1"
    restored.close()


def test_a_backup_that_fails_keeps_the_older_one(journal: Journal, tmp_path: Path) -> None:
    journal.backup(tmp_path / "b")
    before = (tmp_path / "b").read_bytes()
    with full_disk(4096), pytest.raises(StoreError):
        journal.backup(tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == before
    with pytest.raises(StoreError):
        journal.backup(tmp_path / "missing" / "b")


def filled(path: Path) -> bytes:
    journal = Journal(path, "EUR")
    with journal.together():
        for n in range(300):
            journal.open_record(record(f"{n}-a1"))
    journal.close()
    return path.read_bytes()


@pytest.mark.parametrize("damage", [
    lambda whole: b"no database at all " * 500, lambda whole: b"\0" * len(whole), lambda whole: whole[:len(whole) // 2],
    lambda whole: whole[:8192] + b"\xa5" * 16384 + whole[24576:],
    lambda whole: whole[:100] + b"\xff" * 4000 + whole[4100:],
])
def test_damage_is_told_with_a_remedy(path: Path, damage: object) -> None:
    assert callable(damage)
    path.write_bytes(damage(filled(path)))
    with pytest.raises(StoreError, match=r"journal\.sqlite cannot be opened: .*put a backup in its place"):
        Journal(path, "EUR")


def test_a_newer_or_foreign_database_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="written by a newer Ringback"):
        Journal(path, "EUR")
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE recipes (cake TEXT)")
    db.close()
    with pytest.raises(StoreError, match="a database of something else"):
        Journal(path, "EUR")


def test_a_directory_in_the_place_of_the_journal(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Journal(tmp_path, "EUR")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another directory"):
        Journal(tmp_path / "file" / "journal.sqlite", "EUR")


def test_a_full_disk_is_told_and_nothing_is_half_done(journal: Journal, path: Path) -> None:
    journal.open_record(record())
    room = path.with_name("journal.sqlite-wal").stat().st_size + 8192
    refused: list[str] = []
    with full_disk(room):
        for n in range(40):
            journal.happenings.event(NOW, "box", f"line {n}", None)
            try:
                journal.open_record(record(f"{n + 2}-b1"))
            except StoreError as error:
                refused.append(str(error))
    assert refused
    assert all("make room on the card" in error for error in refused)
    assert len(journal.records()) == 41 - len(refused)
    journal.open_record(record("99-b1", side=Side.B))
    told = [line.text for line in journal.happenings.events()]
    assert told == [f"line {n}" for n in range(40)]  # what could not be written waited
    journal.close_record("1-a1", NOW, Cause.NORMAL, 60.0, euros("1"))


def test_a_copy_of_the_files_is_no_worse_than_a_power_cut(journal: Journal, path: Path, tmp_path: Path) -> None:
    """What is on the disk while the journal is open, with no chance to close it."""
    journal.open_record(record())
    journal.answer_record("1-a1", NOW)
    journal.hold("1", DESK, euros("2"), None)
    (tmp_path / "cut").mkdir()
    for file in ("journal.sqlite", "journal.sqlite-wal"):
        shutil.copy(tmp_path / file, tmp_path / "cut" / file)
    after = Journal(tmp_path / "cut" / "journal.sqlite", "EUR")
    assert [leg.answered for leg in after.open_records()] == [NOW]
    assert after.held(DESK) == euros("2")
    after.close()
