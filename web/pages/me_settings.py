"""What a subscriber sets: the PIN, and a new number, which is proved and then waits for an admin."""

from __future__ import annotations

from typing import Any

from bottle import HTTPResponse

from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.pages.me import own
from web.visit import Visit


def settings(visit: Visit) -> Any:
    return _show(visit)


def _show(visit: Visit, **values: Any) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    lines = [line["number"] for line in visit.ask("lines") if line["number"] and line["enabled"]]
    return visit.show("me-settings", state=state, wish=visit.ask("me_number_state", who=state["name"]), box=lines,
                      scripts=("app.js",), **{"wrong_pin": "", "wrong_number": "", "number": "", **values})


def change_pin(visit: Visit) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    assert visit.session
    if visit.text("new", 40) != visit.text("again", 40):
        return _show(visit, wrong_pin=visit.say("The two PINs differ."))
    try:
        visit.change("me_pin", who=state["name"], old=visit.text("old", 40), new=visit.text("new", 40),
                     session=digest(visit.session.cookie))
    except Refused as no:
        return _show(visit, wrong_pin=visit.say(str(no)))
    return visit.go("/me/settings", visit.say("The PIN is changed. Wherever else you were logged in, you are not now."))


def ask_number(visit: Visit) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    try:
        answer = visit.change("me_number", who=state["name"], number=visit.text("number", 40))
    except Refused as no:
        return _show(visit, wrong_number=visit.say(str(no)), number=visit.text("number", 40))
    sent = visit.say("A code is on its way to it by SMS.") if answer["sent"] else visit.say(
        "No SMS could be sent to it now: ring the box from it instead.")
    return visit.go("/me/settings#numbers", sent)


def confirm(visit: Visit) -> Any:
    return _deed(visit, "me_number_confirm", visit.say("The number is confirmed."), code=visit.text("code", 40))


def withdraw(visit: Visit) -> Any:
    return _deed(visit, "me_number_withdraw", visit.say("The wish is withdrawn."))


def _deed(visit: Visit, method: str, done: str, **params: str) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    try:
        visit.change(method, who=state["name"], **params)
    except Refused as no:
        return _show(visit, wrong_number=visit.say(str(no)))
    return visit.go("/me/settings#numbers", done)


PAGES = (
    Page("GET", "/me/settings", Access.USER, settings),
    Page("POST", "/me/pin", Access.USER, change_pin),
    Page("POST", "/me/number", Access.USER, ask_number),
    Page("POST", "/me/number/confirm", Access.USER, confirm),
    Page("POST", "/me/number/withdraw", Access.USER, withdraw),
)
