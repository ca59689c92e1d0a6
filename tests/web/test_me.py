"""The subscriber's page: by number and PIN, only one's own, no hint about who exists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.api.client import Client
from appliance.api.wire import ApiError
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
    refused = browser.post("/me/call", token=browser.token("/me"), to="030 12345678")
    assert 'role="alert"' in refused.body  # the only line is switched off


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
