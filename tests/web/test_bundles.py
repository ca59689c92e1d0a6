"""Bundles and holidays on the page: made, changed, removed and brought back; what is wrong stands beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.client import Client
from appliance.commands.layout import Layout
from tests.web.box import PASSWORD, Box, Browser, running
from tests.web.stage import Stage

SITE = """
[[line]]
name = "gsm1"
at = "/dev/none-at"
[[line]]
name = "gsm2"
at = "/dev/other-at"
"""
FLAT: dict[str, Any] = {
    "name": "flat", "lines": ["gsm1", "gsm2"], "minutes": "300", "margin": "10", "prefixes": "4930, 4989",
    "period": "week", "reset": "3", "per_minute": "0,02", "first_increment": "60", "next_increment": "1"}


@pytest.fixture(name="box")
def made(tmp_path: Path) -> Iterator[Box]:
    with running(tmp_path) as box:
        ask(box, "apply", text=SITE, where="site.toml", tariffs={})
        yield box


def ask(box: Box, method: str, **params: Any) -> Any:
    with Client(Layout(box.data).socket) as client:
        return client.call(method, **params)


def kept(box: Box) -> list[dict[str, str]]:
    """Each bundle as the site file has it."""
    blocks = ask(box, "export")["site.toml"].split("[[bundle]]\n")[1:]
    return [dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line) for block in blocks]


def field(page: str, name: str) -> str:
    """The whole element of a field."""
    found = re.search(rf'<(?:input|textarea) id="{name}"[^>]*>', page)
    assert found
    return found[0]


def test_a_bundle_is_made_changed_removed_and_brought_back(box: Box) -> None:
    admin = box.admin()
    assert admin.post("/prices/bundle", **FLAT).location == "/prices#bundles"
    assert kept(box) == [{
        "name": '"flat"', "lines": '["gsm1", "gsm2"]', "minutes": "300", "prefixes": '["4930", "4989"]',
        "period": '"week"', "reset": "3", "margin": "10", "per_minute": "0.02", "first_increment": "60",
        "next_increment": "1"}]
    page = admin.get("/prices").body
    assert "290 of 290 min" in page
    admin.post("/prices/bundle", **FLAT | {"name": "sms", "prefixes": "*", "per_minute": ""})
    admin.post("/prices/bundle/flat", **FLAT | {"minutes": "500", "name": "other"})
    assert [(each["name"], each["minutes"], each["prefixes"]) for each in kept(box)] == [
        ('"flat"', "500", '["4930", "4989"]'), ('"sms"', "300", '[""]')]
    before = kept(box)[1]
    back = admin.post("/prices/bundle/sms/remove").location
    assert [each["name"] for each in kept(box)] == ['"flat"']
    form = admin.get(back).body
    assert "sms is removed. Save it here to have it back." in form
    assert 'value="gsm2" checked' in form
    fields = {name: re.findall(r'value="([^"]*)"', field(form, name))[0]
              for name in FLAT if name not in ("lines", "period")}
    admin.post("/prices/bundle", **fields, lines=["gsm1", "gsm2"],
               period=re.findall(r'<option value="(\w+)" selected', form)[0])
    assert kept(box)[1] == before
    for name in ("flat", "sms"):
        admin.post(f"/prices/bundle/{name}/remove")
    assert kept(box) == []
    assert "flat (500 min a week on gsm1, gsm2)" in admin.get("/settings/log").body


@pytest.mark.parametrize(("key", "typed", "said"), [
    ("minutes", "0", "out of range; write 1 to 100000"), ("minutes", "many", "not a whole number"),
    ("margin", "300", "leaves nothing of 300 minutes"), ("reset", "9", "no day of the week"),
    ("prefixes", "+49", "is not a prefix"), ("prefixes", "", "name at least one"), ("lines", [], "name at least one"),
    ("per_minute", "-1", "is negative"), ("name", "no blanks", "write a short name"), ("period", "year", "is unknown"),
    ("first_increment", "0", "out of range")])
def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(box: Box, key: str, typed: Any, said: str) -> None:
    page = box.admin().post("/prices/bundle", **FLAT | {key: typed}).body
    beside = re.search(rf'id="{key}-fault">([^<]*)<', page)
    assert beside
    assert said in beside[1]
    assert f'<li><a href="#{key}">' in page
    assert kept(box) == []
    if key not in ("lines", "period"):
        assert 'aria-invalid="true"' in field(page, key)
        assert f'value="{typed}"' in field(page, key)


def test_two_of_one_name_are_refused(box: Box) -> None:
    admin = box.admin()
    admin.post("/prices/bundle", **FLAT)
    page = admin.post("/prices/bundle", **FLAT | {"minutes": "20"}).body
    assert "stands twice" in page
    assert kept(box)[0]["minutes"] == "300"


def test_holidays_are_kept_and_wrong_ones_stay_in_the_form(box: Box) -> None:
    admin = box.admin()
    assert admin.post("/prices/holidays", holidays="12-25\r\n2026-04-03").location == "/prices#bundles"
    assert 'holidays = ["12-25", "2026-04-03"]' in ask(box, "export")["site.toml"]
    assert "Holidays: 2" in admin.get("/prices").body
    page = admin.post("/prices/holidays", holidays="12-25\n31.12.").body
    assert 'id="holidays-fault">holidays &quot;31.12.&quot; cannot be used' in page
    assert "12-25\n31.12.</textarea>" in page
    assert 'holidays = ["12-25", "2026-04-03"]' in ask(box, "export")["site.toml"]
    admin.post("/prices/holidays", holidays="")
    assert "holidays = []" in ask(box, "export")["site.toml"]


def test_a_viewer_looks_and_changes_nothing(box: Box) -> None:
    admin = box.admin()
    admin.post("/prices/bundle", **FLAT)
    admin.post("/settings/people", name="guest", role="viewer", password=PASSWORD)
    viewer = Browser(box)
    viewer.post("/login", name="guest", password=PASSWORD)
    assert viewer.get("/prices/bundle/flat").status == viewer.get("/prices/holidays").status == 200
    assert "<button>Save" not in viewer.get("/prices/bundle/flat").body
    for path in ("/prices/bundle", "/prices/bundle/flat", "/prices/bundle/flat/remove", "/prices/holidays"):
        assert viewer.post(path, **FLAT | {"minutes": "1"}, token=viewer.token("/prices")).status == 403
    assert kept(box)[0]["minutes"] == "300"


def test_in_german_too(box: Box) -> None:
    admin = box.admin()
    admin.cookies["ringback_language"] = "de"
    page = admin.post("/prices/bundle", **FLAT | {"minutes": "0"}).body
    assert "Freiminuten &quot;flat&quot;: minutes 0 passt nicht; 1 bis 100000 schreiben (" in page


def bundles(box: Stage) -> None:
    """In a browser: what is wrong is said, then a bundle and the holidays hold."""
    box.open("/prices/bundle")
    box.look("bundle-new")
    box.fill(name="flat", minutes="300", margin="400", prefixes="4930")
    box.tick("lines")
    box.click("form[action='/prices/bundle'] button")
    box.reads("margin 400 leaves nothing of 300 minutes")
    box.look("bundle-refused")
    box.fill(margin="10")
    box.click("form[action='/prices/bundle'] button")
    box.reads("290 of 290 min")
    box.open("/prices/holidays")
    box.look("holidays")
    box.fill(holidays="12-25, 12-26")
    box.click("form[action='/prices/holidays'] button")
    box.reads("Holidays: 2")
    box.look("prices-bundle")
    box.open("/prices/bundle/flat")
    box.look("bundle")
    box.click("form[action$='/remove'] button")
    box.reads("flat is removed.")
