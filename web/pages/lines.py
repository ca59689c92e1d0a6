"""Lines: how they are, what may be added, one line's settings and services, the modem's dialog live."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from bottle import HTTPResponse

from web.door import GatewayDown, Refused
from web.live import LIVE, stream_of
from web.page import Access, Page
from web.sitefile import apply, by_field, find, limit, number, read, words
from web.visit import Visit

CHOICES = {"trigger": ("ring", "reject", "call-through"), "ring_back": ("same", "cheapest"),
           "digits": ("in-band", "vts", "pass"), "isdn": ("ptmp", "ptp", "pri"), "side": ("te", "nt")}
TEXTS = ("number", "at", "audio", "balance_code")
FLAGS = ("roaming", "echo_canceller", "clir", "overlap", "enabled")


def lines(visit: Visit) -> Any:
    return visit.show("lines", lines=visit.ask("lines"), found=visit.ask("found") if visit.may_change else [])


def add(visit: Visit) -> Any:
    """"Add this SIM", or a line by hand."""
    line: dict[str, Any] = {key: visit.text(key, 250) for key in ("name", "kind", "at", "audio", "number", "sim_pin")}
    if not line["audio"]:
        del line["audio"]
    complaints, _ = apply(visit, lines=[line])
    if complaints:
        return visit.show("lines", lines=visit.ask("lines"), found=visit.ask("found"), complaints=complaints,
                          typed=line)
    return visit.go(f"/lines/{line['name']}",
                    visit.say("The line is added. Give it a tariff, so that calls may leave by it."))


def line(visit: Visit, name: str) -> Any:
    return _one(visit, name)


def _one(visit: Visit, name: str, complaints: list[str] | None = None, typed: dict[str, Any] | None = None,
         answer: str = "") -> Any:
    settings, now = find(read(visit), "line", name), _row(visit, visit.ask("lines"), name)
    if settings is None:
        raise Refused(visit.say("There is no such line."))
    return visit.show("line", name=name, line=settings | (typed or {}), state=now, choices=CHOICES,
                      part=visit.show("part-line", name=name, state=now),
                      complaints=complaints or [], answer=answer,
                      faults=by_field(complaints or [], settings, f'line "{name}": '), scripts=(*LIVE, "meter.js"),
                      accounts=visit.ask("choices")["accounts"] if visit.may_change else [])


def _row(visit: Visit, rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """How the line is."""
    found = next((each for each in rows if each["name"] == name), None)
    if found is None:
        raise Refused(visit.say("There is no such line."))
    return found


def live(visit: Visit, name: str) -> Any:
    """How it is, whenever that changes; forms are left alone. One question serves all who watch any line."""
    def part() -> str:
        rows = visit.house.snapshots.get("lines", lambda: visit.ask("lines"))
        return visit.show("part-line", name=name, state=_row(visit, rows, name))
    return stream_of(visit, visit.house.viewers, part)


def save(visit: Visit, name: str) -> Any:
    settings = find(read(visit), "line", name)
    if settings is None:
        raise Refused(visit.say("There is no such line."))
    new: dict[str, Any] = {"name": name}
    new |= {key: visit.text(key, 250) for key in TEXTS}
    new |= {key: visit.text(key, 20) for key in CHOICES if key in visit.form}
    new |= {key: visit.flag(key) for key in FLAGS}
    new |= {key: number(visit.text(key, 10)) for key in ("gain_in", "gain_out")}
    new["balance_below"] = limit(visit.text("balance_below", 20))
    if "msns" in visit.form:
        new["msns"] = words(visit.text("msns", 1000))
    if visit.flag("new_sim_pin"):
        new["sim_pin"] = visit.text("sim_pin", 20)
    if settings["kind"] == "isdn":
        new.pop("audio")
    else:
        new.pop("overlap")
        new.pop("clir")
    complaints, changes = apply(visit, lines=[new])
    if complaints:
        return _one(visit, name, complaints, new)
    return visit.go(f"/lines/{name}", visit.told(changes))


def switch(visit: Visit, name: str) -> Any:
    complaints, _ = apply(visit, lines=[{"name": name, "enabled": visit.flag("enabled")}])
    return visit.go(f"/lines/{name}", "; ".join(complaints) or visit.say("Saved."))


def ussd(visit: Visit, name: str) -> Any:
    try:
        answer = visit.change("ussd", line=name, code=visit.text("code", 40))["text"]
    except Refused as no:
        answer = visit.say(str(no))
    return _one(visit, name, answer=answer)


def erase_forwarding(visit: Visit, name: str) -> Any:
    try:
        left = visit.change("forwarding", line=name, erase=True)["forwarding"]
        told = visit.say("The network still forwards calls.") if left else visit.say("No call is forwarded any more.")
    except Refused as no:
        told = visit.say(str(no))
    return visit.go(f"/lines/{name}", told)


def confirm_sim(visit: Visit, name: str) -> Any:
    try:
        visit.change("sim", line=name, confirm=True)
    except Refused as no:
        return visit.go(f"/lines/{name}", visit.say(str(no)))
    return visit.go(f"/lines/{name}", visit.say("This SIM is the line's own now."))


def test_call(visit: Visit, name: str) -> Any:
    """A real callback by this line and no other: whoever answers hears the box, and the meter shows the levels."""
    try:
        answer = visit.change("callback", account=visit.text("account", 64), line=name)
    except Refused as no:
        return visit.go(f"/lines/{name}", visit.say("No test call: %s") % visit.say(str(no)))
    return visit.go(f"/lines/{name}#voice",
                    visit.say("The phone of %s rings by this line; call %s.") % (visit.text("account", 64),
                                                                                 answer["call"]))


def console(visit: Visit, name: str) -> Any:
    return visit.show("console", name=name, scripts=("console.js",))


def dialog(visit: Visit, name: str) -> Any:
    """The modem's dialog as server-sent events."""
    return _seat(visit, lambda: _told(visit, name))


