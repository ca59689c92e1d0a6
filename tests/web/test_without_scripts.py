"""A browser that runs no script: every page does its job by forms and links; what is live is looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from appliance.lab.station import HANDSETS
from appliance.labbox import PIN
from tests.web.program import PATIENCE_S
from tests.web.stage import SIZES, Stage, stage
from tests.web.test_browser import NUMBER, accounts, calls, leave, lines, messages, prices, set_up, settings

CLARA, ANNA = "Clara", HANDSETS[0][1]


@pytest.mark.parametrize("size", SIZES)
def test_every_page_works_without_scripts(tmp_path: Path, size: str) -> None:
    with stage(tmp_path, size, scripts=False) as box:
        no_script_runs(box)
        set_up(box)
        call(box)
        for do in (calls, accounts, lines, off_and_on, prices, messages, settings, leave, subscriber):
            do(box)


def no_script_runs(box: Stage) -> None:
    """Else all that follows would show nothing."""
    box.browser.get("data:text/html,<title>still</title><script>document.title = 'moved'</script>")
    assert box.browser.title == "still"


def call(box: Stage) -> None:
    """As with scripts; the page is loaded again to see how far the call is."""
    box.click("form[action='/first/call'] button")
    box.do("wait", "anna", "alerting")
    box.do("answer", "anna")
    box.open("/")
    box.reads_again("asks the subscriber")
    box.reads("Without JavaScript this page stands still.")
    box.click("li.call h3 a")
    box.do("key", "anna", f"{PIN}#")
    box.do("key", "anna", f"{NUMBER}#")
    box.do("wait", "bert", "active")
    box.reads_again("both are connected")
    box.open("/")
    box.reads_again("they talk")
    box.look("home")
    box.click("li.call button.danger")
    box.do("wait", "bert", "over")
    box.do("wait", "anna", "over")
    box.reads_again("Nobody is on the phone.")


def off_and_on(box: Stage) -> None:
    box.open("/lines/gsm2")
    for word, enabled in (("Switch on", False), ("Switch off", True)):
        box.click("form[action$='/switch'] button")
        box.reads(word)
        until(box, lambda row, now=enabled: row["enabled"] is now and (row["health"] == "ready") is now)
    box.open("/lines")
    box.reads_again("ready")


def until(box: Stage, fits: Any) -> None:
    WebDriverWait(box.browser, PATIENCE_S).until(
        lambda _: fits(next(row for row in box.ask("lines") if row["name"] == "gsm2")))


def subscriber(box: Stage) -> None:
    """Logs in by PIN, asks for a call, and hangs up."""
    box.open("/me/login")
    box.fill(number=ANNA, pin=PIN)
    box.click("main form button")
    box.fill(to=NUMBER)
    box.click("#call-me")
    box.do("wait", "anna", "alerting")
    box.reads_again("rings the subscriber")
    box.click("button[id^=hang-up]")
    box.do("wait", "anna", "over")
    WebDriverWait(box.browser, PATIENCE_S).until(lambda _: not box.ask("call_list", limit=1)["calls"][0]["running"])
    box.open("/me")
    box.see("button[id^=again]")
    box.look("me")
