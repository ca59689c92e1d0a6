"""One-time codes by SMS: they let in once, tell nobody who exists, and stand nowhere but on the phone."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from appliance.api.client import Client
from appliance.api.wire import ApiError
from appliance.commands.codes import AGAIN, Codes
from appliance.commands.users import Users
from appliance.lab.station import HANDSETS
from appliance.labbox import LabProcess
from appliance.store.journal import Journal
from appliance.vocabulary.clock import SystemClock
from tests.web.box import Box, lab, running

MINE = HANDSETS[0][1]
PATIENCE_S, LOOK_S = 60.0, 0.05
CLARA = '[[account]]\nname = "Clara"\nnumbers = ["+4915155500077"]\npin = "471193"\n'


@dataclass
class Scene:
    box: Box
    phones: LabProcess

    def asked(self, method: str, **params: Any) -> Any:
        with Client(self.box.data / "gateway.sock") as client:
            return client.call(method, **params)

    def until(self, fits: Callable[[], Any]) -> Any:
        """Looks again and again, as a person does at a phone."""
        for _ in range(int(PATIENCE_S / LOOK_S)):
            if found := fits():
                return found
            threading.Event().wait(LOOK_S)
        raise AssertionError("it never came")

    def texts(self) -> list[str]:
        return asyncio.run(self.phones.do("texts", "anna"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    data = tmp_path_factory.mktemp("box")
    with lab(data) as phones, running(data) as box:
        found = Scene(box, phones)
        found.until(lambda: all(line["health"] == "ready" for line in found.asked("lines") if line["kind"] == "gsm"))
        found.asked("apply", text=CLARA, where="site.toml")
        box.admin()
        yield found


def test_a_code_lets_in_once_and_stands_nowhere_but_on_the_phone(scene: Scene) -> None:
    browser = scene.box.browser()
    told = browser.post("/me/code", number=MINE)
    assert "is on its way to it by SMS" in told.body
    sent = scene.until(lambda: re.search(r"\b([2-9]{8}) is your code", scene.texts()[-1]))
    code = sent[1]
    assert browser.post("/me/code/login", number=MINE, code="2" * 8).status == 403
    assert browser.post("/me/code/login", number="+4915155500077", code=code).status == 403  # of another's number
    done = browser.post("/me/code/login", number=MINE, code=f"{code[:4]} {code[4:]}")
    assert (done.status, done.location) == (303, "/me")
    assert "Front desk" in browser.get("/me").body
    assert scene.box.browser().post("/me/code/login", number=MINE, code=code).status == 403
    admin = scene.box.admin()
    shown = [admin.get(path).body for path in ("/messages?all=1", "/settings/log", "/")]
    asked = [scene.asked(method, limit=1000) for method in ("sms", "sms_sent", "events", "audit")]
    with sqlite3.connect(scene.box.data / "journal.sqlite") as journal:
        everything = "\n".join(journal.iterdump())
    journal.close()
    assert "******** is your code" in everything  # it is told that there was one
    assert [code in str(place) for place in (*shown, *asked, everything)] == [False] * (len(shown) + len(asked) + 1)


def test_nobody_learns_which_numbers_there_are(scene: Scene) -> None:
    pages = [scene.box.browser().post("/me/code", number=number).body.replace(number, "")
             for number in ("+4915155500077", "+4915155500078")]
    assert pages[0] == pages[1]
    for number in ("+4915155500077", "+4915155500078", "x", ""):
        with pytest.raises(ApiError, match="this code is wrong, used, or too old; ask for another"):
            scene.asked("me_code_login", number=number, code="23456789", session="0" * 64, address="")


def test_nobody_hangs_up_the_call_of_another(scene: Scene) -> None:
    call = scene.asked("callback", account="Front desk")["call"]
    clara = scene.box.browser()
    assert clara.post("/me/login", number="+4915155500077", pin="471193").location == "/me"
    assert MINE not in clara.get("/me").body  # nor sees it
    clara.post("/me/hang-up", token=clara.token("/me"), call=call)
    assert "is over already" in clara.get("/me").body
    assert [row["call"] for row in scene.asked("home")["calls"]] == [call]
    scene.asked("hang_up", call=call)


def test_the_answer_comes_before_anything_is_looked_up(tmp_path: Path) -> None:
    """So its time cannot tell either: whatever the look-up takes, or meets, comes after."""
    looked: list[bool] = []

    def settings() -> NoReturn:
        looked.append(True)
        raise LookupError

    async def ask() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        assert await users.handlers()["me_code"]({"number": MINE}) is None
        assert looked == []
        await asyncio.sleep(0)
        assert looked == [True]

    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    users = Users(settings, journal, SystemClock(), lambda *_: None, lambda *_: "", lambda *_: None, lambda _: None)
    asyncio.run(ask())
    journal.close()


def test_whoever_asks_for_many_codes_waits(scene: Scene) -> None:
    browser = scene.box.browser()
    found = [browser.post("/me/code", number=f"+49151555{n:05d}").status for n in range(100, 112)]
    assert 429 in found


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


def test_a_code_ends_after_ten_minutes_five_tries_or_the_next_one() -> None:
    clock = Hand()
    codes = Codes(clock)
    first = codes.make("x")
    assert codes.make("x") == ""  # not twice within a minute
    clock.at += AGAIN
    second = codes.make("x")
    assert (codes.takes("x", first), codes.takes("x", second), codes.takes("x", second)) == (False, True, False)
    third = codes.make("y")
    assert [codes.takes("y", "22222222") for _ in range(5)] == [False] * 5
    assert not codes.takes("y", third)
    late = codes.make("z")
    clock.at += timedelta(minutes=10)
    assert not codes.takes("z", late)
