"""Accounts on the page: add, search, edit, lock, PIN, CSV in and out."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.accounts.pin import check_pin
from appliance.api.client import Client
from appliance.api.wire import ApiError
from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.box import Box, Browser, running


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with running(tmp_path) as found:
        yield found


def asked(box: Box, method: str, **params: Any) -> Any:
    with Client(box.data / "gateway.sock") as client:
        return client.call(method, **params)


FORM: dict[str, Any] = {"numbers": "0151 55500001\n+4915155500002", "verify": "key", "language": "", "enabled": "on",
                        "hash_hash": "on", "max_call_s": "1800", "spend_per_day": "5,50", "balance_limit": "",
                        "allow": "", "deny": "49137"}


def test_an_account_is_added_found_edited_and_locked(box: Box) -> None:
    admin = box.admin()
    done = admin.post("/accounts", name="Anna Ö/Adler", pin="", **FORM)
    assert done.location == "/accounts/of/Anna%20%C3%96%2FAdler"
    (account,) = asked(box, "accounts")
    assert account["numbers"] == ["+4915155500001", "+4915155500002"]
    assert account["spend_per_day"] == "5.5000"
    assert "Anna Ö/Adler" in admin.get("/accounts?q=anna").body
    assert "Anna Ö/Adler" in admin.get("/accounts?q=0151555").body
    assert "Nobody fits" in admin.get("/accounts?q=zz").body
    at = done.location
    assert admin.get(at).status == 200
    page = admin.post(at, **{**FORM, "max_call_s": "7", "numbers": "12"}).body
    assert "max_call_s 7 is out of range" in page
    assert "is not a telephone number" in page
    admin.post(at, **{**FORM, "verify": "none", "spend_per_day": ""})
    (account,) = asked(box, "accounts")
    assert (account["verify"], account["spend_per_day"]) == ("none", None)
    admin.post(f"{at}/lock", enabled="")
    assert asked(box, "accounts")[0]["enabled"] is False
    assert "already" in admin.post("/accounts", name="Anna Ö/Adler", **FORM).body


def test_money_is_paid_in_and_taken_back(box: Box) -> None:
    admin = box.admin()
    admin.post("/accounts", name="Paul", pin="", **FORM)
    admin.post("/accounts/of/Paul/pay", amount="20,50", note="cash")
    admin.post("/accounts/of/Paul/pay", amount="-0.5")
    page = admin.get("/accounts/of/Paul").body
    assert "20.00 EUR" in page
    assert "cash" in page
    assert "20.50 EUR for" in admin.get("/settings/log").body
    for wrong in ("", "0", "1e9", "NaN", "-inf", "20 euros", "9" * 19):
        assert "amount" in admin.post("/accounts/of/Paul/pay", amount=wrong).body
    assert "20.00 EUR" in admin.get("/accounts/of/Paul").body


def test_a_fresh_pin_is_shown_once_and_works(box: Box) -> None:
    admin = box.admin()
    admin.post("/accounts", name="Anna", **FORM)
    page = admin.post("/accounts/of/Anna/pin").body
    found = re.search(r'id="fresh-pin">([0-9]{6})<', page)
    assert found
    stored = re.search(r'pin_hash = "([^"]+)"', asked(box, "export")["site.toml"])
    assert stored
    assert check_pin(found[1], stored[1])
    assert found[1] not in admin.get("/accounts/of/Anna").body
    assert "fresh-pin" not in admin.get("/accounts/of/Anna").body


def bring(browser: Browser, text: str) -> Any:
    edge = "edge7"
    head = 'Content-Disposition: form-data; name="file"; filename="x.csv"'
    body = f'--{edge}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{browser.token()}\r\n'
    body += f"--{edge}\r\n{head}\r\n\r\n{text}\r\n--{edge}--\r\n"
    return browser.ask("POST", "/accounts/csv", body.encode(), {
        "Origin": f"https://localhost:{browser.box.port}", "Content-Type": f"multipart/form-data; boundary={edge}"})


def test_what_goes_out_as_csv_comes_back(box: Box) -> None:
    admin = box.admin()
    admin.post("/accounts", name="=Anna", pin="", **FORM)
    text = admin.get("/accounts/csv").body
    assert "'=Anna" in text
    assert "'+4915155500001, +4915155500002" in text
    assert "pin" not in text.lower().replace("spend_per_day", "")
    before = asked(box, "accounts")
    assert bring(admin, text).status == 303
    assert asked(box, "accounts") == before
    assert bring(admin, "name,numbers,max_call_s\r\nBob,030 1234567,60\r\n=Anna,0151 55500009,90\r\n").status == 303
    rows = {each["name"]: each for each in asked(box, "accounts")}
    assert rows["Bob"]["numbers"] == ["+49301234567"]
    assert rows["=Anna"]["max_call_s"] == 90
    assert rows["=Anna"]["deny"] == ["49137"]  # no column, not changed


@pytest.mark.parametrize("text", ["name,colour\r\nBob,red\r\n",
                                  "name,numbers\r\nBob,12\r\n", "numbers\r\n030123456\r\n",
                                  'name\r\n"Bob', "name,\"x]\n[site]\"\r\nBob,1\r\n", "\0\0", "name,name\r\nA,B\r\n",
                                  "name,enabled,numbers\r\nBob,maybe,0301234567\r\n"])
def test_a_file_with_one_fault_changes_nothing(box: Box, text: str) -> None:
    admin = box.admin()
    page = bring(admin, text)
    assert page.status == 200
    assert "Nothing was changed" in page.body
    assert asked(box, "accounts") == []


def test_a_person_is_forgotten_and_the_sums_stay(tmp_path: Path) -> None:
    """After it, no file of the box holds the name or a whole number."""
    past(tmp_path)
    with running(tmp_path) as box:
        admin = box.admin()
        admin.post("/accounts", name="Anna Adler", **FORM)
        before = asked(box, "figures")["line"]["rows"]
        page = admin.post("/accounts/of/Anna%20Adler/forget", sure="Anna").body
        assert "once more" in page
        digest, session = leaves_traces(box)
        assert admin.post("/accounts/of/Anna%20Adler/forget", sure="Anna Adler").location == "/accounts"
        admin.post("/accounts", name="Anna Adler", pin="559944", **{**FORM, "numbers": "+4915155500003"})
        assert asked(box, "token_find", digest=digest) is None  # though there is an account of that name again
        assert asked(box, "page_session", session=session) is None
        assert admin.post("/accounts/of/Anna%20Adler/forget", sure="Anna Adler").location == "/accounts"
        assert asked(box, "accounts") == []
        assert asked(box, "figures")["line"]["rows"] == before
        (call,) = asked(box, "call_list")["calls"]
        assert call["account"].startswith("forgotten ")
        assert call["to"] == "+49301"
        told = str([asked(box, "events", limit=1000), asked(box, "audit", limit=1000), asked(box, "export")])
        assert "Anna" not in told
        assert "4915155500001" not in told
        assert asked(box, "tokens") == []
        with sqlite3.connect(tmp_path / "journal.sqlite") as journal:
            dump = "\n".join(journal.iterdump())
        journal.close()
        assert "Anna" not in dump
        assert "4915155500001" not in dump


def leaves_traces(box: Box) -> tuple[str, str]:
    """What she, and a guesser, leave by using the box: a token, an own session, wrong PINs, words in the audit log."""
    digest = "ab" * 32
    asked(box, "apply", text='[[account]]\nname = "Anna Adler"\npin = "471193"\n', where="site.toml")
    asked(box, "token_add", digest=digest, name="door", account="anna adler", scopes="read", days=9)
    assert asked(box, "token_find", digest=digest)["account"] == "Anna Adler"
    with pytest.raises(ApiError):
        asked(box, "me_login", number="+4915155500001", pin="1", session="0" * 64, address="")
    asked(box, "me_login", number="+4915155500002", pin="471193", session="cd" * 32, address="")
    with pytest.raises(ApiError):
        asked(box, "me_login", number="+4915155500002", pin="1", session="0" * 64, address="")
    own = box.browser()
    own.post("/me/login", number="+4915155500002", pin="471193")
    asked(box, "credit", account="Anna Adler", amount="1", note="cash", by='account "Anna Adler"')
    return digest, "cd" * 32


def past(data: Path) -> None:
    """One call of hers, in a journal that nobody has open yet."""
    journal, now = Journal(data / "journal.sqlite", "EUR"), SystemClock().now()
    rate = Rate("49", Money(0, "EUR"), Money(90_000, "EUR"), 60, 1)
    for side, number in ((Side.A, "+4915155500001"), (Side.B, "+493012345678")):
        journal.open_record(Record(f"1-{side}1", "1", side, "Anna Adler", "gsm1", number, rate, now))
        journal.close_record(f"1-{side}1", now, Cause.NORMAL, 60.0, Money(90_000, "EUR"))
    journal.happenings.event(now, "trigger", "gsm1 rings: +4915155500001, Anna Adler", None)
    journal.happenings.event(now, "a-leg", "gsm1 dials +4915155500001", "1")
    journal.close()
