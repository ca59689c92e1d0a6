"""The D channel of an ISDN line as a subscription on the gateway's socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from appliance.api.server import Stream
from appliance.api.wire import ApiError
from appliance.commands.following import BEHIND
from appliance.lines.isdn.decode import decode
from appliance.lines.line import Line, Traced
from appliance.vocabulary.clock import Clock


def tracing(lines: Mapping[str, Line], clock: Clock, zone: Callable[[], tzinfo]) -> Stream:
    """The stream "isdn_trace" for ApiServer: params {"line", "raw"}; `raw` with frames of layer 2. Each event is
    {"at", "sent", "layer", "name", "reference", "details", "frame"}; `frame` in hexadecimal, without check sum."""
    async def stream(params: dict[str, Any]) -> AsyncIterator[Any]:
        line, raw = _traced(lines, str(params.get("line", ""))), params.get("raw") is True
        queue: asyncio.Queue[tuple[datetime, str, bytes]] = asyncio.Queue(BEHIND + 1)

        def listen(way: str, frame: bytes) -> None:
            if not queue.full():
                queue.put_nowait((clock.now(), way, frame))

        stop = line.trace(listen)
        try:
            while True:
                at, way, frame = await queue.get()
                if queue.qsize() >= BEHIND:
                    raise ApiError("this follower reads too slowly and is let go")
                told = decode(frame, sent=way == ">")
                if told.signalling or raw:
                    yield {
                        "at": at.astimezone(zone()).isoformat(timespec="milliseconds"), "sent": way == ">",
                        "layer": 3 if told.signalling else 2, "name": told.name, "reference": told.reference,
                        "details": list(told.details), "frame": frame.hex()}
        finally:
            stop()
    return stream


def _traced(lines: Mapping[str, Line], name: str) -> Traced:
    line = lines.get(name)
    if isinstance(line, Traced):
        return line
    known = ", ".join(sorted(each for each, line in lines.items() if isinstance(line, Traced))) or "none"
    raise ApiError(f"{name[:40]!r} is no ISDN line that is running; there are: {known}")
