"""Live pages: who watches, how many at most, and one question a second for all of them together."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from bottle import HTTPResponse

from appliance.vocabulary.clock import Clock
from web.door import GatewayDown, Refused
from web.guard import digest

if TYPE_CHECKING:
    from web.visit import Visit

LIVE = ("vendor/htmx.js", "vendor/hx-sse.js", "live.js")  # the scripts of a page with hx-sse:connect
MOST = 8  # streams, each of which holds a thread (a line's page has two); whoever comes later asks every two seconds
FRESH_S = 0.9  # s an answer serves everybody
EACH_S = 1.0  # s between two looks
QUIET = 2  # looks without news until a comment is sent, so that a viewer who left is noticed at the second one
DOWN = b"event: down\ndata: the gateway does not answer\n\n"
AGAIN = b"retry: 2000\n\n"  # an answer of another status would be the last: a browser does not ask again
OVER = b"event: over\ndata: logged out\n\n"
STILL_IN = 10  # looks between two questions whether the viewer is still logged in


class Viewers:
    """Counts streams, and ends them all when the page's process stops."""

    def __init__(self, most: int = MOST) -> None:
        self._left = threading.BoundedSemaphore(most)
        self.closing = threading.Event()

    def stream(self, show: Callable[[], str], still_in: Callable[[], bool], seen: str = "") -> Iterable[bytes]:
        """What `show` gives, whenever it changes; `seen` is the id of what the browser has (its Last-Event-ID). Without
        a free seat it is told once, and the browser asks again in two seconds."""
        return self.take(lambda: changes(show, still_in, self.closing, seen)) or once(show, seen)

    def seat(self, events: Callable[[], Iterator[bytes]]) -> Iterable[bytes]:
        """Any events; without a free seat none, and the browser asks again in two seconds."""
        return self.take(events) or [AGAIN]

    def take(self, events: Callable[[], Iterator[bytes]]) -> Stream | None:
        """A seat for any events; None when all are taken."""
        return Stream(events(), self._left.release) if self._left.acquire(blocking=False) else None


class Stream:
    """Server-sent events, WHATWG HTML § 9.2, on a seat. WSGI calls `close`."""

    def __init__(self, events: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._events = events
        self._leave: Callable[[], None] | None = leave

    def __iter__(self) -> Iterator[bytes]:
        return self._events

    def close(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None


def changes(
    show: Callable[[], str], still_in: Callable[[], bool], closing: threading.Event, seen: str = ""
) -> Iterator[bytes]:
    """A page's live part, whenever it differs from what was sent last."""
    last, quiet, looks = seen, 0, 0
    yield b"retry: 3000\n\n"
    while not closing.is_set():
        try:
            if looks % STILL_IN == 0 and not still_in():
                yield OVER
                return
            text = show()
        except (GatewayDown, Refused):
            yield DOWN
            return
        looks, quiet = looks + 1, quiet + 1
        if name(text) != last:
            yield event(text)
            last, quiet = name(text), 0
        elif quiet >= QUIET:
            yield b": nothing new\n\n"
            quiet = 0
        closing.wait(EACH_S)


def once(show: Callable[[], str], seen: str) -> Iterator[bytes]:
    """One look, then the end: a browser without a seat comes again."""
    try:
        text = show()
    except (GatewayDown, Refused):
        yield DOWN
        return
    yield AGAIN + (event(text) if name(text) != seen else b"")


def event(text: str) -> bytes:
    """A message that the browser names when it comes again, so that it gets only what is new."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"id: {name(text)}\n{lines}\n".encode()


def name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stream_of(
    visit: Visit, viewers: Viewers, show: Callable[[], str], goes_on: Callable[[], bool] = lambda: True
) -> HTTPResponse:
    """The answer to a browser that watches. `goes_on`: whether there is anything to come."""
    session = visit.session

    def still_in() -> bool:
        return bool(session and visit.ask("page_session", session=digest(session.cookie))) and goes_on()

    return HTTPResponse(viewers.stream(show, still_in, visit.headers.get("Last-Event-ID", "")),
                        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})


class Snapshots:
    """The gateway's answers to questions that many pages ask at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, name: str, ask: Callable[[], Any], fresh_s: float = FRESH_S) -> Any:
        """The answer of less than `fresh_s` ago, else a new one. One asks, the others wait for it."""
        with self._lock:
            at, answer = self._kept.get(name, (-1e9, None))
            if self._clock.monotonic() - at >= fresh_s:
                answer = ask()
                self._kept[name] = (self._clock.monotonic(), answer)
            return answer

    def forget(self) -> None:
        """After a change: what is shown next is new."""
        with self._lock:
            self._kept.clear()
