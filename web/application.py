"""The page as a WSGI application: host, session, access, origin and token are checked before a page sees a request."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bottle
from bottle import HTTPError, HTTPResponse, request

from appliance.languages.words import Language, Languages
from appliance.vocabulary.clock import Clock
from web.assets import link
from web.brake import Brakes, Paces
from web.certificate import host_names
from web.door import Door, GatewayDown, Refused
from web.guard import COOKIE, HEADERS, SAFE_METHODS, csrf_right, digest, host_allowed, origin_allowed
from web.live import Snapshots, Viewers
from web.notes import Notes
from web.page import Access, Page
from web.render import Templates
from web.settings import WebSettings
from web.squeeze import squeezed
from web.uploads import Uploads
from web.visit import House, Session, Visit, with_cookie

log = logging.getLogger("ringback.web")
LANGUAGE_COOKIE = "ringback_language"
bottle.BaseRequest.MEMFILE_MAX = 1024 * 1024  # octets of a form without its files
Start = Callable[..., Any]


def make_app(
    door: Door, settings: WebSettings, clock: Clock, pages: Sequence[Page], ca: Path | None = None
) -> Application:
    """The application for these pages. `ca`: the box's own CA, for people to install; None with an admin's own."""
    has_me = any(page.path == "/me/login" for page in pages)
    return Application(House(door, settings, clock, Languages(), Templates(link), Brakes(clock), Paces(clock),
                             Notes(), Viewers(), Viewers(), Snapshots(clock), Uploads(clock), ca, has_me), pages)


class Application:
    """WSGI. Nothing here knows what a page is about."""

    def __init__(self, house: House, pages: Sequence[Page]) -> None:
        self._house = house
        self._hosts = frozenset((*host_names(), *(name.lower() for name in house.settings.names)))
        self._bottle = bottle.Bottle()
        self._bottle.default_error_handler = self._error
        for page in pages:
            self._bottle.route(page.path, page.method, partial(self._serve, page))

    def close(self) -> None:
        """Ends what would go on for ever: streams."""
        self._house.viewers.closing.set()
        self._house.own_viewers.closing.set()

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            named = {name.lower() for name, _ in headers}
            return start_response(status, [*headers, *(row for row in HEADERS if row[0].lower() not in named)], *more)

        if not host_allowed(environ.get("HTTP_HOST", ""), self._hosts):
            text = (b"This box does not answer to that name. Use its IP address, or add the name to \"names\" in "
                    b"[site.web] of its settings.")
            start("421 Misdirected Request", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
            return [text]
        answer: Iterable[bytes] = self._bottle(environ, start)
        return answer

    def _serve(self, page: Page, **parts: str) -> Any:
        language = self._language()
        try:
            self._fits(page)
            visit = self._visit(page, language)
            refused = self._gate(page, visit)
            answer = refused if refused is not None else page.handler(visit, **_whole(parts))
        except GatewayDown as down:
            answer = self._down(page, language, down)
        except Refused as no:
            answer = self._no(page, language, 400, str(no))
        except HTTPResponse as early:
            answer = early
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            answer = self._no(page, language, 500, language("Something went wrong inside. The box's log has it."))
        return self._finished(answer)

    @staticmethod
    def _fits(page: Page) -> None:
        if request.method not in SAFE_METHODS and request.content_length < 0:
            raise HTTPResponse(status=411, body="Send this with a length.\n", headers={"Content-Type": "text/plain"})
        if request.content_length > page.largest and page.machine:
            raise _json(413, f"This is too large: {page.largest} octets are allowed.")
        if request.content_length > page.largest:
            raise HTTPResponse(status=413, body=f"This is too large: {page.largest} octets are allowed.\n",
                               headers={"Content-Type": "text/plain", "Connection": "close"})

    def _visit(self, page: Page, language: Language) -> Visit:
        post = request.method not in SAFE_METHODS and not page.machine
        form = request.forms if post else {}
        return Visit(
            self._house, None if page.machine else self._session(), language, request.method, request.path,
            request.environ.get("REMOTE_ADDR", "").removeprefix("::ffff:"), _decoded(form), _decoded(request.query),
            request.files if post else {}, request.headers, request.forms if post else None)

    def _session(self) -> Session | None:
        cookie = request.get_cookie(COOKIE) or ""
        if not 32 <= len(cookie) <= 128:
            return None
        found = self._house.door.ask("page_session", session=digest(cookie))
        return Session(found["who"], found["role"], cookie) if found else None

    def _gate(self, page: Page, visit: Visit) -> Any:
        """None to let it in."""
        if page.machine:
            return None
        if request.method not in SAFE_METHODS:
            if not origin_allowed(request.get_header("Origin", ""), request.get_header("Referer", ""),
                                  request.get_header("Host", "")):
                return self._no(page, visit.language, 403, visit.say("This request comes from another site."))
            if visit.session and not csrf_right(visit.form.get("csrf", ""), visit.session.cookie):
                return self._no(page, visit.language, 403,
                                visit.say("This form is too old. Go back, load the page again, and send it once more."))
        if visit.session is None and not page.before_setup and visit.ask("page_state")["setup"]:
            return HTTPResponse(status=303, headers={"Location": "/setup"})
        if page.access is Access.ANYONE or (visit.session and visit.session.access >= page.access):
            return None
        if visit.session is None:
            plain = request.method in SAFE_METHODS and request.path not in ("/", "/me")
            wanted = f"?next={request.path}" if plain else ""
            door = "/me/login" if page.access is Access.USER else "/login"
            return HTTPResponse(status=303, headers={"Location": f"{door}{wanted}"})
        if visit.session.access is Access.USER and request.path == "/":
            return HTTPResponse(status=303, headers={"Location": "/me"})
        return self._no(page, visit.language, 403, visit.say("Your role may not do this. Ask an admin of this box."))

    def _finished(self, answer: Any) -> Any:
        """Text and octets become a whole response, compressed where that helps; anything else goes as it is."""
        if isinstance(answer, str):
            answer = HTTPResponse(answer.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        if not isinstance(answer, HTTPResponse):
            return answer
        if isinstance(answer.body, str):
            answer.body = answer.body.encode()
        if "Cache-Control" not in answer.headers:
            answer.set_header("Cache-Control", "no-store")
        if isinstance(answer.body, bytes) and "Content-Encoding" not in answer.headers:
            small = squeezed(answer.body, answer.headers.get("Content-Type", ""),
                             request.get_header("Accept-Encoding", ""))
            if small is not None:
                answer.body = small
                answer.set_header("Content-Encoding", "gzip")
            answer.set_header("Vary", "Accept-Encoding")
        return answer

    def _down(self, page: Page, language: Language, down: GatewayDown) -> HTTPResponse:
        if page.machine:
            return _json(503, str(down))
        response = HTTPResponse(self._house.templates.render("down", language, why=str(down)), status=503)
        response.set_header("Content-Type", "text/html; charset=utf-8")
        response.set_header("Retry-After", "10")
        return response

    def _no(self, page: Page | None, language: Language, status: int, text: str) -> HTTPResponse:
        if page is not None and page.machine:
            return _json(status, text)
        body = self._house.templates.render("refused", language, text=language(text), status=status)
        return HTTPResponse(body, status=status, headers={"Content-Type": "text/html; charset=utf-8"})

    def _error(self, error: HTTPError) -> Any:
        """What never reached a page: an unknown address, a method it does not have, a body that cannot be read."""
        language = self._language()
        texts = {404: language("There is no such page."), 405: language("This page cannot do that.")}
        text = texts.get(error.status_code, language("This request cannot be read."))
        if request.path.startswith("/api/"):
            answer = _json(error.status_code, text)
        else:
            answer = self._no(None, language, error.status_code, text)
        bottle.response.status = answer.status
        for name, value in answer.headerlist:
            bottle.response.set_header(name, value)
        return answer.body

    def _language(self) -> Language:
        return self._house.languages.choose(request.get_cookie(LANGUAGE_COOKIE) or "",
                                            request.get_header("Accept-Language", ""), self._house.settings.language)


def _whole(parts: dict[str, str]) -> dict[str, str]:
    """A slash within one part of a path comes as %2F: cheroot leaves that as it is."""
    return {name: value.replace("%2F", "/").replace("%2f", "/") for name, value in parts.items()}


def _json(status: int, text: str) -> HTTPResponse:
    """RFC 9457."""
    body = {"type": "about:blank", "title": HTTPResponse(status=status).status_line[4:], "status": status,
            "detail": text}
    return HTTPResponse(json.dumps(body), status=status,
                        headers={"Content-Type": "application/problem+json", "Cache-Control": "no-store"})


def _decoded(fields: Any) -> dict[str, str]:
    """The last value of each field, as UTF-8; WSGI hands octets over as Latin-1."""
    found: dict[str, str] = {}
    for name in list(fields)[:500]:
        value = fields[name]
        if isinstance(value, str):
            found[name] = value.encode("latin-1", "replace").decode("utf-8", "replace").replace("\0", "")
    return found


__all__ = ["LANGUAGE_COOKIE", "Application", "make_app", "with_cookie"]
