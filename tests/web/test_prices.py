"""Prices by time and bundle on the pages, in the API and in the metrics: a real gateway with a call in its journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api.client import Client
from appliance.ledger.record import Record, Side
from appliance.routing.route import Allowance, Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.box import Box, running
from tests.web.test_pages import send_tariff

HEAD = "prefix,connection_fee,per_minute,first_increment,next_increment"
TARIFF = f"{HEAD},days,from,to\n49,0,0.03,60,60,,,\n49,0,0.12,60,60,mo-fr,8:00,18:00\n"
SITE = """
[[line]]
name = "gsm1"
at = "/dev/none-at"
audio = "/dev/none-audio"
tariff = "gsm1.csv"
[[bundle]]
name = "flat"
lines = ["gsm1"]
minutes = 300
margin = 10
period = "day"
prefixes = ["4930"]
"""


def past_call(data: Path) -> None:
    journal, now, zero = Journal(data / "journal.sqlite", "EUR"), SystemClock().now(), Money(0, "EUR")
    rate = Rate("49", zero, Money(90_000, "EUR"), allowance=Allowance("flat", 600, zero))
    journal.open_record(Record("1-b1", "1", Side.B, "Anna", "gsm1", "+493012345678", rate, now))
    journal.answer_record("1-b1", now)
    journal.close_record("1-b1", now, Cause.NORMAL, 100.0, zero, bundle_s=120)
    journal.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    data = tmp_path_factory.mktemp("box")
    past_call(data)
    with running(data) as found:
        with Client(found.data / "gateway.sock") as client:
            answer = client.call("apply", text=SITE, where="site.toml", tariffs={"gsm1.csv": TARIFF})
            assert answer["complaints"] == []
        yield found


@pytest.mark.parametrize("path", ["/", "/lines/gsm1"])
def test_what_is_left_stands_on_the_card_and_on_the_lines_page(box: Box, path: str) -> None:
    body = box.admin().get(path).body
    assert "left of flat" in body
    assert "288 of 290 min" in body


def test_the_bill_says_what_came_from_the_bundle(box: Box) -> None:
    assert "120 s of bundle flat (60/60), free" in box.admin().get("/calls/1").body


def test_what_is_left_stands_in_the_metrics(box: Box) -> None:
    assert 'ringback_bundle_left_minutes{bundle="flat"} 288' in box.browser().get("/metrics").body


def test_the_question_is_asked_for_a_time(box: Box) -> None:
    page = box.admin().get("/prices?number=08912345678&at=2026-03-02T12:00").body
    assert "For a call that begins at" in page
    assert 'value="2026-03-02T12:00"' in page
    assert "is no time" in box.admin().get("/prices?number=08912345678&at=noon").body


def test_the_preview_parts_rows_by_their_time(box: Box) -> None:
    """Written otherwise is the same; only what changes is shown."""
    text = TARIFF.replace("0.12", "0.10").replace("mo-fr,8:00", "mo-fr,08:00") + "49,0,0.01,60,60,hol,,\n"
    browser = box.admin()
    page = browser.get(send_tariff(browser, text).location).body
    assert "3 rows; 2 of them differ" in page
    assert "mo-fr 08:00-18:00" in page
    assert "<td data-label=\"Time\">hol</td>" in page
