"""Stylesheet, scripts and pictures, kept by the browser."""

from __future__ import annotations

from bottle import HTTPResponse

from web.assets import FILES
from web.page import Access, Page
from web.visit import Visit

YEAR_S = 365 * 86_400


def static(visit: Visit, name: str) -> HTTPResponse:
    found = FILES.get(name)
    if found is None:
        return HTTPResponse(status=404, body="no such file\n", headers={"Content-Type": "text/plain"})
    age = f"public, max-age={YEAR_S}, immutable" if visit.query.get("v") == found.version else "no-cache"
    headers = {"Content-Type": found.kind, "Cache-Control": age, "ETag": f'"{found.version}"',
               "Vary": "Accept-Encoding"}
    if visit.headers.get("If-None-Match", "") == f'"{found.version}"':
        return HTTPResponse(status=304, headers=headers)
    if found.small and "gzip" in visit.headers.get("Accept-Encoding", ""):
        return HTTPResponse(found.small, headers={**headers, "Content-Encoding": "gzip"})
    return HTTPResponse(found.body, headers=headers)


# `machine`: whoever asks for a stylesheet is nobody's session, and it is there when the gateway is not.
PAGES = (Page("GET", "/static/<name:path>", Access.ANYONE, static, machine=True),)
