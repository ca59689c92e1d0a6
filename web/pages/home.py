"""The first page: everything at a glance."""

from __future__ import annotations

from typing import Any

from web.page import Access, Page
from web.visit import Visit


def home(visit: Visit) -> Any:
    return visit.show("home", lines=visit.ask("lines"))


PAGES = (Page("GET", "/", Access.VIEWER, home),)
