"""Where clips are made: one process at a time, what is needed first comes first."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from appliance.daemon.companion import end_at_once

log = logging.getLogger("ringback.audio.prompts")


@dataclass(frozen=True, slots=True)
class Job:
    """Words to be spoken into a file."""

    language: str
    words: str
    path: Path

    def line(self) -> bytes:
        return json.dumps({"language": self.language, "words": self.words, "path": str(self.path)}).encode() + b"\n"


class Workshop:
    """Needs a running loop. A job that failed is not tried again: the next start does."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._failed: set[Path] = set()
        self._working: asyncio.Task[None] | None = None

    def want(self, job: Job, *, now: bool) -> None:
        """`now`: before all others, because somebody is listening."""
        if job.path in self._failed:
            return
        if job in self._jobs:
            if not now:
                return
            self._jobs.remove(job)
        if now:
            self._jobs.appendleft(job)
        else:
            self._jobs.append(job)
        if self._working is None:
            self._working = asyncio.ensure_future(self._work())

    async def done(self) -> None:
        """Waits until nothing is left to do."""
        while self._working is not None:
            await asyncio.wait((self._working,))

    async def _work(self) -> None:
        try:
            while self._jobs:  # more may be wanted while a process winds up
                await self._serve()
        except OSError as error:
            log.warning("prompts cannot be spoken: %s", error)
            self._jobs.clear()
        finally:
            self._working = None

    async def _serve(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance.audio.prompts.render",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        assert process.stdin
        assert process.stdout
        try:
            while self._jobs:
                job = self._jobs.popleft()
                if job.path.exists():
                    continue
                process.stdin.write(job.line())
                said = await process.stdout.readline()
                if not said:
                    raise OSError("the process that speaks them ended")
                if said == b"\n":
                    log.warning("espeak-ng could not say %r in %s", job.words[:40], job.language)
                    self._failed.add(job.path)
        finally:
            process.stdin.close()
            if self._jobs:
                end_at_once(process)
            await process.wait()
