"""The gateway's end of a span's process: starts it, talks JSON lines with it, and says how it ended."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from appliance.daemon.companion import Companion
from appliance.lines.isdn.link import Tell
from appliance.lines.isdn.spansettings import Event, SpanSettings


class ProcessLink:
    """Implements link.SpanLink over a process: a child, or what systemd starts at the socket `unit`. `port` as in the
    site file, `voices` the path of its socket."""

    def __init__(self, port: str, settings: SpanSettings, voices: Path, unit: Path | None = None) -> None:
        self._first = {"port": port, "voices": str(voices), **asdict(settings)}
        self._voices, self._unit = voices, unit
        self._writer: asyncio.StreamWriter | None = None
        self._process: Companion | None = None
        self.pid = 0  # of the child that lives now

    async def live(self, tell: Tell) -> str:
        process = Companion("appliance.lines.isdn.serve", self._unit)
        try:
            reader, self._writer = await process.start()
        except OSError as error:
            return f"it cannot be started: {error}"
        self._process, self.pid, why = process, process.pid, ""
        self.send(self._first)
        try:
            while line := await reader.readline():
                event = json.loads(line)
                if event["is"] == "failed":
                    why = str(event["why"])
                else:
                    tell(event)
        except (OSError, ValueError):
            pass  # a broken control socket ends this life like a dead process does
        finally:
            self._writer = self._process = None
            how = await process.ended()
        return why or how

    def send(self, order: Event) -> None:
        if self._writer:
            self._writer.write(json.dumps(order).encode() + b"\n")

    def source(self, leg: str) -> str:
        return f"span:{self._voices}#{leg}"

    def kill(self) -> None:
        if self._process:
            self._process.kill()
