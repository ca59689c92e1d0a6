"""A child process is ended at once."""

from __future__ import annotations

import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress


def end_at_once(process: Process) -> None:
    """`process.kill()` looks first whether it lives, and so may take its end away from asyncio, which then knows no
    status ("Unknown child process")."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
