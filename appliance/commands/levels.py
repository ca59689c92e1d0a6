"""How loud a line is, as a subscription on the gateway's socket: a meter for whoever sets the gains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

from appliance.api.server import Stream
from appliance.api.wire import ApiError
from appliance.audio.client import Audio, AudioEvent, PortStatistics
from appliance.lines.line import Line

EVERY_S = 0.4  # s between two looks; the audio process itself looks at one frame in 16, every 0.32 s


def levels(
    lines: Mapping[str, Line], audio: Audio, port_of: Callable[[str], str], every_s: float = EVERY_S
) -> Stream:
    """The stream "levels": params {"line"}; each event is {"talking", "in", "out", "clipped_in", "clipped_out"}:
    dBm0, -99 in a pause, and samples at full scale since the call began. `port_of(line)` is "" while it has no call.
    """
    async def stream(params: dict[str, Any]) -> AsyncIterator[Any]:
        name = str(params.get("line", ""))
        if name not in lines:
            raise ApiError(f"no line {name[:40]!r} is running")
        queue: asyncio.Queue[PortStatistics] = asyncio.Queue()

        def heard(event: AudioEvent) -> None:
            if isinstance(event, PortStatistics) and event.port == port_of(name) and queue.empty():
                queue.put_nowait(event)

        audio.subscribe(heard)
        try:
            while True:
                if port := port_of(name):
                    audio.statistics(port)
                    with suppress(TimeoutError):  # the port closed meanwhile, or is not open yet
                        yield _row(await asyncio.wait_for(queue.get(), every_s))
                else:
                    yield {"talking": False}
                await asyncio.sleep(every_s)
                while not queue.empty():  # what others asked for meanwhile
                    queue.get_nowait()
        finally:
            audio.unsubscribe(heard)
    return stream


def _row(now: PortStatistics) -> dict[str, Any]:
    return {"talking": True, "in": now.now_in_dbm0, "out": now.now_out_dbm0, "clipped_in": now.clipped_in,
            "clipped_out": now.clipped_out}
