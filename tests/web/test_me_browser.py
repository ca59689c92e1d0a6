"""A subscriber, at both sizes, in a browser: in by SMS, a tap makes a lab phone ring, prices, PIN, a new number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from appliance.lab.station import HANDSETS
from appliance.labbox import PIN
from tests.web.program import PATIENCE_S
from tests.web.stage import PASSWORD, SIZES, Stage, stage

MINE, OTHER = HANDSETS[0][1], HANDSETS[1][1]
NEW_PIN = "880042"


@pytest.mark.parametrize("size", SIZES)
def test_a_subscriber_does_everything_alone(tmp_path: Path, size: str) -> None:
    with stage(tmp_path, size) as box:
        set_up(box)
        by_code(box)
        call(box)
        prices(box)
        change_pin(box)
        new_number(box)
        decided(box)


def set_up(box: Stage) -> None:
    box.open("/")
    box.fill(code=box.code, name="admin", password=PASSWORD, again=PASSWORD)
    box.click("main button")
    box.see("#people")
    box.click("form[action='/logout'] button")
    box.see("input[name=password]")


def by_code(box: Stage) -> None:
    """The certificate's page opens before anybody logs in; the code comes to the lab's phone."""
    box.open("/me/login")
    box.click("a[href='/ca']")
    box.see("#fingerprint")
    box.look("ca")
    box.click("a[href='/me/login']")
    box.look("me-login")
    box.fill(number=MINE)
    box.click("#send-code")
    box.see("#code")
    box.look("me-code")
    box.fill(code=texted(box))
    box.click("main form button")
    box.see("#call-me")


def texted(box: Stage) -> str:
    """The code that anna's phone got."""
    found: re.Match[str] | None = WebDriverWait(box.browser, PATIENCE_S).until(
        lambda _: re.search(r"\b([2-9]{8}) is your code", box.do("texts", "anna")[-1]))
    assert found
    return found[1]


def call(box: Stage) -> None:
    """Live, and what is being typed meanwhile stays."""
    box.fill(to="030 12345678")
    box.look("me")
    box.click("#call-me")
    box.do("wait", "anna", "alerting")
    box.reads("rings the subscriber")
    box.fill(to="0151 23")
    box.do("answer", "anna")
    box.reads("asks the subscriber")
    box.do("key", "anna", f"{PIN}#")
    box.do("wait", "bert", "active")
    box.reads("they talk")
    assert box.see("#to").get_attribute("value") == "0151 23"
    box.see("#to").clear()
    box.look("me-talks")
    box.click("button[id^=hang-up]")
    box.do("wait", "bert", "over")
    box.do("wait", "anna", "over")
    box.see("button[id^=again]")
    box.look("me-after")


def prices(box: Stage) -> None:
    box.click("nav a[href='/me/prices']")
    box.fill(number="030 12345678", minutes="5")
    box.click("form[action='/me/prices'] button")
    box.reads("0.30 EUR")
    box.reads("and ringing you")
    box.look("me-prices")


def change_pin(box: Stage) -> None:
    box.click("nav a[href='/me/settings']")
    for old, new, said in (("0000", NEW_PIN, "the old PIN is wrong"), (PIN, "1234", "counts up or down"),
                           (PIN, NEW_PIN, "The PIN is changed.")):
        box.fill(old=old, new=new, again=new)
        box.click("form[action='/me/pin'] button")
        box.reads(said)
    box.look("me-settings")
    box.click("form[action='/logout'] button")
    box.see("#send-code")
    box.fill(number=MINE, pin=NEW_PIN)
    box.click("main form button")
    box.see("#call-me")


def new_number(box: Stage) -> None:
    """Bert's is a landline, which takes no SMS: it rings the box instead."""
    box.open("/me/settings")
    box.fill(number=OTHER)
    box.click("form[action='/me/number'] button")
    box.reads("ring the box from it instead")
    box.look("me-number")
    box.do("miss", "bert")
    box.open("/me/settings")
    box.reads("waits for an admin of this box")
    box.click("form[action='/logout'] button")
    box.see("#send-code")


def decided(box: Stage) -> None:
    """An admin sees the wish on the first page, and takes the decision back on the other."""
    box.open("/login")
    box.fill(name="admin", password=PASSWORD)
    box.click("main form button")
    box.reads("confirmed by missed call")
    box.look("home-number")
    box.click("button[id^=accept]")
    box.reads(f"{OTHER} belongs to Front desk now.")
    box.open("/accounts")
    box.look("accounts-number")
    box.click("button[id^=undo]")
    box.reads("waits for a decision again")
    box.click("button[id^=refuse]")
    box.reads(f"{OTHER} is refused to Front desk.")
