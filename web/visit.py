"""One request as a page sees it: who asks, what was typed, the gateway, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bottle import HTTPResponse

from appliance.languages.words import Language, Languages
from appliance.vocabulary.clock import Clock
from web.brake import Brakes, Paces
from web.door import Door, Refused
from web.guard import COOKIE, csrf_token, digest, new_cookie
from web.live import Snapshots, Viewers
from web.notes import Notes
from web.page import Access
from web.render import Templates
from web.settings import WebSettings
from web.uploads import Uploads

LONGEST = 2000  # characters of one field, unless a page says otherwise


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in. `who`: a visitor's name, or for the role "user" the account's."""

    who: str
    role: str
    cookie: str

    @property
    def access(self) -> Access:
        return Access.of(self.role)

    @property
    def signature(self) -> str:
        """Who did it, for the audit log; an account is no visitor, though it may have the name of one."""
        return f'account "{self.who}"' if self.role == "user" else self.who


@dataclass(frozen=True)
class House:
    """What lives as long as the process."""

    door: Door
    settings: WebSettings
    clock: Clock
    languages: Languages
    templates: Templates
    brakes: Brakes
    paces: Paces
    notes: Notes
    viewers: Viewers
    own_viewers: Viewers  # subscribers watch on seats of their own: they take none from admins
    snapshots: Snapshots
    uploads: Uploads
    ca: Path | None
    has_me: bool  # whether subscribers have a page of their own


@dataclass(frozen=True)
class Visit:
    """`form`, `query` and `files` hold what came with the request; every value is hostile."""

    house: House
    session: Session | None
    language: Language
    method: str
    path: str
    address: str
    form: Mapping[str, str]
    query: Mapping[str, str]
    files: Mapping[str, Any]
    headers: Mapping[str, str]
    form_all: Any = None

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    @property
    def may_change(self) -> bool:
        return self.session is not None and self.session.access >= Access.ADMIN

    def ask(self, method: str, **params: Any) -> Any:
        """One question to the gateway; Refused and GatewayDown become pages of their own unless they are caught."""
        return self.house.door.ask(method, **params)

    def change(self, method: str, **params: Any) -> Any:
        """A question that changes something: the gateway's audit log names who asked."""
        answer = self.ask(method, by=self.session.signature if self.session else "", **params)
        self.house.snapshots.forget()
        return answer

    def text(self, name: str, longest: int = LONGEST) -> str:
        """A field of the form, or else of the address, without blanks around it. Refused when it is too long."""
        value = self.form.get(name, self.query.get(name, "")).strip()
        if len(value) > longest:
            raise Refused(self.language("%s is too long") % name)
        return value

    def texts(self, name: str) -> list[str]:
        """Every value of a field that may stand several times."""
        return [str(value).strip()[:LONGEST] for value in self.form_all.getall(name)] if self.form_all else []

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number; what is none, or out of range, is refused."""
        text = self.text(name, 20)
        if not text:
            return default
        if not text.isascii() or not text.removeprefix("-").isdigit() or not low <= int(text) <= high:
            raise Refused(self.language("%s must be a whole number from %s to %s") % (name, low, high))
        return int(text)

    def flag(self, name: str) -> bool:
        return self.form.get(name, "") in ("on", "1", "true", "yes")

    def show(self, template: str, **values: Any) -> str:
        """A page of web/views/, in the visitor's language."""
        session = self.session
        whole = not template.startswith("part-")
        return self.house.templates.render(
            template, self.language, visit=self, session=session, now=self.now,
            csrf=csrf_token(session.cookie) if session else "", languages=self.house.languages.known,
            notes=self.house.notes.take(session.cookie) if session and whole else (), **values)

    def go(self, path: str, note: str = "") -> HTTPResponse:
        """On to another page (303), where the note is shown once."""
        if note and self.session:
            self.house.notes.leave(self.session.cookie, note)
        return HTTPResponse(status=303, headers={"Location": path})

    def say(self, text: str) -> str:
        return self.language(text)

    def told(self, changes: Sequence[str]) -> str:
        """What was changed, for a note."""
        return "; ".join(map(self.say, changes))[:1900] or self.say("There was nothing to change.")

    def log_in(self, **params: Any) -> tuple[str, Any]:
        """A fresh cookie, and the gateway's answer to the question `params["method"]`, which opens its session."""
        method, cookie = params.pop("method"), new_cookie()
        answer = self.ask(method, session=digest(cookie), address=self.address, **params)
        return cookie, answer


def with_cookie(response: HTTPResponse, cookie: str, max_age: int | None = None) -> HTTPResponse:
    """The session's cookie: not for scripts, only over TLS, never sent from other sites. `max_age` 0 takes it away."""
    age = "" if max_age is None else f"; Max-Age={max_age}"
    response.add_header("Set-Cookie", f"{COOKIE}={quote(cookie)}; Path=/; Secure; HttpOnly; SameSite=Strict{age}")
    return response
