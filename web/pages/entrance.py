"""Coming in and going out: first set-up, log-in, a new password by a code from the console."""

from __future__ import annotations

from typing import Any

from bottle import HTTPResponse

from web.application import LANGUAGE_COOKIE
from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.visit import Visit, with_cookie


def local(path: str) -> str:
    """Where to after log-in: only to a page of ours."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain and len(path) < 500 else "/"


def login(visit: Visit) -> Any:
    return visit.show("login", wrong="", name="", next=local(visit.query.get("next", "/")))


def log_in(visit: Visit) -> Any:
    name, to = visit.text("name", 100), local(visit.form.get("next", "/"))
    brakes = visit.house.brakes
    if wait := brakes.wait_s(visit.address, name):
        return _again(visit, "login", visit.say("Too many tries. Wait %s s.") % wait, wait, name=name, next=to)
    try:
        cookie, _ = visit.log_in(method="page_login", name=name, password=visit.form.get("password", "")[:1000])
    except Refused:
        brakes.wrong(visit.address, name)
        return _again(visit, "login", visit.say("Name or password is wrong."), 0, name=name, next=to)
    brakes.right(visit.address, name)
    if visit.session:  # whoever was logged in here before is not any more
        visit.ask("page_logout", session=digest(visit.session.cookie))
    return with_cookie(visit.go(to), cookie)


def log_out(visit: Visit) -> Any:
    if visit.session:
        visit.ask("page_logout", session=digest(visit.session.cookie))
    subscriber = visit.session is not None and visit.session.role == "user"
    return with_cookie(visit.go("/me/login" if subscriber else "/login"), "", 0)


def setup(visit: Visit) -> Any:
    if not visit.ask("page_state")["setup"]:
        return visit.go("/")
    return visit.show("setup", wrong="", name="admin", **_lost(visit))


def set_up(visit: Visit) -> Any:
    return _with_code(visit, "setup", "page_setup", visit.text("name", 100), "/first", **_lost(visit))


def _lost(visit: Visit) -> dict[str, bool]:
    return {"data_lost": visit.ask("page_state")["data_lost"]}


def reset(visit: Visit) -> Any:
    return visit.show("reset", wrong="", name="admin")


def renew(visit: Visit) -> Any:
    return _with_code(visit, "reset", "page_reset", visit.text("name", 100), "/")


def _with_code(visit: Visit, template: str, method: str, name: str, to: str, **values: Any) -> Any:
    """A code from the console and a new password; then the person is logged in. `values` are the template's."""
    password = visit.form.get("password", "")[:1000]
    if wait := visit.house.brakes.wait_s(visit.address, f"code {template}"):
        return _again(visit, template, visit.say("Too many tries. Wait %s s.") % wait, wait, name=name, **values)
    if password != visit.form.get("again", ""):
        return _again(visit, template, visit.say("The two passwords differ."), 0, name=name, **values)
    try:
        visit.ask(method, code=visit.text("code", 60), name=name, password=password)
    except Refused as no:
        visit.house.brakes.wrong(visit.address, f"code {template}")
        return _again(visit, template, visit.say(str(no)), 0, name=name, **values)
    cookie, _ = visit.log_in(method="page_login", name=name, password=password)
    return with_cookie(visit.go(to), cookie)


def _again(visit: Visit, template: str, wrong: str, wait: int, **values: Any) -> HTTPResponse:
    headers = {"Content-Type": "text/html; charset=utf-8"} | ({"Retry-After": str(wait)} if wait else {})
    return HTTPResponse(visit.show(template, wrong=wrong, **values), status=429 if wait else 403, headers=headers)


def language(visit: Visit) -> Any:
    """Chosen by hand; no secret, so an ordinary cookie."""
    code = visit.text("code", 10)
    response = visit.go(local(visit.form.get("next", "/")))
    if code in visit.house.languages.known:
        response.add_header("Set-Cookie", f"{LANGUAGE_COOKIE}={code}; Path=/; Secure; HttpOnly; SameSite=Lax; "
                                          "Max-Age=31536000")
    return response


PAGES = (
    Page("GET", "/login", Access.ANYONE, login),
    Page("POST", "/login", Access.ANYONE, log_in),
    Page("POST", "/logout", Access.ANYONE, log_out),
    Page("GET", "/setup", Access.ANYONE, setup, before_setup=True),
    Page("POST", "/setup", Access.ANYONE, set_up, before_setup=True),
    Page("GET", "/reset", Access.ANYONE, reset),
    Page("POST", "/reset", Access.ANYONE, renew),
    Page("POST", "/language", Access.ANYONE, language, before_setup=True),
)
