"""Subscribers come in: by number and PIN, or by a code that an SMS brings."""

from __future__ import annotations

import re
from typing import Any

from bottle import HTTPResponse

from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.visit import Visit, with_cookie

HERE = re.compile(r"/me(/[a-z]+)?")


def _key(number: str) -> str:
    """However the number is written: its last digits."""
    return "number " + re.sub("[^0-9]", "", number)[-9:]


def _next(visit: Visit) -> str:
    """Where to after log-in: only to a page of a subscriber's."""
    wanted = visit.text("next", 40)
    return wanted if HERE.fullmatch(wanted) else "/me"


def login(visit: Visit) -> Any:
    return _form(visit, "", "", 200)


def log_in(visit: Visit) -> Any:
    number = visit.text("number", 40)
    return _enter(visit, number, _form, visit.say("Number or PIN is wrong."), "me_login",
                  pin=visit.text("pin", 40))


def code_login(visit: Visit) -> Any:
    number = visit.text("number", 40)
    return _enter(visit, number, _code_form, visit.say("This code is wrong, used, or too old."),
                  "me_code_login", code=visit.text("code", 40))


def _enter(visit: Visit, number: str, form: Any, wrong: str, method: str, **secret: str) -> Any:
    brakes = visit.house.brakes
    if wait := brakes.wait_s(visit.address, _key(number)):
        return form(visit, visit.say("Too many tries. Wait %s s.") % wait, number, 429)
    try:
        cookie, _ = visit.log_in(method=method, number=number, **secret)
    except Refused:
        brakes.wrong(visit.address, _key(number))
        return form(visit, wrong, number, 403)
    brakes.right(visit.address, _key(number))
    if visit.session:
        visit.ask("page_logout", session=digest(visit.session.cookie))
    return with_cookie(visit.go(_next(visit)), cookie)


def send_code(visit: Visit) -> Any:
    """Each wish counts as a try: codes cost money, and whoever asks for many waits."""
    number, brakes = visit.text("number", 40), visit.house.brakes
    if not re.search("[0-9]{3}", re.sub("[^0-9]", "", number)):
        return _form(visit, visit.say("Write your number first."), number, 400)
    if wait := brakes.wait_s(visit.address, _key(number)):
        return _form(visit, visit.say("Too many tries. Wait %s s.") % wait, number, 429)
    brakes.wrong(visit.address, _key(number))
    visit.ask("me_code", number=number)
    return _code_form(visit, "", number, 200)


def _form(visit: Visit, wrong: str, number: str, status: int) -> HTTPResponse:
    return _page(visit, "me-login", wrong, number, status)


def _code_form(visit: Visit, wrong: str, number: str, status: int) -> HTTPResponse:
    return _page(visit, "me-code", wrong, number, status)


def _page(visit: Visit, template: str, wrong: str, number: str, status: int) -> HTTPResponse:
    text = visit.show(template, wrong=wrong, number=number, next=_next(visit), scripts=("app.js",))
    return HTTPResponse(text, status=status, headers={"Content-Type": "text/html; charset=utf-8"})


PAGES = (
    Page("GET", "/me/login", Access.ANYONE, login),
    Page("POST", "/me/login", Access.ANYONE, log_in),
    Page("POST", "/me/code", Access.ANYONE, send_code),
    Page("POST", "/me/code/login", Access.ANYONE, code_login),
)
