"""SMS: what came, what was sent, and writing one."""

from __future__ import annotations

from typing import Any

from web.door import Refused
from web.page import Access, Page
from web.visit import Visit

SHOWN = 200  # messages


def messages(visit: Visit) -> Any:
    return _show(visit, "", "", "")


def _show(visit: Visit, wrong: str, number: str, text: str) -> str:
    return visit.show("messages", inbox=visit.ask("sms", limit=SHOWN, commands=visit.query.get("all") == "1"),
                      sent=visit.ask("sms_sent", limit=SHOWN), lines=visit.ask("lines"), wrong=wrong, number=number,
                      text=text)


def send(visit: Visit) -> Any:
    number, text = visit.text("number", 40), visit.form.get("text", "")[:2000]
    try:
        visit.change("sms_send", number=number, text=text, line=visit.text("line", 32))
    except Refused as no:
        return _show(visit, visit.say(str(no)), number, text)
    return visit.go("/messages", visit.say("The message is on its way."))


PAGES = (
    Page("GET", "/messages", Access.VIEWER, messages),
    Page("POST", "/messages", Access.ADMIN, send),
)
