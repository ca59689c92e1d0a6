"""What is older than keep_days goes; what it cost stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.commands.retention import Retention
from appliance.ledger.record import Record, Side
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NUMBER = "+4930123456789"


class Clock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "journal.sqlite", "EUR")
    for days in (1, 29, 31, 400):
        at, leg = NOW - timedelta(days=days), f"{days}-b1"
        found.open_record(Record(leg, str(days), Side.B, "Anna", "gsm1", NUMBER, None, at))
        found.close_record(leg, at, Cause.NORMAL, 60.0, Money(90_000, "EUR"))
        found.happenings.event(at, "gsm1", f"dials {NUMBER}", str(days))
    found.happenings.flush()
    yield found
    found.close()


def forget(journal: Journal, days: int) -> None:
    asyncio.run(Retention(journal, Clock(), lambda: days, pytest.fail).once())


def test_without_the_setting_everything_stays(journal: Journal) -> None:
    forget(journal, 0)
    assert {record.number for record in journal.records()} == {NUMBER}
    assert len(journal.happenings.events()) == 4


def test_older_numbers_are_shortened_and_the_sums_stay(journal: Journal) -> None:
    before = journal.balance("Anna")
    forget(journal, 30)
    assert {record.call: record.number for record in journal.records()} == {
        "1": NUMBER, "29": NUMBER, "31": NUMBER[:6], "400": NUMBER[:6]}
    assert {event.call for event in journal.happenings.events()} == {"1", "29"}
    assert journal.balance("Anna") == before == Money(-360_000, "EUR")


def test_a_call_that_is_up_keeps_its_number(journal: Journal) -> None:
    journal.open_record(Record("9-b1", "9", Side.B, "Anna", "gsm1", NUMBER, None, NOW - timedelta(days=50)))
    forget(journal, 30)
    assert next(record.number for record in journal.records() if record.call == "9") == NUMBER


def test_much_goes_in_slices(journal: Journal) -> None:
    limit = NOW - timedelta(days=30)
    assert journal.forgetting.before(limit, most=1)
    assert journal.forgetting.before(limit, most=1)
    assert not journal.forgetting.before(limit, most=1)
    assert len(journal.happenings.events()) == 2
