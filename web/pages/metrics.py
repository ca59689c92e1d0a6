"""/metrics for Prometheus: to a collector on the box itself, or one with a token."""

from __future__ import annotations

import ipaddress

from bottle import HTTPResponse

from web.exposition import KIND, exposition
from web.page import Access, Page
from web.pages.api import holder_of
from web.visit import Visit

PROXIED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")  # a proxy on the box asks for somebody elsewhere


def metrics(visit: Visit) -> HTTPResponse:
    if not on_the_box(visit):
        holder = holder_of(visit, "metrics")
        if isinstance(holder, HTTPResponse):
            return holder
    facts = visit.house.snapshots.get("metrics", lambda: visit.ask("metrics"))
    return HTTPResponse(exposition(facts), headers={"Content-Type": KIND})


def on_the_box(visit: Visit) -> bool:
    """Whether the request comes from this machine, and not through a proxy on it."""
    try:
        here = ipaddress.ip_address(visit.address).is_loopback
    except ValueError:
        return False
    return here and not any(visit.headers.get(name) for name in PROXIED)


PAGES = (Page("GET", "/metrics", Access.ANYONE, metrics, machine=True),)
