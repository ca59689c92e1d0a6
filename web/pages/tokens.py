"""Tokens for programs: an admin makes them, sees each once, and revokes them."""

from __future__ import annotations

from typing import Any

from appliance.vocabulary.clock import token
from web.door import Refused
from web.guard import digest
from web.page import Access, Page
from web.visit import Visit

OCTETS = 32
SCOPES = ("read", "call", "metrics")


def tokens(visit: Visit) -> Any:
    return _show(visit)


def _show(visit: Visit, **values: Any) -> str:
    return visit.show("tokens", tokens=visit.ask("tokens"), accounts=visit.ask("choices")["accounts"], scopes=SCOPES,
                      **{"wrong": "", "fresh": "", **values})


def add(visit: Visit) -> Any:
    """The token stands on this answer only."""
    fresh = f"rb_{token(OCTETS)}"
    try:
        visit.change("token_add", digest=digest(fresh), name=visit.text("name", 100), account=visit.text("account", 64),
                     scopes=" ".join(scope for scope in SCOPES if visit.flag(scope)),
                     days=visit.whole("days", 90, 1, 730))
    except Refused as no:
        return _show(visit, wrong=visit.say(str(no)))
    return _show(visit, fresh=fresh)


def remove(visit: Visit) -> Any:
    try:
        visit.change("token_remove", number=visit.whole("number", 0, 0, 2**53))
    except Refused as no:
        return _show(visit, wrong=visit.say(str(no)))
    return visit.go("/settings/tokens", visit.say("The token is revoked."))


PAGES = (
    Page("GET", "/settings/tokens", Access.ADMIN, tokens),
    Page("POST", "/settings/tokens", Access.ADMIN, add),
    Page("POST", "/settings/tokens/remove", Access.ADMIN, remove),
)
