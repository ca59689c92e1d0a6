"""A process of ours beside this one, with a control socket to it: a child, or a unit that systemd starts for us."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

CLOSED = "its connection was closed"


def end_at_once(process: Process) -> None:
    """`process.kill()` looks first whether it lives, and so may take its end away from asyncio, which then knows no
    status ("Unknown child process")."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


class Companion:
    """One life. `unit`: the socket at which systemd starts it; None: `python -m module words --control-fd N` here."""

    def __init__(self, module: str, unit: Path | None = None, words: Sequence[str] = ()) -> None:
        self._module, self._unit, self._words = module, unit, words
        self._process: Process | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int:
        """0 for a unit's."""
        return self._process.pid if self._process else 0

    async def start(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """OSError when it cannot be."""
        if self._unit:
            reader, self._writer = await asyncio.open_unix_connection(self._unit)
            return reader, self._writer
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", self._module, *self._words, "--control-fd", str(theirs.fileno()),
                    pass_fds=(theirs.fileno(),), stdin=asyncio.subprocess.DEVNULL)
            except OSError:
                ours.close()
                raise
        reader, self._writer = await asyncio.open_connection(sock=ours)
        return reader, self._writer

    def kill(self) -> None:
        """At once. A unit's process, another user's, ends when its connection does; one that hangs, by its watchdog."""
        if self._process:
            end_at_once(self._process)
        elif self._writer:
            self._writer.transport.abort()

    async def ended(self) -> str:
        """Ends it and says how it ended."""
        if self._writer:
            self._writer.close()
        if self._process is None:
            return CLOSED
        end_at_once(self._process)  # it has nothing to put away, and one that hangs would not hear a gentler word
        return f"status {await self._process.wait()}"
