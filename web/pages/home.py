"""The first page: everything at a glance, live."""

from __future__ import annotations

from typing import Any

from bottle import HTTPResponse

from web.door import GatewayDown, Refused
from web.guard import digest
from web.live import LIVE
from web.page import Access, Page
from web.visit import Visit


def _part(visit: Visit) -> str:
    answer = visit.house.snapshots.get("home", lambda: visit.ask("home"))
    return visit.show("part-home", home=answer)


def home(visit: Visit) -> Any:
    return visit.show("home", part=_part(visit), scripts=LIVE)


def live(visit: Visit) -> Any:
    """The live part, whenever it changes, as server-sent events."""
    session = visit.session

    def still_in() -> bool:
        return bool(session and visit.ask("page_session", session=digest(session.cookie)))

    seen = visit.headers.get("Last-Event-ID", "")
    return HTTPResponse(visit.house.viewers.stream(lambda: _part(visit), still_in, seen),
                        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})


def hang_up(visit: Visit) -> Any:
    try:
        visit.change("hang_up", call=visit.text("call", 40))
    except Refused as no:
        return visit.go("/", str(no))
    visit.house.snapshots.forget()
    return visit.go("/", visit.say("The call is being hung up."))


def healthz(visit: Visit) -> Any:
    """For a supervisor: 200 while page and gateway answer."""
    try:
        visit.ask("page_state")
    except (GatewayDown, Refused):
        return HTTPResponse("the gateway does not answer\n", status=503, headers={"Content-Type": "text/plain"})
    return HTTPResponse("ok\n", headers={"Content-Type": "text/plain"})


PAGES = (
    Page("GET", "/", Access.VIEWER, home),
    Page("GET", "/live/home", Access.VIEWER, live),
    Page("POST", "/hang-up", Access.ADMIN, hang_up),
    Page("GET", "/healthz", Access.ANYONE, healthz, machine=True),
)
