"""What an admin does on the page, in a real browser, against the real gateway and the lab's phones."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.labbox import PIN
from tests.web.stage import PASSWORD, SIZES, Stage, stage

NUMBER = "03012345678"


@pytest.mark.parametrize("size", SIZES)
def test_from_the_set_up_code_to_a_call_and_through_every_page(tmp_path: Path, size: str) -> None:
    with stage(tmp_path, size) as box:
        set_up(box)
        call(box)
        for look_at in (calls, accounts, lines, prices, messages, settings):
            look_at(box)
        leave(box)


def set_up(box: Stage) -> None:
    box.open("/")
    box.look("setup")
    box.fill(code=box.code, name="admin", password=PASSWORD, again=PASSWORD)
    box.click("main button")
    box.see("#people")
    box.look("first")
    box.fill(people="Clara, 0151 55500077")
    box.click("main form button")
    box.see("ol.check")
    box.look("checklist")


def call(box: Stage) -> None:
    """The button makes a lab phone ring; the first page follows the call by itself, and its button ends it."""
    box.click("form[action='/first/call'] button")
    box.do("wait", "anna", "alerting")
    box.do("answer", "anna")
    box.open("/")
    box.reads("asks the subscriber")
    box.click("li.call h3 a")
    box.click("details summary")
    box.do("key", "anna", f"{PIN}#")
    box.do("key", "anna", f"{NUMBER}#")
    box.do("wait", "bert", "active")
    box.reads("both are connected")  # without loading the page again: what was unfolded is
    assert box.see("details").get_attribute("open")
    box.look("call-talks")
    box.open("/")
    box.reads("they talk")
    box.look("home")
    box.click("li.call button.danger")
    box.do("wait", "bert", "over")
    box.do("wait", "anna", "over")
    box.reads("Nobody is on the phone.")


def calls(box: Stage) -> None:
    box.open("/calls")
    box.look("calls")
    box.click("table a")
    box.reads("How the price came about")
    box.look("call")
    box.open("/calls/charts")
    for by in ("day", "line", "account"):
        for key in ("minutes", "cost"):
            box.see(f".chart[data-chart={by}][data-key={key}] canvas")
    box.look("charts")


def accounts(box: Stage) -> None:
    box.open("/accounts")
    box.look("accounts")
    box.open("/accounts/of/Clara")
    box.click("form[action$='/pin'] button")
    assert len(box.see("#fresh-pin").text) == 6
    box.look("account")
    box.click("form[action$='/lock'] button")
    box.reads("locked")


def lines(box: Stage) -> None:
    box.open("/lines")
    box.look("lines")
    box.open("/lines/gsm1")
    box.fill(code="*100#")
    box.click("form[action$='/ussd'] button")
    box.reads("9,80")
    box.look("line")
    talk(box)
    box.open("/lines/gsm1/console")
    box.reads("> AT")
    box.look("console")


def talk(box: Stage) -> None:
    """A test call by one line; its meter moves while the box speaks, and rests after."""
    box.open("/settings")
    box.fill(repeat_window_s="0")  # anna was rung a moment ago
    box.click("form[action='/settings'] button")
    box.reads("repeat_window_s 60 -> 0")
    box.open("/lines/gsm1")
    box.click("form[action$='/call'] button")
    box.do("wait", "anna", "alerting")
    box.do("answer", "anna")
    box.reads("dBm0")
    box.look("meter")
    box.do("hangup", "anna")
    box.reads("Nobody talks on this line now.")


def prices(box: Stage) -> None:
    box.open("/prices")
    box.fill(number=NUMBER, minutes="5")
    box.click("form[action='/prices'] button")
    box.reads("gsm3 at 0.3000 EUR for 300 s")
    box.look("prices")
    tariff = box.data / "new.csv"
    tariff.write_text("prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.01,60,1\n", "utf-8")
    box.see("#file").send_keys(str(tariff))
    box.click("form[action='/prices/upload'] button")
    box.reads("of them differ from what holds now")
    box.look("tariff")
    box.click("form[action^='/prices/upload/'] button")
    box.reads("tariff rows changed")


def messages(box: Stage) -> None:
    box.open("/messages")
    box.click("summary")
    box.fill(number="+4915155500001", text="See you at six")
    box.click("form[action='/messages'] button")
    box.reads("on its way")
    box.look("messages")


def settings(box: Stage) -> None:
    box.open("/settings")
    box.fill(ring_s="25")
    box.click("form[action='/settings'] button")
    box.reads("ring_s 20 -> 25")
    box.look("settings")
    box.open("/settings/backup")
    box.look("backup")
    box.open("/settings/log")
    box.reads("ring_s 20 -> 25")
    box.look("log")
    box.open("/settings/people")
    box.look("people")
    box.open("/settings/password")
    box.look("password")


def leave(box: Stage) -> None:
    box.click("form[action='/logout'] button")
    box.see("input[name=password]")
    box.look("login")
    box.open("/no-such-page")
    box.look("none")


def test_a_live_page_waits_for_a_seat_and_leaves_when_its_visitor_is_logged_out(tmp_path: Path) -> None:
    with stage(tmp_path, "desktop") as box:
        set_up(box)
        box.open("/")
        box.do("miss", "anna")
        box.do("wait", "anna", "alerting")
        box.reads("rings the subscriber")
        box.browser.execute_script("fetch('/logout', {method: 'POST', body: new FormData(document.forms[0])})")
        box.see("input[name=password]")
        assert box.browser.current_url.endswith("/login")
        box.look("logged-out")
