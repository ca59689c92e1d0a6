"""What a subscriber changes: the PIN, and a new number that is proved, accepted, taken back."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from appliance.accounts.pin import check_pin
from appliance.api.client import Client
from appliance.api.wire import ApiError
from tests.web.box import Box, Browser, running
from tests.web.test_fuzz import NASTY

SITE = """
[[line]]
name = "gsm1"
at = "/dev/none-at"
number = "+4915112345601"
enabled = false
[[account]]
name = "Anna"
numbers = ["+4915155500001"]
pin = "471193"
[[account]]
name = "Bert"
numbers = ["+4915155500002"]
pin = "880042"
[[account]]
name = "Clara"
numbers = ["+4915155500003"]
"""


@pytest.fixture
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        asked(found, "apply", text=SITE, where="site.toml")
        found.admin()
        yield found


def asked(box: Box, method: str, **params: Any) -> Any:
    with Client(box.data / "gateway.sock") as client:
        return client.call(method, **params)


def subscriber(box: Box, number: str = "+4915155500001", pin: str = "471193") -> Browser:
    browser = box.browser()
    assert browser.post("/me/login", number=number, pin=pin).location == "/me"
    return browser


def change(browser: Browser, old: str, new: str, again: str = "") -> Any:
    return browser.post("/me/pin", token=browser.token("/me/settings"), old=old, new=new, again=again or new)


def test_a_pin_is_changed_and_all_other_sessions_end(box: Box) -> None:
    browser, other = subscriber(box), subscriber(box)
    for old, new, again, said in (("471194", "559944", "", "the old PIN is wrong"), ("471193", "559944", "1", "differ"),
                                  ("471193", "1111", "", "one repeated digit"), ("471193", "00001", "", "own number"),
                                  ("471193", "123", "", "4 to 12 digits")):
        page = change(browser, old, new, again)
        assert (page.status, said in page.body) == (200, True)
    assert other.get("/me").status == 200
    assert change(browser, "471193", "559944").location == "/me/settings"
    assert (browser.get("/me").status, other.get("/me").status) == (200, 303)
    subscriber(box, pin="559944")
    stored = re.search(r'pin_hash = "([^"]+)"', asked(box, "export")["site.toml"])
    assert stored
    assert check_pin("559944", stored[1])
    told = str([asked(box, "audit", limit=100), asked(box, "events", limit=1000)])
    assert "changed the own PIN" in told
    assert "559944" not in told


def test_whoever_stole_a_session_cannot_guess_the_old_pin(box: Box) -> None:
    browser = subscriber(box)
    said = [change(browser, f"47119{n}", "559944").body for n in (4, 5, 6, 3)]  # the last one would be right
    assert ["too many wrong PINs" in each for each in said] == [False, False, True, True]
    with pytest.raises(ApiError, match="too many wrong PINs"):
        asked(box, "me_pin", who="Anna", old="471193", new="559944", session="0" * 64)


def test_where_there_is_no_pin_none_is_asked(box: Box) -> None:
    """Such a person came in by SMS."""
    asked(box, "me_pin", who="Clara", old="", new="559944", session="")
    subscriber(box, "+4915155500003", "559944")
    with pytest.raises(ApiError, match="the old PIN is wrong"):
        asked(box, "me_pin", who="Clara", old="", new="660055", session="")


def test_nobody_hangs_up_or_decides_for_others(box: Box) -> None:
    browser = subscriber(box)
    assert browser.post("/me/hang-up", token=browser.token("/me"), call="1").location == "/me"
    assert "is over already" in browser.get("/me").body
    assert browser.post("/hang-up", token=browser.token("/me"), call="1").status == 403
    assert browser.post("/accounts/numbers", token=browser.token("/me"), accept="1").status == 403


def test_what_a_call_would_cost_is_told_by_the_own_account(box: Box) -> None:
    asked(box, "apply", text='[[account]]\nname = "Anna"\ndeny = ["49137"]\n', where="site.toml")
    browser = subscriber(box)
    assert "the account denies" in browser.get("/me/prices?number=01371234567").body
    assert "no line can carry" in browser.get("/me/prices?number=03012345678").body
    assert "emergency" in browser.get("/me/prices?number=112").body
    for odd in ("%3Cscript%3E", "x", "+", "9" * 40):
        page = browser.get(f"/me/prices?number={odd}")
        assert (page.status, "<script>" in page.body) == (200, False)


def test_a_tapped_number_is_filled_in_and_nothing_else(box: Box) -> None:
    browser = subscriber(box)
    assert 'value="+493012345678"' in browser.get("/me?to=tel:%2B493012345678").body
    assert "<script>" not in browser.get('/me?to="><script>').body


FORMS = ("/me/call", "/me/hang-up", "/me/pin", "/me/number", "/me/number/confirm", "/me/number/withdraw", "/me/code",
         "/me/code/login", "/me/login")
FIELDS = ("to", "call", "old", "new", "again", "number", "code", "pin", "next")


def test_any_form_with_anything_in_it(box: Box) -> None:
    """The page stays up, and nobody's PIN or numbers change."""
    browser, before = subscriber(box), asked(box, "export")
    for path in FORMS:
        chance = random.Random(path)
        for _ in range(8):
            token = browser.token("/me/settings")
            form = {name: chance.choice(NASTY) for name in chance.sample(FIELDS, chance.randrange(1, 9))}
            body = urlencode({"csrf": token, **form}, errors="surrogatepass").encode()
            answer = browser.ask("POST", path, body, {"Origin": f"https://localhost:{box.port}",
                                                      "Content-Type": "application/x-www-form-urlencoded"})
            assert answer.status < 500, (path, form)
            assert "<script>alert" not in answer.body
            assert not answer.location or answer.location.startswith("/me")
    assert asked(box, "export") == before


def test_after_log_in_one_stays_on_this_page(box: Box) -> None:
    for to, where in (("/me/prices", "/me/prices"), ("https://evil.example", "/me"), ("//evil.example", "/me"),
                      ("/accounts", "/me"), ("/me/../accounts", "/me")):
        done = box.browser().post("/me/login", number="+4915155500001", pin="471193", next=to)
        assert done.location == where
