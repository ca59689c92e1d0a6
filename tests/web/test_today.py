"""Today beside yesterday, and what the month saved against a tariff: real calls in the journal, read off the pages."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from appliance.api.client import Client
from appliance.commands.layout import Layout
from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.box import Box, running

ZONE = ZoneInfo("Europe/Berlin")
FIGURE = re.compile(r'<h2 class="label">([^<]*)</h2>\s*<div class="big">([^<]*)</div><div class="soft small">([^<]*)<')
MOBILE = "prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.50,60,60\n"
SITE = """
[site]
timezone = "Europe/Berlin"
compare = "mobile"
[[line]]
name = "gsm1"
at = "/dev/none-at"
enabled = false
[[line]]
name = "mobile"
at = "/dev/other-at"
enabled = false
tariff = "mobile.csv"
"""


def call(journal: Journal, name: str, at: datetime, minutes: int, cents: int) -> None:
    """Both legs cost that much each."""
    rate = Rate("49", Money(0, "EUR"), Money(90_000, "EUR"), 60, 1)
    for side, number in ((Side.A, "+4915155500001"), (Side.B, "+493012345678")):
        leg = f"{name}-{side}1"
        journal.open_record(Record(leg, name, side, "Anna", "gsm1", number, rate, at))
        journal.answer_record(leg, at)
        journal.close_record(leg, at, Cause.NORMAL, minutes * 60.0, Money(cents * 10_000, "EUR"))


def test_today_yesterday_and_what_the_month_saved(tmp_path: Path) -> None:
    """One call today, two yesterday; yesterday may lie in the month before."""
    now = SystemClock().now().astimezone(ZONE)
    noon = datetime.combine(now.date(), datetime.min.time(), ZONE) - timedelta(hours=12)  # of yesterday
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    call(journal, "1", noon, 2, 10)
    call(journal, "2", noon + timedelta(hours=1), 3, 15)
    call(journal, "3", now, 1, 9)
    journal.close()
    with running(tmp_path) as box:
        with Client(Layout(box.data).socket) as client:
            assert client.call("apply", text=SITE, where="", tariffs={"mobile.csv": MOBILE})["complaints"] == []
        home = {name: (big, soft) for name, big, soft in FIGURE.findall(box.admin().get("/").body)}
        charts = box.admin().get("/calls/charts").body
        if SystemClock().now().astimezone(ZONE).date() == now.date():  # else midnight came meanwhile
            saved = 0.50 - 0.18 + (2.50 - 0.50 if noon.month == now.month else 0)
            assert home == {
                "Calls today": ("1", "yesterday 2"), "Minutes today": ("1", "yesterday 5"),
                "Cost today": ("0.18 EUR", "yesterday 0.50 EUR"),
                "Saved this month": (f"{saved:.2f} EUR", "against the tariff of mobile")}
            assert f'data-key="{now.date()}" data-minutes="1.0" data-cost="0.1800" data-saved="0.3200"' in charts
        assert_charts(box)


def assert_charts(box: Box) -> None:
    """Of minutes, cost and savings, by day, line and person; without a tariff to compare with, none of savings."""
    def drawn() -> set[tuple[str, ...]]:
        return set(re.findall(r'data-chart="(\w+)" data-key="(\w+)"', box.admin().get("/calls/charts").body))
    keys = ("minutes", "cost", "saved")
    assert drawn() == {(by, key) for by in ("day", "line", "account") for key in keys}
    with Client(Layout(box.data).socket) as client:
        client.call("apply", text='[site]\ncompare = ""\n', where="", tariffs={})
    assert drawn() == {(by, key) for by in ("day", "line", "account") for key in keys[:2]}
