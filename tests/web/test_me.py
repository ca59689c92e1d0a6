"""The subscriber's page: by number and PIN, only one's own, no hint about who exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from appliance.api.client import Client
from appliance.api.wire import ApiError
from appliance.ledger.record import Record, Side
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.box import Box, Browser, running

SITE = """
[[line]]
name = "gsm1"
at = "/dev/none-at"
enabled = false
[[account]]
name = "Anna"
numbers = ["+4915155500001"]
pin = "471193"
[[account]]
name = "Bert"
numbers = ["+4915155500002"]
"""


@pytest.fixture
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        with Client(found.data / "gateway.sock") as client:
            client.call("apply", text=SITE, where="site.toml")
        found.admin()
        yield found


def anna(box: Box, number: str = "0151 555 00001", pin: str = "471193") -> tuple[Browser, int]:
    browser = box.browser()
    return browser, browser.post("/me/login", number=number, pin=pin).status


def test_a_subscriber_sees_the_own_page_and_no_other(box: Box) -> None:
    browser, status = anna(box)
    assert status == 303
    page = browser.get("/me")
    assert (page.status, "Balance" in page.body) == (200, True)
    assert browser.get("/").location == "/me"
    assert [browser.get(path).status for path in ("/calls", "/accounts", "/settings/tokens")] == [403] * 3
    assert browser.post("/me/call", token=browser.token("/me"), to="x").status == 200
    assert box.admin().post("/logout").location == "/login"
    refused = browser.post("/me/call", token=browser.token("/me"), to="030 12345678")
    assert 'role="alert"' in refused.body  # the only line is switched off
    assert browser.post("/logout", token=browser.token("/me")).location == "/me/login"


def test_nobody_learns_who_exists_and_a_guesser_is_locked(box: Box) -> None:
    tries = [box.browser().post("/me/login", number=number, pin=pin).body.replace(number, "") for number, pin in
             (("+4915155500001", "000000"), ("+4915155500002", ""), ("+4915155500009", "471193"), ("+999", "1"))]
    assert len(set(tries)) == 1
    with Client(box.data / "gateway.sock") as client:
        for pin in ("111111", "111111", "471193"):  # with the one above three wrong ones, then the right one
            with pytest.raises(ApiError, match="number or PIN is wrong"):
                client.call("me_login", number="+4915155500001", pin=pin, session="0" * 64, address="")


def test_a_locked_account_is_logged_out(box: Box) -> None:
    browser, _ = anna(box)
    box.admin().post("/accounts/of/Anna/lock")
    assert browser.get("/me").location.startswith("/me/login")


def test_older_calls_are_a_page_further_and_only_the_own(tmp_path: Path) -> None:
    journal, now = Journal(tmp_path / "journal.sqlite", "EUR"), SystemClock().now()
    for n in range(30):
        opened = now - timedelta(hours=30 - n)
        journal.open_record(Record(f"{n}-b1", str(n), Side.B, "Bert" if n % 10 == 9 else "Anna", "gsm1",
                                   f"+4930123450{n:02d}", None, opened))
        journal.close_record(f"{n}-b1", opened, Cause.NORMAL, 60.0, Money(90_000, "EUR"))
    journal.close()
    with running(tmp_path) as box:
        with Client(tmp_path / "gateway.sock") as client:
            client.call("apply", text=SITE, where="site.toml")
        box.admin()
        browser, _ = anna(box)
        first = browser.get("/me").body
        assert re.findall(r"<strong>\+4930123450([0-9]{2})<", first) == [
            f"{n:02d}" for n in reversed(range(30)) if n % 10 != 9][:20]
        older = re.search(r'href="(/me/calls[^"]+)"', first)
        assert older
        page = browser.get(unescape(older[1])).body
        assert re.findall(r"<strong>\+4930123450([0-9]{2})<", page) == ["06", "05", "04", "03", "02", "01", "00"]
        assert "Older" not in page
