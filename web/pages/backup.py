"""Backup as one file, restore after a look at what it holds, and undo."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from bottle import HTTPResponse

from web.door import GatewayDown, Refused
from web.page import Access, Page
from web.visit import Visit

LARGEST = 250 * 1024 * 1024  # octets
PIECE = 1024 * 1024  # octets in one question; the gateway takes 4 MB of JSON


def page(visit: Visit) -> Any:
    return _show(visit)


def _show(visit: Visit, **values: Any) -> str:
    return visit.show("backup", **{"holds": None, "wrong": "", "can_undo": visit.ask("restore_state")["can_undo"],
                                   **values})


def save(visit: Visit) -> Any:
    """The whole box. It holds the PINs of SIMs and hashes of everything else: a POST, so that no link fetches it."""
    pieces = visit.house.door.stream("backup")
    first = next(pieces, "")  # trouble comes before the file begins

    def body() -> Iterator[bytes]:
        yield base64.b64decode(first)
        for piece in pieces:
            yield base64.b64decode(piece)
    name = f"ringback-{visit.now:%Y-%m-%d-%H%M}.tar.gz"
    return HTTPResponse(body(), headers={"Content-Type": "application/gzip",
                                         "Content-Disposition": f'attachment; filename="{name}"'})


def look(visit: Visit) -> Any:
    """Hands the file to the gateway, which checks every octet of it; nothing is changed yet."""
    file = visit.files.get("file")
    if file is None:
        return _show(visit, wrong=visit.say("No file was sent."))
    try:
        at = 0
        while piece := file.file.read(PIECE):
            visit.ask("restore_piece", at=at, octets=base64.b64encode(piece).decode())
            at += len(piece)
        if not at:
            return _show(visit, wrong=visit.say("This file is empty."))
        holds = visit.ask("restore_check")
    except Refused as no:
        return _show(visit, wrong=visit.say(str(no)))
    return _show(visit, holds=holds)


def take(visit: Visit) -> Any:
    return _restart(visit, "restore_take")


def undo(visit: Visit) -> Any:
    return _restart(visit, "restore_undo")


def _restart(visit: Visit, method: str) -> Any:
    try:
        visit.change(method)
    except Refused as no:
        return _show(visit, wrong=visit.say(str(no)))
    except GatewayDown:
        pass  # it starts anew already
    visit.house.snapshots.forget()
    return visit.show("restarting", refresh="8;url=/", scripts=("again.js",))


PAGES = (
    Page("GET", "/settings/backup", Access.ADMIN, page),
    Page("POST", "/settings/backup", Access.ADMIN, save),
    Page("POST", "/settings/restore", Access.ADMIN, look, largest=LARGEST),
    Page("POST", "/settings/restore/take", Access.ADMIN, take),
    Page("POST", "/settings/restore/undo", Access.ADMIN, undo),
)
