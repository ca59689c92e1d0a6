"""Alerts on the page: set up, tested, told; the password goes in and never comes out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.alerts.mailserver import PASSWORD, USER, Inbox, mail_server
from tests.web.box import Answer, Box, running

FORM: dict[str, Any] = {
    "mail_to": "office@example.org", "mail_host": "localhost", "mail_tls": "starttls", "mail_user": USER,
    "mail_password": PASSWORD, "mail_from": "", "sms_to": "", "sms_per_day": "5", "after_min": "5", "topic_lines": "on"}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        yield found


@pytest.fixture
def inbox(tmp_path: Path, box: Box) -> Iterator[Inbox]:
    """The gateway of the box trusts it as it would trust a provider's."""
    with mail_server(tmp_path) as server:
        box.gateway._alerting._mailer._trusted = server.trusted
        yield server


def save(box: Box, **fields: str) -> Answer:
    return box.admin().post("/settings/alerts", **{**FORM, **fields})


def test_they_are_set_up_and_tested(box: Box, inbox: Inbox) -> None:
    assert save(box, mail_port=str(inbox.port)).status == 303
    browser = box.admin()
    assert "One is kept" in browser.get("/settings/alerts").body
    assert browser.post("/settings/alerts/test").status == 303
    assert "on its way to office@example.org" in browser.get("/settings/alerts").body
    assert inbox.letters[0]["Subject"] == "Ringback: This is a test"


def test_a_test_that_fails_says_what_to_do(box: Box, inbox: Inbox) -> None:
    save(box, mail_port=str(inbox.port), mail_password="wrong")
    answer = box.admin().post("/settings/alerts/test")
    assert "correct mail_user and mail_password" in answer.body
    assert "The test did not reach everybody" in answer.body
    save(box, mail_port=str(inbox.port), sms_to="0151 55500001")
    answer = box.admin().post("/settings/alerts/test")
    assert "no SMS to +4915155500001: no line can send now" in answer.body
    assert len(inbox.letters) == 1


def test_an_empty_password_keeps_the_one_that_is_there_and_no_user_takes_it_away(box: Box, inbox: Inbox) -> None:
    save(box, mail_port=str(inbox.port))
    save(box, mail_port=str(inbox.port), mail_password="", after_min="7")
    assert box.admin().post("/settings/alerts/test").status == 303
    save(box, mail_port=str(inbox.port), mail_password="", mail_user="")
    assert "None is kept" in box.admin().get("/settings/alerts").body


def test_the_password_never_comes_out(box: Box, inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    save(box, mail_port=str(inbox.port))
    browser = box.admin()
    browser.post("/settings/alerts/test")
    save(box, mail_port="no port at all")  # a complaint that shows the form again
    seen = [browser.get(path).body for path in ("/settings/alerts", "/settings", "/settings/log", "/")]
    seen += [str(browser.box.site.app._house.door.ask(method)) for method in ("export", "audit", "events", "check")]
    assert PASSWORD not in "".join(seen) + caplog.text
    assert "mail_password changed" in seen[2]


@pytest.mark.parametrize("name", ["mail_to", "mail_from", "mail_host", "mail_user", "mail_password", "sms_to"])
def test_a_line_break_is_refused_and_changes_nothing(box: Box, name: str) -> None:
    before = box.site.app._house.door.ask("export")
    answer = save(box, mail_port="587", **{name: "x@example.org\r\nBcc: thief@example.net"})
    assert "Nothing was changed" in answer.body
    assert box.site.app._house.door.ask("export") == before
