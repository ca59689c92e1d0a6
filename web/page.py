"""What a page is: a row in the table of pages. One file in web/pages/ for each subject, with its rows in PAGES."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


class Access(IntEnum):
    """Who may open a page; each may open what those before it may. USER is an account's owner, logged in by PIN."""

    ANYONE = 0
    USER = 1
    VIEWER = 2
    ADMIN = 3

    @classmethod
    def of(cls, role: str) -> Access:
        return {"admin": cls.ADMIN, "viewer": cls.VIEWER, "user": cls.USER}.get(role, cls.ANYONE)


@dataclass(frozen=True, slots=True)
class Page:
    """`path` is Bottle's, such as /calls/<call>. `handler` gets the Visit and the path's parts by name, and returns
    text (HTML), bytes, or a bottle.HTTPResponse.

    A POST is checked for Origin and CSRF token before the handler runs. `machine`: a page for programs, which bring a
    token in a header instead of a cookie, get JSON for errors, and need no CSRF token because they have no cookie.
    `before_setup`: is there while the box has no admin; all others lead to /setup then. `largest`: octets of a body.
    """

    method: str
    path: str
    access: Access
    handler: Callable[..., Any]
    machine: bool = False
    before_setup: bool = False
    largest: int = 256 * 1024
