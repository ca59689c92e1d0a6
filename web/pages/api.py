"""The REST API under /api/v1, as web/openapi.json describes it. Errors are problem+json, RFC 9457."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bottle import HTTPResponse, request

from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.visit import Visit

DESCRIPTION = (Path(__file__).parents[1] / "openapi.json").read_text("utf-8")
LARGEST = 4096  # octets of a body
PRICE = json.loads(DESCRIPTION)["paths"]["/api/v1/price"]["get"]["parameters"]
WHEN = re.compile(next(each["schema"]["pattern"] for each in PRICE if each["name"] == "at"))
NUMBER = re.compile(r"[0-9+*#]{1,24}")
BEARER = re.compile(r"[Bb]earer ([A-Za-z0-9_-]{20,100})")
Holder = Mapping[str, Any]  # {"name", "account" ("" for the whole box), "scopes"}


def problem(status: int, detail: str, **headers: str) -> HTTPResponse:
    body = {"type": "about:blank", "title": HTTPResponse(status=status).status_line[4:], "status": status,
            "detail": detail}
    return HTTPResponse(json.dumps(body), status=status,
                        headers={"Content-Type": "application/problem+json", "Cache-Control": "no-store",
                                 **{name.replace("_", "-"): value for name, value in headers.items()}})


def answer(body: Any, status: int = 200, **headers: str) -> HTTPResponse:
    return HTTPResponse(json.dumps(body), status=status, headers={"Content-Type": "application/json", **headers})


def holder_of(visit: Visit, scope: str) -> Holder | HTTPResponse:
    """Who asks, or why not. Whoever guesses tokens waits; one token may ask so often a minute."""
    brakes = visit.house.brakes
    sent = BEARER.fullmatch(visit.headers.get("Authorization", "") or "")
    if sent and (wait := brakes.address_wait_s(visit.address)):
        return problem(429, f"Too many wrong tokens from this address. Wait {wait} s.", Retry_After=str(wait))
    found = visit.ask("token_find", digest=digest(sent[1])) if sent else None
    if found is None:
        if sent:
            brakes.address_wrong(visit.address)
        return problem(401, "Send a token that holds: Authorization: Bearer rb_... An admin makes one on the page, "
                            "under Settings, Tokens.", WWW_Authenticate="Bearer")
    assert sent
    if wait := visit.house.paces.wait_s(digest(sent[1])):
        return problem(429, f"Too many requests with this token. Wait {wait} s.", Retry_After=str(wait))
    if scope not in found["scopes"]:
        return problem(403, f'This token may not do that: it lacks the scope "{scope}".')
    return dict(found)


def guarded(scope: str, handler: Callable[..., Any], known: tuple[str, ...], visit: Visit,
            **parts: str) -> HTTPResponse:
    holder = holder_of(visit, scope)
    if isinstance(holder, HTTPResponse):
        return holder
    if any(pair.startswith("=") for pair in request.query_string.split("&")):
        return problem(400, "A parameter has no name here; write name=value.")
    if unknown := next((name for name in visit.query if name not in known), None):
        return problem(400, f"There is no parameter {unknown[:30]!r} here; there are: {', '.join(known) or 'none'}.")
    try:
        found: HTTPResponse = handler(visit, holder, **parts)
    except Refused as no:
        return problem(400, str(no))
    return found


def description(visit: Visit) -> HTTPResponse:
    return HTTPResponse(DESCRIPTION, headers={"Content-Type": "application/json"})


def callback(visit: Visit, holder: Holder) -> HTTPResponse:
    try:
        wish = json.loads(request.body.read(LARGEST) or b"null")
    except (ValueError, RecursionError):
        wish = None
    if not isinstance(wish, dict) or not set(wish) <= {"account", "destination"} or not all(
            isinstance(value, str) for value in wish.values()):
        return problem(400, 'Send a JSON object with the texts "destination" and, with a token of the whole box, '
                            '"account".')
    account = wish.get("account", holder["account"])
    if holder["account"] not in ("", account):
        return problem(403, "This token is not for that account.")
    if not account:
        return problem(409, 'This token is for the whole box: say whom to ring, in "account".')
    if "destination" in wish and not NUMBER.fullmatch(wish["destination"]):
        return problem(400, '"destination" must be a number of digits, such as +493012345678.')
    try:
        call = visit.ask("callback", by=f"token {holder['name']}", account=account,
                         destination=wish.get("destination", ""))["call"]
    except Refused as no:
        return problem(409, str(no))
    return answer({"call": call}, 202, Location=f"/api/v1/calls/{call}")


def calls(visit: Visit, holder: Holder) -> HTTPResponse:
    account = visit.text("account", 64)
    if holder["account"]:
        if account not in ("", holder["account"]):
            return problem(403, "This token is not for that account.")
        account = holder["account"]
    found = visit.ask("call_list", account=account, limit=_whole(visit, "limit", 50, 1, 500),
                      before=visit.text("before", 80))
    return answer({"calls": [_ended(row) for row in found["calls"]], "next": found["next"]})


def call(visit: Visit, holder: Holder, call: str) -> HTTPResponse:
    """One that runs tells its stage; poll it each second to watch."""
    running = visit.house.snapshots.get("home", lambda: visit.ask("home"))
    row = next((_running(row, running["currency"]) for row in running["calls"] if row["call"] == call), None)
    if row is None:
        rows = visit.ask("call", call=call) if re.fullmatch("[0-9]{1,15}", call) and _known(visit, call) else {}
        row = _ended(rows) if rows.get("account") else None
    if row is None or holder["account"] not in ("", row["account"]):
        return problem(404, "There is no such call, or it is not one of this token's account.")
    return answer(row)


def _known(visit: Visit, call: str) -> bool:
    return bool(visit.ask("call_worked_out", call=call))


def _whole(visit: Visit, name: str, default: int, low: int, high: int) -> int:
    """As Visit.whole, but a field that is there must say something."""
    if visit.query.get(name) == "":
        raise Refused(f"{name} is empty")
    return visit.whole(name, default, low, high)


def _running(row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {"call": row["call"], "account": row["account"], "running": True, "stage": row["stage"],
            "from": row["number"], "to": row["to"], "opened": None, "talk_s": row["talking_s"] or 0.0, "cause": None,
            "total": row["price"], "currency": currency}


def _ended(row: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("call", "account", "running", "from", "to", "opened", "talk_s", "cause", "total", "currency")
    return {key: row[key] for key in keys} | {"stage": "is under way" if row["running"] else "is over"}


def price(visit: Visit, holder: Holder) -> HTTPResponse:
    number = visit.text("number", 100)
    if not NUMBER.fullmatch(number):
        return problem(400, '"number" must be a number of digits, such as +493012345678.')
    seconds = _whole(visit, "seconds", 180, 1, 86_400)
    at = visit.text("at", 40)
    if "at" in visit.query and not WHEN.fullmatch(at):
        return problem(400, '"at" must be a time such as 2026-03-02T18:30, or with an offset 2026-03-02T18:30+01:00.')
    account = visit.text("account", 64)
    if holder["account"] not in ("", account or holder["account"]):
        return problem(403, "This token is not for that account.")
    if account and not visit.ask("accounts", account=account):
        return problem(404, "There is no such account.")
    return answer(visit.ask("route", number=number, account=holder["account"] or account, expected_s=seconds, at=at))


def balance(visit: Visit, holder: Holder) -> HTTPResponse:
    keys = ("name", "enabled", "balance", "balance_limit", "spend_per_day", "spent_today", "held", "currency")
    rows = [{key: row[key] for key in keys} for row in visit.ask("accounts", account=holder["account"])]
    return answer({"accounts": rows})


def lines(visit: Visit, holder: Holder) -> HTTPResponse:
    if holder["account"]:
        return problem(403, "Lines are for tokens of the whole box.")
    keys = ("name", "kind", "enabled", "health", "why", "operator", "signal", "channels", "busy", "bundles")
    return answer({"lines": [{key: row[key] for key in keys} for row in visit.ask("lines")]})


def _page(method: str, path: str, scope: str, handler: Callable[..., Any], *known: str) -> Page:
    return Page(method, f"/api/v1/{path}", Access.ANYONE, partial(guarded, scope, handler, known), machine=True,
                largest=LARGEST)


PAGES = (
    Page("GET", "/api/v1/openapi.json", Access.ANYONE, description, machine=True),
    _page("POST", "callbacks", "call", callback),
    _page("GET", "calls", "read", calls, "account", "limit", "before"),
    _page("GET", "calls/<call>", "read", call),
    _page("GET", "price", "read", price, "number", "account", "seconds", "at"),
    _page("GET", "balance", "read", balance),
    _page("GET", "lines", "read", lines),
)
