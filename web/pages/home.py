"""The first page: everything at a glance, live."""

from __future__ import annotations

from typing import Any

from bottle import HTTPResponse

from web.door import GatewayDown, Refused
from web.live import LIVE, stream_of
from web.page import Access, Page
from web.visit import Visit

CALM_S = 10.0  # s how the last update went serves everybody
WAITING_S = 2.0  # s the list of numbers that wait for a decision serves everybody


def _part(visit: Visit) -> str:
    snapshots = visit.house.snapshots
    answer = snapshots.get("home", lambda: visit.ask("home"))
    numbers = snapshots.get("registrations", lambda: visit.ask("registrations"), WAITING_S)
    last = snapshots.get("software", lambda: visit.ask("software_state"), CALM_S)["last"]
    return visit.show("part-home", home=answer, last=last if last and not last["seen"] else None,
                      numbers=[each for each in numbers if each["state"] == "asked"])


def home(visit: Visit) -> Any:
    return visit.show("home", part=_part(visit), scripts=LIVE)


def live(visit: Visit) -> Any:
    """The live part, whenever it changes, as server-sent events."""
    return stream_of(visit, visit.house.viewers, lambda: _part(visit))


def hang_up(visit: Visit) -> Any:
    try:
        visit.change("hang_up", call=visit.text("call", 40))
    except Refused as no:
        return visit.go("/", visit.say(str(no)))
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
