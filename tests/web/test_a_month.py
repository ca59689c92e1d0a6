"""A month of an office in the journal, seen in a browser: what was saved on the first page, and charts of it all."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.labbox import PIN
from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.stage import SIZES, Stage, stage
from tests.web.test_browser import NUMBER, set_up

DAYS = 30
PEOPLE = (("Front desk", "+4915155500001"), ("Clara", "+4915155500077"), ("Workshop", "+4915155500078"))
LINES = (("gsm1", 90_000), ("gsm2", 50_000), ("gsm3", 60_000), ("isdn1", 40_000))  # micro-euro a minute
OFFICE = """
[site]
compare = "mobiles"
[[line]]
name = "mobiles"
at = "/dev/none-at"
enabled = false
tariff = "mobiles.csv"
[[bundle]]
name = "flat"
lines = ["gsm1"]
minutes = 300
prefixes = ["4930"]
"""
MOBILES = "prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.29,60,60\n"


def month(data: Path) -> None:
    """Calls of thirty days, busier in the middle of the week; the last are an hour old."""
    journal, last = Journal(data / "journal.sqlite", "EUR"), SystemClock().now() - timedelta(hours=1)
    for day in range(DAYS):
        at = last - timedelta(days=day)
        for n in range((1, 3, 5, 8, 6, 4, 1)[(at.weekday() + 2) % 7]):
            call(journal, f"{day}-{n}", at - timedelta(minutes=7 * n), day + n)
    journal.close()


def call(journal: Journal, name: str, at: datetime, n: int) -> None:
    account, number = PEOPLE[n % 7 % len(PEOPLE)]
    ways = LINES[n % 3], LINES[(n % 3 + 1 + n % 2) % 4]
    for side, to, (line, micros) in zip(Side, (number, f"+4930123{n:04d}"), ways, strict=True):
        minutes, leg = 1 + n * 7 % 12, f"{name}-{side}1"
        journal.open_record(Record(leg, name, side, account, line, to, Rate(
            "49", Money(0, "EUR"), Money(micros, "EUR"), 60, 1), at))
        journal.answer_record(leg, at)
        journal.close_record(leg, at, Cause.NORMAL, minutes * 60.0, Money(micros * minutes, "EUR"))


@pytest.mark.parametrize("size", SIZES)
def test_a_month_of_an_office(tmp_path: Path, size: str) -> None:
    month(tmp_path)
    with stage(tmp_path, size) as box:
        set_up(box)
        assert box.ask("apply", text=OFFICE, where="", tariffs={"mobiles.csv": MOBILES})["applied"]
        charts(box)
        talking(box)


def charts(box: Stage) -> None:
    box.open("/calls/charts")
    for by in ("day", "line", "account"):
        for key in ("minutes", "cost", "saved"):
            assert box.see(f".chart[data-chart={by}][data-key={key}] canvas").is_displayed()
    box.look("month-charts")
    box.open("/calls")
    box.look("month-calls")
    box.open("/accounts/of/Clara")
    box.see(".chart canvas")
    box.look("month-account")


def talking(box: Stage) -> None:
    """The first page, while somebody talks."""
    box.open("/first/checklist")
    box.click("form[action='/first/call'] button")
    box.do("wait", "anna", "alerting")
    box.do("answer", "anna")
    box.open("/")
    box.reads("asks the subscriber")
    for keys in (PIN, NUMBER):
        box.do("key", "anna", f"{keys}#")
    box.do("wait", "bert", "active")
    box.reads("they talk")
    box.reads("against the tariff of mobiles")
    box.reads("of 300 min")
    box.look("month-home")
    box.click("li.call button.danger")
    box.do("wait", "anna", "over")
