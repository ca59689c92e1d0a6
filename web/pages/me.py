"""The subscriber's own page: call me and connect me, how it goes, what it cost, the balance, what a call would cost."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from bottle import HTTPResponse

from web.door import Refused
from web.guard import digest
from web.live import LIVE, stream_of
from web.page import Access, Page
from web.visit import Visit, with_cookie

SHOWN, OLDER = 20, 50  # calls
NUMBER = re.compile("[0-9+*#]{1,24}")
SCRIPTS = (*LIVE, "app.js")


def own(visit: Visit) -> Any:
    """The account's row; or a response that leads away from here, when it is gone or locked, or who asks is no
    subscriber."""
    assert visit.session
    if visit.session.role != "user":
        return visit.go("/")
    rows = visit.ask("accounts", account=visit.session.who)
    if not rows or not rows[0]["enabled"]:
        visit.ask("page_logout", session=digest(visit.session.cookie))
        return with_cookie(visit.go("/me/login"), "", 0)
    return rows[0]


def me(visit: Visit) -> Any:
    """`to`: a number that somebody tapped elsewhere; it is only filled in."""
    return _show(visit, "", visit.text("to", 60).removeprefix("tel:")[:40])


def _show(visit: Visit, wrong: str, to: str) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    return visit.show("me", state=state, wrong=wrong, to=to, part=_part(visit, state["name"]), scripts=SCRIPTS)


def _part(visit: Visit, name: str) -> str:
    """What changes by itself: calls in progress, the balance, the calls before."""
    def ask() -> Any:
        return {"rows": visit.ask("accounts", account=name), **visit.ask("call_list", account=name, limit=SHOWN)}
    snapshots = visit.house.snapshots
    home, mine = snapshots.get("home", lambda: visit.ask("home")), snapshots.get(f"me {name}", ask)
    if not mine["rows"]:
        raise Refused(visit.say("There is no such account."))
    running = [row for row in home["calls"] if row["account"] == name]
    return visit.show("part-me", state=mine["rows"][0], running=running, currency=home["currency"],
                      calls=[row for row in mine["calls"] if not row["running"]], older=_older(mine["next"]))


def _older(before: str) -> str:
    return urlencode({"before": before}) if before else ""


def live(visit: Visit) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    return stream_of(visit, visit.house.own_viewers, lambda: _part(visit, state["name"]))


def call(visit: Visit) -> Any:
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    typed = visit.text("to", 40)
    to = re.sub(r"[\s()/.-]", "", typed)
    if to and not NUMBER.fullmatch(to):
        return _show(visit, visit.say("Write a number of digits."), typed)
    try:
        visit.change("callback", account=state["name"], destination=to)
    except Refused as no:
        return _show(visit, visit.say(str(no)), typed)
    return visit.go("/me", visit.say("Your phone rings in a moment."))


def hang_up(visit: Visit) -> Any:
    """One's own call only."""
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    wanted = visit.text("call", 40)
    if not any((row["call"], row["account"]) == (wanted, state["name"]) for row in visit.ask("home")["calls"]):
        return visit.go("/me", visit.say("This call is over already."))
    try:
        visit.change("hang_up", call=wanted)
    except Refused:
        return visit.go("/me", visit.say("This call is over already."))
    return visit.go("/me", visit.say("The call is being hung up."))


def calls(visit: Visit) -> Any:
    """Those before the ones that the first page shows."""
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    found = visit.ask("call_list", account=state["name"], limit=OLDER, before=visit.text("before", 80))
    return visit.show("me-calls", calls=found["calls"], older=_older(found["next"]), scripts=("app.js",))


def prices(visit: Visit) -> Any:
    """What the two legs of a call would cost: to the number, and to the own phone, which the box rings."""
    state = own(visit)
    if isinstance(state, HTTPResponse):
        return state
    number, answer, ring, wrong = visit.text("number", 40), None, None, ""
    if number:
        seconds = visit.whole("minutes", 0, 0, 1440) * 60
        try:
            answer = visit.ask("route", number=number, account=state["name"], expected_s=seconds)
            if answer["routes"] and state["numbers"]:
                ring = visit.ask("route", number=state["numbers"][0], account=state["name"], expected_s=seconds)
        except Refused as no:
            wrong = visit.say(str(no))
    return visit.show("me-prices", answer=answer, ring=ring, wrong=wrong, scripts=("app.js",))


PAGES = (
    Page("GET", "/me", Access.USER, me),
    Page("GET", "/me/live", Access.USER, live),
    Page("POST", "/me/call", Access.USER, call),
    Page("POST", "/me/hang-up", Access.USER, hang_up),
    Page("GET", "/me/calls", Access.USER, calls),
    Page("GET", "/me/prices", Access.USER, prices),
)
