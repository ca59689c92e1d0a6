"""Whose PIN is new, or who is locked, is logged out of the own page, whichever way the change came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.accounts.account import Account
from appliance.accounts.directory import ousted
from appliance.accounts.pin import hash_pin
from appliance.api.client import Client
from appliance.api.wire import ApiError
from appliance.cli import main
from appliance.commands.users import Users
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.store.visits import Visit
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.number import Number
from tests.web.box import Box, Browser, running

ANNA = '[[account]]\nname = "Anna"\nnumbers = ["+4915155500001"]\npin = "{}"\n'
BERT = '[[account]]\nname = "Bert"\nnumbers = ["+4915155500002"]\npin = "880042"\n'


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        found.admin()
        yield found


def apply(data: Path, text: str) -> None:
    with Client(data / "gateway.sock") as client:
        assert client.call("apply", text=text, where="site.toml")["complaints"] == []


def thief(box: Box, pin: str) -> Browser:
    """Whoever saw the PIN, and logged in with it."""
    browser = box.browser()
    assert browser.post("/me/login", number="+4915155500001", pin=pin).location == "/me"
    assert browser.get("/me").status == 200
    return browser


def test_a_new_pin_ends_what_the_old_one_opened(box: Box) -> None:
    apply(box.data, ANNA.format("471193") + BERT)
    bert = box.browser()
    bert.post("/me/login", number="+4915155500002", pin="880042")
    by_page, admin = thief(box, "471193"), box.admin()
    assert admin.post("/accounts/of/Anna/pin").status == 200
    assert by_page.get("/me").location.startswith("/me/login")
    apply(box.data, ANNA.format("471193"))
    by_apply = thief(box, "471193")
    apply(box.data, ANNA.format("471193") + 'max_call_s = 60\n')
    assert by_apply.get("/me").status == 200  # nothing that concerns logging in
    apply(box.data, ANNA.format("559944"))
    assert by_apply.get("/me").location.startswith("/me/login")
    assert bert.get("/me").status == 200


def test_whoever_was_locked_and_is_unlocked_logs_in_anew(box: Box) -> None:
    apply(box.data, ANNA.format("471193"))
    browser, admin = thief(box, "471193"), box.admin()
    admin.post("/accounts/of/Anna/lock")
    admin.post("/accounts/of/Anna/lock", enabled="on")
    assert browser.get("/me").location.startswith("/me/login")


def test_also_when_the_pin_was_set_while_no_gateway_ran(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(ANNA.format("471193"), "utf-8")
    data = tmp_path / "data"
    assert main(["--data", str(data), "apply", str(site)]) == 0
    journal, now = Journal(data / "journal.sqlite", "EUR"), SystemClock().now()
    for digest, who, role in (("a", "Anna", "user"), ("b", "Anna", "admin"), ("c", "Bert", "user")):
        journal.visits.open(Visit(digest, who, role, now, now, ""))
    journal.close()
    site.write_text(ANNA.format("559944"), "utf-8")
    assert main(["--data", str(data), "apply", str(site)]) == 0
    journal = Journal(data / "journal.sqlite", "EUR")
    left = [digest for digest in "abc" if journal.visits.find(digest, now)]
    journal.close()
    assert left == ["b", "c"]


def test_a_log_in_that_began_with_the_old_pin_does_not_end_with_a_session(tmp_path: Path) -> None:
    """The PIN is checked aside, and may change meanwhile."""
    old = Account("Anna", (Number("+4915155500001"),), hash_pin("471193", bytes(16)))
    new = replace(old, pin_hash=hash_pin("559944", bytes(16)))
    shown = iter((Settings(accounts=(old,)), Settings(accounts=(new,))))
    journal, opened = Journal(tmp_path / "journal.sqlite", "EUR"), list[str]()
    users = Users(lambda: next(shown), journal, SystemClock(), lambda digest, who, role, address: opened.append(who),
                  lambda account, number, code: "", lambda settings, but: None, lambda text: None)

    async def log_in() -> None:
        await users.handlers()["me_login"]({"number": "+4915155500001", "pin": "471193", "session": "0" * 64})

    with pytest.raises(ApiError, match="number or PIN is wrong"):
        asyncio.run(log_in())
    journal.close()
    assert opened == []


def test_who_must_log_in_anew() -> None:
    anna, bert = Account("Anna", (), "x"), Account("Bert", (), "y")
    assert ousted((anna, bert), (anna, bert, Account("Clara", ()))) == ()
    assert ousted((anna, bert), (replace(anna, pin_hash=""), replace(bert, enabled=False))) == ("Anna", "Bert")
    assert ousted((anna, bert), (replace(anna, name="anna"),)) == ("Anna", "Bert")
