"""Set-up, the checklist, settings and who may log in: what an admin does on the page reaches the settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.api.client import Client
from tests.web.box import PASSWORD, Box, running


@pytest.fixture
def box(tmp_path: Any) -> Iterator[Box]:
    with running(tmp_path) as found:
        yield found


def asked(box: Box, method: str, **params: Any) -> Any:
    with Client(box.data / "gateway.sock") as client:
        return client.call(method, **params)


OFFICE: dict[str, Any] = {"country": "AT", "currency": "EUR", "timezone": "Europe/Vienna", "language": "de"}


def test_the_office_and_its_people_are_taken_over(box: Box) -> None:
    admin = box.admin()
    done = admin.post("/first", **OFFICE, people="Anna Adler, 0664 1234567, +4915155500001\nBob; 01 5123456\n")
    assert done.location == "/first/checklist"
    accounts = {each["name"]: each["numbers"] for each in asked(box, "accounts")}
    assert accounts == {"Anna Adler": ["+436641234567", "+4915155500001"], "Bob": ["+4315123456"]}
    page = admin.get("/first/checklist").body
    assert "Plug in a modem" in page
    assert "Ring now" not in page


def test_one_wrong_line_changes_nothing_and_is_named(box: Box) -> None:
    admin = box.admin()
    page = admin.post("/first", **OFFICE, people="Anna, 0664 1234567\nBob").body
    assert "Bob: write a name, a comma, and a number" in page
    assert "Anna, 0664 1234567" in page  # what was typed is still there
    page = admin.post("/first", **{**OFFICE, "timezone": "Europe/Vena"}, people="Anna, 12").body
    assert "did you mean &quot;Europe/Vienna&quot;" in page
    assert "is not a telephone number of AT" in page
    assert asked(box, "accounts") == []


def test_a_test_call_that_cannot_be_says_why(box: Box) -> None:
    admin = box.admin()
    admin.post("/first", **OFFICE, people="Anna, 0664 1234567")
    admin.post("/first/call", account="Anna")
    assert "No test call: " in admin.get("/first/checklist").body


def settings_form(box: Box) -> dict[str, Any]:
    return {**OFFICE, "compare": "", "callback_rest": "3", "ring_s": "25", "callback_tries": "3", "retry_s": "120",
            "expected_call_s": "180", "sms_answers_per_day": "10", "sms_box_per_day": "100",
            "sms_codes_per_day": "3", "deny": "49900, 881",
            "allow": "", "repeat_window_s": "60", "caller_per_hour": "20", "caller_per_day": "100",
            "box_per_hour": "120", "keep_days": "90", "names": "box.example.org"}


def test_settings_are_saved_and_told(box: Box) -> None:
    admin = box.admin()
    admin.post("/settings", **settings_form(box))
    page = admin.get("/settings").body
    assert "ring_s 20 -&gt; 25" in page
    assert 'value="25"' in page
    exported = asked(box, "export")["site.toml"]
    assert 'deny = ["49900", "881"]' in exported
    assert "sms_reasons = false" in exported
    assert "keep_days = 90" in exported


def test_every_complaint_stands_on_the_page_and_nothing_is_lost(box: Box) -> None:
    admin = box.admin()
    page = admin.post("/settings", **{**settings_form(box), "ring_s": "9999", "country": "XX", "deny": "abc"}).body
    assert "ring_s 9999 is out of range" in page
    assert "country &quot;XX&quot; is unknown" in page
    assert "is not a prefix" in page
    assert 'value="9999"' in page
    assert 'country = "DE"' in asked(box, "export")["site.toml"]


@pytest.mark.parametrize("evil", ['"\n[[account]]\nname = "eve', "x\\", "\x00", "'''", '"]', "\u2028"])
def test_no_text_breaks_out_of_its_field(box: Box, evil: str) -> None:
    admin = box.admin()
    for key in ("timezone", "compare", "deny", "ring_s"):
        admin.post("/settings", **{**settings_form(box), key: evil})
    assert asked(box, "accounts") == []
    assert "eve" not in asked(box, "export")["site.toml"]


def test_people_who_may_log_in(box: Box) -> None:
    admin = box.admin()
    assert "at least 10" in admin.post("/settings/people", name="vera", role="viewer", password="short").body
    admin.post("/settings/people", name="vera", role="viewer", password="nothing but looking")
    vera = box.browser()
    vera.post("/login", name="vera", password="nothing but looking")
    assert vera.get("/settings").status == 200
    assert vera.post("/settings", **settings_form(box)).status == 403
    assert vera.get("/settings/people").status == 403
    admin.post("/settings/people/remove", name="vera")
    assert vera.get("/settings").location.startswith("/login")
    assert "last admin" in admin.post("/settings/people/remove", name="admin").body
    assert "last admin" in admin.post("/settings/people", name="admin", role="viewer", password="").body


def test_a_password_is_changed_by_who_knows_the_old_one(box: Box) -> None:
    admin, elsewhere, new = box.admin(), box.admin(), "another set of words"
    assert "old password is wrong" in admin.post("/settings/password", old="no", password=new, again=new).body
    assert admin.post("/settings/password", old=PASSWORD, password=new, again=new).location == "/settings"
    assert admin.get("/settings").status == 200
    assert elsewhere.get("/settings").status == 303
    assert box.browser().post("/login", name="admin", password=new).status == 303


def test_the_log_names_who_changed_what_and_no_secret(box: Box) -> None:
    admin = box.admin()
    admin.post("/settings", **settings_form(box))
    admin.post("/settings/people", name="vera", role="viewer", password="nothing but looking")
    asked(box, "apply", text='[[account]]\nname = "Anna"\nnumbers = ["+4915155500001"]\npin = "2580147"\n')
    page = admin.get("/settings/log").body
    assert "ring_s 20 -&gt; 25" in page
    assert "saved vera as viewer" in page
    assert "admin set up the page" in page
    rows = {(each["who"], each["what"]) for each in asked(box, "audit")}
    assert ("the box", 'account "Anna": added') in rows
    assert "nothing but looking" not in str(rows)
    assert "2580147" not in str(rows)
    assert PASSWORD not in str(rows)
    assert asked(box, "audit", limit=1)[0]["number"] > asked(box, "audit", limit=1000)[-1]["number"]
