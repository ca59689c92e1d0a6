"""The dialog with a line's modem as a subscription on the gateway's socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from appliance.api.server import Stream
from appliance.api.wire import ApiError
from appliance.commands.following import BEHIND
from appliance.lines.line import Line, Overheard
from appliance.vocabulary.clock import Clock


def console(lines: Mapping[str, Line], clock: Clock, zone: Callable[[], tzinfo]) -> Stream:
    """The stream "modem_dialog": params {"line"}; each event is {"at", "sent", "text"}."""
    async def stream(params: dict[str, Any]) -> AsyncIterator[Any]:
        name = str(params.get("line", ""))
        line = lines.get(name)
        if not isinstance(line, Overheard):
            raise ApiError(f"{name[:40]!r} is no line with a modem that is running")
        queue: asyncio.Queue[tuple[datetime, str, str]] = asyncio.Queue(BEHIND + 1)

        def listen(way: str, text: str) -> None:
            if not queue.full():
                queue.put_nowait((clock.now(), way, text))

        line.listeners.append(listen)
        try:
            while True:
                at, way, text = await queue.get()
                if queue.qsize() >= BEHIND:
                    raise ApiError("this listener reads too slowly and is let go")
                told = at.astimezone(zone()).isoformat(timespec="milliseconds")
                yield {"at": told, "sent": way == "> ", "text": text}
        finally:
            line.listeners.remove(listen)
    return stream
