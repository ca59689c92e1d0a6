"""A span inside this process, behind the seam that the gateway's has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from appliance.lines.isdn.link import Tell
from appliance.lines.isdn.span import Span


class MemoryLink:
    """`make` builds it with what it tells going to the line."""

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
