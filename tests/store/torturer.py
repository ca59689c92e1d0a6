"""Runs calls on a journal and tells each step once it is durable, until it is killed. See test_kill.py."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from appliance.ledger.record import Record, Side
from appliance.routing.pricing import price
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money

DESK = "Front desk"
NINE = Rate("49", Money(10_000, "EUR"), Money(90_000, "EUR"), 60, 1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HELD_S = 600  # s of talk that each leg's hold covers


def tell(*words: object) -> None:
    """One write: a line is in the pipe whole or not at all."""
    os.write(1, (json.dumps(words) + "\n").encode())


def one_call(journal: Journal, turn: int, tell: Callable[..., None]) -> None:
    now = START + timedelta(seconds=turn * 700)
    call = journal.next_call()
    legs = [f"{call}-a1", f"{call}-b1"]
    for leg in legs:
        amount = price(NINE, HELD_S, now)
        wanted = Money(amount.micros * (1 + legs.index(leg)), "EUR")
        with journal.together():
            granted = journal.hold(call, DESK, wanted, journal.balance(DESK))
            if granted:
                journal.open_record(Record(leg, call, Side(leg[-2]), DESK, "gsm1", "+493012345678", NINE, now))
        if not granted:
            journal.credit(DESK, Money(20_000_000, "EUR"), "paid", now)
            tell("paid", 20_000_000)
            journal.release(call)
            return
        tell("hold", call, wanted.micros)
        tell("open", leg)
        journal.answer_record(leg, now)
        tell("answer", leg)
    for beat in range(1, 1 + turn % 5):
        for leg in legs:
            journal.heartbeat(leg, now + timedelta(seconds=60 * beat), 60.0 * beat)
            tell("beat", leg, 60.0 * beat)
    talk = 60.0 * (turn % 5) + 7
    for leg in reversed(legs):
        cost = price(NINE, talk, now)
        journal.close_record(leg, now + timedelta(seconds=talk), Cause.NORMAL, talk, cost)
        tell("close", leg, cost.micros)
    journal.release(call)
    tell("release", call)


def main() -> None:
    journal = Journal(Path(sys.argv[1]), "EUR")
    for turn in count():
        journal.happenings.event(START, "box", f"turn {turn}", None)
        one_call(journal, turn, tell)


if __name__ == "__main__":
    main()
