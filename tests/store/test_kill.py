"""Ten real kills: whatever a journal had acknowledged is there afterwards, and what was open is mended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from appliance.ledger.mending import mend
from appliance.ledger.record import Record
from appliance.ledger.statement import statement
from appliance.store.journal import Journal
from appliance.vocabulary.money import Money
from tests.store.torturer import DESK, START

TORTURER = Path(__file__).with_name("torturer.py")
KILLS = (1, 2, 3, 7, 18, 29, 44, 61, 83, 120)  # steps acknowledged before each kill


@dataclass
class Told:
    """What the victim had acknowledged, over all its lives."""

    opened: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    beaten: dict[str, float] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    paid: int = 0

    def hear(self, kind: str, *words: str | float) -> None:
        name = str(words[0])
        if kind == "open":
            self.opened.add(name)
        elif kind == "answer":
            self.answered.add(name)
        elif kind == "beat":
            self.beaten[name] = float(words[1])
        elif kind == "close":
            self.closed[name] = int(words[1])
        elif kind == "hold":
            self.held[name] = int(words[1])
        elif kind == "release":
            del self.held[name]
        elif kind == "paid":
            self.paid += int(words[0])


def kill_after(steps: int, path: Path) -> Iterator[list[str | float]]:
    """Every step that was acknowledged, also those between the last one waited for and the kill."""
    victim = subprocess.Popen([sys.executable, str(TORTURER), str(path)], stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    lines = [victim.stdout.readline() for _ in range(steps)]
    victim.kill()  # SIGKILL
    rest, _ = victim.communicate()
    assert victim.returncode == -9
    yield from (json.loads(line) for line in [*lines, *rest.splitlines()])


def check_all_is_there(journal: Journal, told: Told) -> list[Record]:
    records = {record.leg: record for record in journal.records(limit=100_000)}
    assert told.opened <= set(records)
    assert len(records) - len(told.opened) <= 1  # one step may be durable and not yet told
    assert all(records[leg].answered for leg in told.answered)
    assert all(records[leg].talk_s >= talk for leg, talk in told.beaten.items())
    for leg, micros in told.closed.items():
        record = records[leg]
        assert record.ended
        assert record.price == Money(micros, "EUR")
    charged = sum(record.price.micros for record in records.values() if record.price)
    assert journal.balance(DESK).micros in (told.paid - charged, told.paid + 20_000_000 - charged)
    return [record for record in records.values() if record.ended is None]


def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    path, told, mended_in_all = tmp_path / "journal.sqlite", Told(), 0
    for kill, steps in enumerate(KILLS):
        for kind, *words in kill_after(steps, path):
            told.hear(str(kind), *words)
        journal = Journal(path, "EUR")
        still_open = check_all_is_there(journal, told)
        # A step that was durable but not told may be one hold more or less.
        assert len(told.held) <= 1
        held = journal.held(DESK)
        now = START + timedelta(days=kill)
        mended = journal.mend_all(now)
        assert sorted(r.leg for r in mended) == sorted(r.leg for r in still_open)
        assert {r.leg: r.price for r in mended} == {r.leg: mend(r, now).price for r in still_open}
        mended_in_all += len(mended)
        charged = sum(r.price.micros for r in mended if r.price)
        assert charged <= held.micros  # mending spends what was held, at most
        assert journal.open_records() == []
        assert journal.held(DESK) == Money.zero("EUR")
        assert journal.balance(DESK).micros >= 0
        for leg in mended:
            told.closed[leg.leg] = leg.price.micros if leg.price else 0
            assert leg.mended
        told.opened = {record.leg for record in journal.records(limit=100_000)}
        told.held.clear()
        credit = journal.balance(DESK).micros + sum(r.price.micros for r in journal.records(limit=100_000) if r.price)
        told.paid = credit
        journal.close()
    assert mended_in_all >= len(KILLS) // 2
    journal = Journal(path, "EUR")
    records = journal.records(limit=100_000)
    for call in {record.call for record in records}:
        legs = [record for record in records if record.call == call]
        total = statement(legs).total
        assert total is not None
        assert total.micros == sum(leg.price.micros for leg in legs if leg.price)
    assert len({record.call for record in records}) >= sum(KILLS) // 20
    journal.close()
