"""Messages in the journal: kept once, put together, never sent twice; and a journal from before there were any."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.ledger.record import Record
from appliance.messages.message import Arrived, Fate, Part, Place, Purpose
from appliance.store import schema
from appliance.store.inbox import KEEP, Inbox
from appliance.store.journal import Journal
from appliance.store.outbox import Outbox
from tests.ledger.legs import NOW, record

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALL = Arrived("gsm1", "+4915155500001", "Front desk", "CALL", NOW, None, "07AB")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    yield journal
    journal.close()


@pytest.fixture
def inbox(journal: Journal) -> Inbox:
    return journal.inbox


@pytest.fixture
def outbox(journal: Journal) -> Outbox:
    return journal.outbox


def part(number: int, text: str, total: int = 3, reference: int = 7) -> Arrived:
    return replace(CALL, text=text, part=Part(reference, total, number))


def test_the_same_message_is_kept_once(inbox: Inbox) -> None:
    first = inbox.take(CALL, NOW)
    assert first
    assert (first.text, first.place, first.account) == ("CALL", Place.INBOX, "Front desk")
    assert inbox.take(replace(CALL, raw="another centre's octets"), NOW + 30 * DAY) is None
    assert inbox.take(replace(CALL, sent=NOW + timedelta(seconds=1)), NOW)
    assert inbox.take(replace(CALL, sender="+4915155500002"), NOW)


def test_one_without_a_time_is_the_same_while_it_is_told(inbox: Inbox) -> None:
    nameless = replace(CALL, sent=None)
    assert inbox.take(nameless, NOW)
    for minutes in (5, 60, 115):
        assert inbox.take(nameless, NOW + timedelta(minutes=minutes)) is None
    assert inbox.take(nameless, NOW + 4 * HOUR)


def test_octets_that_nobody_can_read(inbox: Inbox) -> None:
    bad = inbox.take(replace(CALL, text="", sent=None, raw="07FF", fault="it is cut off"), NOW)
    assert bad
    assert (bad.place, bad.text, bad.why) == (Place.UNREADABLE, "07FF", "it is cut off")


def test_half_an_emoji_does_not_break_the_journal(inbox: Inbox) -> None:
    odd = inbox.take(replace(CALL, text="a\ud83c", sender="x\udf38"), NOW)
    assert odd
    assert odd.text == "a\ufffd"


@settings(max_examples=60, deadline=None)
@given(order=st.permutations([1, 1, 2, 2, 3, 3]))
def test_parts_in_any_order_and_twice(order: list[int]) -> None:
    journal = Journal(Path(":memory:"), "EUR")
    whole = [found for number in order
             if (found := journal.inbox.take(part(number, "abc"[number - 1]), NOW)) and found.place is Place.INBOX]
    assert [found.text for found in whole] == ["abc"]
    assert len(journal.inbox.listing()) == 1
    journal.close()


def test_missing_parts_are_given_up_and_may_come_late(inbox: Inbox) -> None:
    inbox.take(part(1, "a\ud83c"), NOW)
    inbox.take(part(3, "c"), NOW + HOUR / 2)
    assert inbox.waiting()
    assert not inbox.give_up(NOW + HOUR)
    assert len(inbox.give_up(NOW + 2 * HOUR)) == 1
    assert [(m.place, m.text) for m in inbox.listing()] == [(Place.INCOMPLETE, "a\ufffd[...]c")]
    late = inbox.take(part(2, "\udf38"), NOW + 3 * HOUR)
    assert late
    assert (late.place, late.text) == (Place.INBOX, "a🌸c")


def test_a_reference_that_stands_for_another_message_by_now(inbox: Inbox) -> None:
    inbox.take(part(1, "a"), NOW)
    inbox.take(part(1, "x"), NOW)
    inbox.take(part(2, "b"), NOW + 2 * DAY)
    assert [m.text for m in inbox.listing()] == ["[...]b[...]", "x[...]", "a[...]"]


def test_the_oldest_go(journal: Journal) -> None:
    journal.inbox.take(part(1, "a"), NOW)
    journal._db.execute("INSERT INTO inbox SELECT ?, at, line, sender, account, sent, text, place, why, 'd', seen, 1, "
                        "1 FROM inbox", (KEEP,))
    journal.inbox.take(CALL, NOW)
    assert [m.id for m in journal.inbox.listing()] == [KEEP + 1, KEEP]
    assert not journal._db.execute("SELECT * FROM inbox_part").fetchall()


def queue(outbox: Outbox, number: str = "+4915155500001") -> int:
    return outbox.add(NOW, account="Front desk", number=number, text="Hello", line="gsm1", purpose=Purpose.ANSWER,
                      call="12").id


def test_the_fate_of_a_message(outbox: Outbox) -> None:
    id_ = queue(outbox)
    sent = outbox.over(id_, Fate.SENT, "", (5, 6))
    assert sent
    assert (sent.fate, sent.call, sent.text) == (Fate.SENT, "12", "Hello")
    assert outbox.reported("gsm1", "4915155500002", 5, Fate.DELIVERED, NOW) is None
    assert outbox.reported("gsm2", "+4915155500001", 5, Fate.DELIVERED, NOW) is None
    assert outbox.reported("gsm1", "015155500001", 5, Fate.DELIVERED, NOW) is None  # one part of two
    assert outbox.reported("gsm1", "+4915155500001", 5, Fate.DELIVERED, NOW) is None  # told again
    done = outbox.reported("gsm1", "+4915155500001", 6, Fate.DELIVERED, NOW)
    assert done
    assert done.fate is Fate.DELIVERED
    assert outbox.over(id_, Fate.FAILED, "", ()) == done


def test_undelivered_at_the_first_part(outbox: Outbox) -> None:
    outbox.over(queue(outbox), Fate.SENT, "", (5, 6))
    done = outbox.reported("gsm1", "+4915155500001", 5, Fate.UNDELIVERED, NOW)
    assert done
    assert done.fate is Fate.UNDELIVERED


def test_a_reference_of_last_week_is_another_message_s(outbox: Outbox) -> None:
    outbox.over(queue(outbox), Fate.SENT, "", (5,))
    assert outbox.reported("gsm1", "+4915155500001", 5, Fate.DELIVERED, NOW + 4 * DAY) is None


def test_what_a_power_cut_interrupted_is_not_sent_again(outbox: Outbox, tmp_path: Path) -> None:
    queue(outbox)
    again = Journal(tmp_path / "journal.sqlite", "EUR")
    assert [m.fate for m in again.outbox.orphans()] == [Fate.QUEUED]
    (left,) = again.outbox.listing()
    assert (left.fate, left.why) == (Fate.UNKNOWN, "the box stopped while it was being sent")
    assert not again.outbox.orphans()
    assert len(again.outbox.since(NOW - HOUR)) == 1  # it counts: it may have cost
    again.close()


def test_a_journal_from_before_there_were_messages(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(f"{schema.TABLES} PRAGMA user_version = 1;")
    db.close()
    old: Record = record()
    journal = Journal(path, "EUR")
    journal.open_record(old)
    assert journal.inbox.take(CALL, NOW)
    journal.close()
    journal = Journal(path, "EUR")
    assert journal.open_records() == [old]
    assert len(journal.inbox.listing()) == 1
    journal.close()