def meter(visit: Visit, name: str) -> Any:
    """How loud the line is, as server-sent events."""
    return _seat(visit, lambda: _events(visit, "levels", name))


def _seat(visit: Visit, tell: Callable[[], Iterator[bytes]]) -> HTTPResponse:
    """A seat as any live page has; they are few, because each takes a thread."""
    return HTTPResponse(visit.house.viewers.seat(tell),
                        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})


def _told(visit: Visit, name: str) -> Iterator[bytes]:
    return _events(visit, "modem_dialog", name, lambda event: {
        "at": event["at"][11:23], "sent": event["sent"], "text": event["text"][:500]})


def _events(
    visit: Visit, stream: str, name: str, shaped: Callable[[Any], Any] = lambda event: event
) -> Iterator[bytes]:
    yield b"retry: 3000\n\n"
    try:
        for event in visit.house.door.stream(stream, line=name):
            if visit.house.viewers.closing.is_set():
                return
            yield b"data: " + json.dumps(shaped(event)).encode() + b"\n\n"
    except (GatewayDown, Refused) as over:
        yield b"event: over\ndata: " + json.dumps(str(over)).encode() + b"\n\n"


PAGES = (
    Page("GET", "/lines", Access.VIEWER, lines),
    Page("POST", "/lines", Access.ADMIN, add),
    Page("GET", "/lines/<name>", Access.VIEWER, line),
    Page("POST", "/lines/<name>", Access.ADMIN, save),
    Page("POST", "/lines/<name>/switch", Access.ADMIN, switch),
    Page("POST", "/lines/<name>/ussd", Access.ADMIN, ussd),
    Page("POST", "/lines/<name>/forwarding", Access.ADMIN, erase_forwarding),
    Page("POST", "/lines/<name>/sim", Access.ADMIN, confirm_sim),
    Page("POST", "/lines/<name>/call", Access.ADMIN, test_call),
    Page("GET", "/live/line/<name>", Access.VIEWER, live),
    Page("GET", "/lines/<name>/levels", Access.VIEWER, meter),
    Page("GET", "/lines/<name>/console", Access.ADMIN, console),
    Page("GET", "/lines/<name>/console/stream", Access.ADMIN, dialog),
)
