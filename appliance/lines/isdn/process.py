"""The gateway's end of a span's process: starts it, talks JSON lines with it, and says how it ended."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from dataclasses import asdict
from pathlib import Path

from appliance.audio.child import end_at_once
from appliance.lines.isdn.libpri import PACKAGE
from appliance.lines.isdn.link import Tell
from appliance.lines.isdn.span import Event, SpanSettings

MISSING = 3  # exit status: libpri is not installed


class ProcessLink:
    """Implements link.SpanLink over a child process. `port` as in the site file, `voices` the path of its socket."""

    def __init__(self, port: str, settings: SpanSettings, voices: Path) -> None:
        self._first = {"port": port, **asdict(settings)}
        self._voices = voices
        self._writer: asyncio.StreamWriter | None = None
        self._process: asyncio.subprocess.Process | None = None
        self.pid = 0  # of the process that lives now

    async def live(self, tell: Tell) -> str:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "appliance.lines.isdn.serve", "--control-fd", str(theirs.fileno()),
                    "--audio", str(self._voices), pass_fds=(theirs.fileno(),), stdin=asyncio.subprocess.DEVNULL)
            except OSError as error:
                ours.close()
                return f"it cannot be started: {error}"
        self.pid = process.pid
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self.send(self._first)
        try:
            while line := await reader.readline():
                tell(json.loads(line))
        except (OSError, ValueError):
            pass  # a broken control socket ends this life like a dead process does
        finally:
            writer, self._writer, self._process = self._writer, None, None
            writer.close()
            end_at_once(process)
            status = await process.wait()
        return f"install {PACKAGE}: apt install {PACKAGE}" if status == MISSING else f"status {status}"

    def send(self, order: Event) -> None:
        if self._writer:
            self._writer.write(json.dumps(order).encode() + b"\n")

    def source(self, leg: str) -> str:
        return f"span:{self._voices}#{leg}"

    def kill(self) -> None:
        if self._process:
            end_at_once(self._process)
