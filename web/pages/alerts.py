"""Alerts: who is told by mail and SMS when something is wrong with the box, and a test of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from web.door import Refused
from web.page import Access, Page
from web.sitefile import apply, by_field, number, read, words
from web.visit import Visit

TEXTS = ("mail_from", "mail_host", "mail_user")
NUMBERS = ("mail_port", "sms_per_day", "after_min")
TOPICS = ("lines", "money", "box", "settings")


def alerts(visit: Visit) -> Any:
    return _form(visit, read(visit)["site"]["alerts"], [])


def _form(visit: Visit, kept: dict[str, Any], complaints: list[str], failed: Sequence[str] = ()) -> str:
    faults = by_field(complaints, (*kept, "mail_password"), "[site.alerts]: ")
    return visit.show("alerts", kept=kept, state=visit.ask("alert_state"), complaints=complaints, faults=faults,
                      topics=TOPICS, failed=failed)


def save(visit: Visit) -> Any:
    wanted: dict[str, Any] = {key: visit.text(key, 200) for key in TEXTS}
    wanted |= {key: number(visit.text(key, 30)) for key in NUMBERS}
    wanted |= {"mail_to": words(visit.text("mail_to", 2000)), "sms_to": words(visit.text("sms_to", 1000)),
               "mail_tls": visit.text("mail_tls", 20),
               "topics": [topic for topic in TOPICS if visit.flag(f"topic_{topic}")]}
    password = visit.form.get("mail_password", "")[:1000]
    secret = {"mail_password": password} if password else {} if wanted["mail_user"] else {"mail_password": ""}
    complaints, changes = apply(visit, site={"alerts": wanted | secret})
    if complaints:
        return _form(visit, read(visit)["site"]["alerts"] | wanted, complaints)
    return visit.go("/settings/alerts", visit.told(changes))


def test(visit: Visit) -> Any:
    """One mail and one SMS, with what is kept now."""
    try:
        answer = visit.change("alert_test")
    except Refused as no:
        return _form(visit, read(visit)["site"]["alerts"], [], [str(no)])
    if answer["failed"]:
        return _form(visit, read(visit)["site"]["alerts"], [], answer["failed"])
    return visit.go("/settings/alerts", visit.say("A test is on its way to %s.") % ", ".join(answer["told"]))


PAGES = (
    Page("GET", "/settings/alerts", Access.ADMIN, alerts),
    Page("POST", "/settings/alerts", Access.ADMIN, save),
    Page("POST", "/settings/alerts/test", Access.ADMIN, test),
)
