"""Calls: a list that can be narrowed, one call as a ladder with its price worked out, CSV, and charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from bottle import HTTPResponse

from web.door import Refused
from web.ladder import ladder
from web.live import LIVE, stream_of
from web.page import Access, Page
from web.sheet import rows
from web.visit import Visit

FILTERS = ("account", "line", "cause", "since", "until", "number")
A_PAGE = 50
CSV_PAGE = 500
CSV_MOST = 200_000  # calls in one file
HEAD = ("call", "opened", "account", "from", "line", "to", "line of the destination", "talk_s", "cause", "total",
        "currency")


def _filters(visit: Visit) -> dict[str, str]:
    return {name: visit.text(name, 64) for name in FILTERS if visit.text(name, 64)}


def _names(visit: Visit) -> dict[str, list[str]]:
    choices = visit.ask("choices")
    return {"accounts": choices["accounts"], "lines": choices["lines"]}


def calls(visit: Visit) -> Any:
    chosen, wrong = _filters(visit), ""
    try:
        answer = visit.ask("call_list", limit=A_PAGE, before=visit.text("before", 60), **chosen)
    except Refused as no:
        answer, wrong = {"calls": [], "next": ""}, visit.say(str(no))
    older = urlencode({**chosen, "before": answer["next"]}) if answer["next"] else ""
    return visit.show("calls", calls=answer["calls"], older=older, chosen=chosen, wrong=wrong,
                      csv=urlencode(chosen), causes=visit.ask("causes"),
                      **_names(visit))


def call(visit: Visit, call: str) -> Any:
    found, running, part = _one(visit, call)
    return visit.show("call", call=found, running=running, part=part, refresh=3 if running else 0,
                      scripts=LIVE if running else ())


def _one(visit: Visit, call: str) -> tuple[Any, bool, str]:
    """A call, whether it runs still, and its page's live part."""
    found = visit.ask("call", call=call)
    running = any(leg["ended"] is None for leg in found["legs"]) or not any(
        event["text"].startswith("over:") for event in found["events"])
    return found, running, visit.show("part-call", call=found, how=visit.ask("call_worked_out", call=call),
                                      running=running, drawing=ladder(found))


def live(visit: Visit, call: str) -> Any:
    return stream_of(visit, visit.house.viewers, lambda: _one(visit, call)[2], lambda: _one(visit, call)[1])


def csv(visit: Visit) -> Any:
    chosen = _filters(visit)
    first = visit.ask("call_list", limit=CSV_PAGE, **chosen)  # a refusal comes before the file begins

    def body() -> Iterator[tuple[Any, ...]]:
        answer, told = first, 0
        while True:
            for each in answer["calls"]:
                yield tuple(each[key] for key in ("call", "opened", "account", "from", "a_line", "to", "b_line",
                                                  "talk_s", "cause", "total", "currency"))
            told += len(answer["calls"])
            if not answer["next"] or told >= CSV_MOST:
                return
            answer = visit.ask("call_list", limit=CSV_PAGE, before=answer["next"], **chosen)
    return HTTPResponse(rows(HEAD, body()), headers={
        "Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="calls.csv"'})


def charts(visit: Visit) -> Any:
    chosen = {name: visit.text(name, 64) for name in ("since", "until", "line", "account") if visit.text(name, 64)}
    wrong = ""
    try:
        tables = visit.ask("figures", **chosen)
    except Refused as no:
        chosen, wrong = {}, visit.say(str(no))
        tables = visit.ask("figures")
    days = tables["day"]
    return visit.show("charts", days=days, by_line=tables["line"], by_account=tables["account"], wrong=wrong,
                      chosen={**chosen, "since": days["since"], "until": days["until"]},
                      **_names(visit), scripts=("vendor/uplot.js", "charts.js"),
                      styles=("vendor/uplot.css",))


PAGES = (
    Page("GET", "/calls", Access.VIEWER, calls),
    Page("GET", "/calls/csv", Access.VIEWER, csv),
    Page("GET", "/calls/charts", Access.VIEWER, charts),
    Page("GET", "/calls/<call>", Access.VIEWER, call),
    Page("GET", "/live/call/<call>", Access.VIEWER, live),
)
