"""The seam between an ISDN line and its span: a process in the box, the same object in memory for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from appliance.lines.isdn.span import Event, Span

Tell = Callable[[Event], None]


class SpanLink(Protocol):
    """Orders go down, events come up."""

    async def live(self, tell: Tell) -> str:
        """One life of the span, from its start to its end; how it ended. Cancel to end it."""

    def send(self, order: Event) -> None:
        """Nothing happens when there is no span now: its end was told."""

    def source(self, leg: str) -> str:
        """Where the audio process finds that leg's voice."""

    def kill(self) -> None:
        """Ends this life at once: it hangs, or lies."""


class MemoryLink:
    """A span inside this process. `make` builds it with what it tells going to the line."""

    def __init__(self, name: str, make: Callable[[Tell], Span]) -> None:
        self._name, self._make = name, make
        self.span: Span | None = None
        self._over: asyncio.Future[str] | None = None

    async def live(self, tell: Tell) -> str:
        self._over = asyncio.get_running_loop().create_future()
        self.span = span = self._make(tell)
        span.start()
        try:
            return await self._over
        finally:
            span.close()
            self.span = None

    def send(self, order: dict[str, Any]) -> None:
        if self.span:
            self.span.obey(order)

    def source(self, leg: str) -> str:
        return f"span:{self._name}#{leg}"

    def kill(self) -> None:
        if self._over and not self._over.done():
            self._over.set_result("it was ended")
