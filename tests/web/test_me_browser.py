"""A subscriber at phone size, in a real browser: a tap makes a lab phone ring."""

from __future__ import annotations

from pathlib import Path

from appliance.lab.station import HANDSETS
from appliance.labbox import PIN
from tests.web.stage import PASSWORD, stage


def test_a_tap_makes_the_phone_ring(tmp_path: Path) -> None:
    with stage(tmp_path, "phone") as box:
        box.open("/")
        box.fill(code=box.code, name="admin", password=PASSWORD, again=PASSWORD)
        box.click("main button")
        box.see("#people")
        box.click("form[action='/logout'] button")
        box.see("input[name=password]")
        box.open("/me/login")
        box.look("me-login")
        box.fill(number=HANDSETS[0][1], pin=PIN)
        box.click("main form button")
        box.fill(to="030 12345678")
        box.look("me")
        box.click("#call-me")
        box.do("wait", "anna", "alerting")
        box.do("answer", "anna")
        box.reads("asks the subscriber")
        box.do("key", "anna", f"{PIN}#")
        box.do("wait", "bert", "active")
        box.reads("they talk")
        box.do("hangup", "anna")
        box.do("wait", "bert", "over")
        box.reads("Again")
