"""The box's own software: which version runs, and a new one that is sent, checked, written and tried."""

from __future__ import annotations

import base64
from typing import Any

from bottle import HTTPResponse

from web.door import GatewayDown, Refused
from web.page import Access, Page
from web.visit import Visit

LARGEST = 250 * 1024 * 1024  # octets, whole; by the page's script it comes in pieces
PIECE = 512 * 1024  # octets in one question; Bottle keeps 1 MiB of a form in memory, and the gateway takes 4 MB of JSON
MOVING = ("installing", "restarting")
AGAIN_S = 5  # s until a page without scripts is loaded again while something happens


def page(visit: Visit) -> Any:
    return _show(visit)


def _show(visit: Visit, wrong: str = "") -> str:
    state = visit.ask("software_state")
    return visit.show("software", state=state, wrong=wrong, moving=_moving(state), scripts=("software.js",),
                      refresh=AGAIN_S if _moving(state) else 0)


def _moving(state: dict[str, Any]) -> bool:
    last = state["last"]
    return state["phase"] in MOVING or bool(last and last["outcome"] == "trial")


def part(visit: Visit) -> Any:
    """What changes while an update is written and tried."""
    state = visit.ask("software_state")
    return visit.show("part-software", state=state, moving=_moving(state))


def piece(visit: Visit) -> Any:
    """One piece; 409 with a sentence when the gateway refuses it."""
    file = visit.files.get("file")
    try:
        visit.ask("software_piece", at=visit.whole("at", 0, 0, 2**53), size=visit.whole("size", 0, 0, 2**53),
                  octets=base64.b64encode(file.file.read(PIECE) if file else b"").decode())
    except Refused as no:
        return HTTPResponse(visit.say(str(no)), status=409, headers={"Content-Type": "text/plain; charset=utf-8"})
    return HTTPResponse(status=204)


def whole(visit: Visit) -> Any:
    """The whole file, from a browser without scripts."""
    file = visit.files.get("file")
    if file is None:
        return _show(visit, visit.say("No file was sent."))
    size = file.file.seek(0, 2)
    file.file.seek(0)
    try:
        for at in range(0, size, PIECE):
            visit.ask("software_piece", at=at, size=size, octets=base64.b64encode(file.file.read(PIECE)).decode())
    except Refused as no:
        return _show(visit, visit.say(str(no)))
    return check(visit)


def check(visit: Visit) -> Any:
    return _changed(visit, "software_check")


def install(visit: Visit) -> Any:
    return _changed(visit, "software_install")


def restart(visit: Visit) -> Any:
    return _changed(visit, "software_try")


def leave(visit: Visit) -> Any:
    return _changed(visit, "software_leave")


def seen(visit: Visit) -> Any:
    visit.change("software_seen")
    visit.house.snapshots.forget()
    return visit.go("/")


def _changed(visit: Visit, method: str) -> Any:
    try:
        visit.change(method)
    except Refused as no:
        return _show(visit, visit.say(str(no)))
    except GatewayDown:
        if method != "software_try":
            raise
        # It restarts already: the next look waits for it.
    return visit.go("/settings/software")


PAGES = (
    Page("GET", "/settings/software", Access.ADMIN, page),
    Page("POST", "/settings/software", Access.ADMIN, whole, largest=LARGEST),
    Page("GET", "/settings/software/part", Access.ADMIN, part),
    Page("POST", "/settings/software/piece", Access.ADMIN, piece, largest=PIECE + 16 * 1024),
    Page("POST", "/settings/software/check", Access.ADMIN, check),
    Page("POST", "/settings/software/install", Access.ADMIN, install),
    Page("POST", "/settings/software/try", Access.ADMIN, restart),
    Page("POST", "/settings/software/leave", Access.ADMIN, leave),
    Page("POST", "/settings/software/seen", Access.ADMIN, seen),
)
