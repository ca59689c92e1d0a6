"""Lines of the story as a subscription on the gateway's socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, tzinfo
from typing import Any, Protocol

from appliance.api.server import Stream
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.queries import stamp

BEHIND = 2000  # lines a follower may be behind before it is let go


class Told(Protocol):
    """One line of the story, as the switchboard tells it."""

    @property
    def at(self) -> datetime: ...
    @property
    def call(self) -> str: ...
    @property
    def room(self) -> str: ...
    @property
    def text(self) -> str: ...


def following(follow: Callable[[Callable[[Any], None]], Callable[[], None]], zone: Callable[[], tzinfo]) -> Stream:
    """The stream "follow" for ApiServer. `follow` adds a listener and returns what removes it (Story.follow)."""
    async def stream(params: dict[str, Any]) -> AsyncIterator[Any]:
        call = Params(params).text("call")
        queue: asyncio.Queue[Told] = asyncio.Queue(BEHIND + 1)

        def listen(line: Told) -> None:
            if not queue.full():
                queue.put_nowait(line)

        stop = follow(listen)
        try:
            while True:
                line = await queue.get()
                if queue.qsize() >= BEHIND:
                    raise ApiError("this follower reads too slowly and is let go")
                if not call or line.call == call:
                    yield {"at": stamp(line.at, zone()), "call": line.call, "room": line.room, "text": line.text}
        finally:
            stop()
    return stream
