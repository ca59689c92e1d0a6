"""The subscriber's own page: call me and connect me, how it goes, what it cost, the balance."""

from __future__ import annotations

import re
from typing import Any

from bottle import HTTPResponse

from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.visit import Visit, with_cookie

SHOWN = 20  # calls


def login(visit: Visit) -> Any:
    return visit.show("me-login", wrong="", number="")


def log_in(visit: Visit) -> Any:
    number, brakes = visit.text("number", 40), visit.house.brakes
    key = "number " + re.sub("[^0-9]", "", number)[-9:]
    if wait := brakes.wait_s(visit.address, key):
        return _again(visit, visit.say("Too many tries. Wait %s s.") % wait, number, 429)
    try:
        cookie, _ = visit.log_in(method="me_login", number=number, pin=visit.text("pin", 40))
    except Refused:
        brakes.wrong(visit.address, key)
        return _again(visit, visit.say("Number or PIN is wrong."), number, 403)
    brakes.right(visit.address, key)
    if visit.session:
        visit.ask("page_logout", session=digest(visit.session.cookie))
    return with_cookie(visit.go("/me"), cookie)


def _again(visit: Visit, wrong: str, number: str, status: int) -> HTTPResponse:
    return HTTPResponse(visit.show("me-login", wrong=wrong, number=number), status=status,
                        headers={"Content-Type": "text/html; charset=utf-8"})


def me(visit: Visit) -> Any:
    return _show(visit, "")


def _show(visit: Visit, wrong: str) -> Any:
    state = _mine(visit)
    if isinstance(state, HTTPResponse):
        return state
    answer = visit.house.snapshots.get("home", lambda: visit.ask("home"))
    running = [row for row in answer["calls"] if row["account"] == state["name"]]
    return visit.show("me", state=state, running=running, wrong=wrong, refresh=2 if running else 0,
                      calls=visit.ask("call_list", account=state["name"], limit=SHOWN)["calls"])


def _mine(visit: Visit) -> Any:
    """The account's row; or away from here, when it is gone or locked, or who asks is no subscriber."""
    assert visit.session
    if visit.session.role != "user":
        return visit.go("/")
    rows = visit.ask("accounts", account=visit.session.who)
    if not rows or not rows[0]["enabled"]:
        visit.ask("page_logout", session=digest(visit.session.cookie))
        return with_cookie(visit.go("/me/login"), "", 0)
    return rows[0]


def call(visit: Visit) -> Any:
    state = _mine(visit)
    if isinstance(state, HTTPResponse):
        return state
    to = re.sub(r"[\s()/.-]", "", visit.text("to", 40))
    if to and not re.fullmatch("[0-9+*#]{1,24}", to):
        return _show(visit, visit.say("Write a number of digits."))
    try:
        visit.change("callback", account=state["name"], destination=to)
    except Refused as no:
        return _show(visit, visit.say(str(no)))
    visit.house.snapshots.forget()
    return visit.go("/me", visit.say("Your phone rings in a moment."))


PAGES = (
    Page("GET", "/me/login", Access.ANYONE, login),
    Page("POST", "/me/login", Access.ANYONE, log_in),
    Page("GET", "/me", Access.USER, me),
    Page("POST", "/me/call", Access.USER, call),
)
