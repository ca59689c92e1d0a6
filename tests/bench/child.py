"""A process of the bench: lines of JSON out, a line in to let it go on."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 64 * 1024 * 1024  # octets in one line of results


class Child:
    """`async with Child("tests.bench.voices", ...) as child`. Ended with the block, whatever happens."""

    def __init__(self, module: str, *words: str) -> None:
        self._command = (sys.executable, "-m", module, *words)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Child:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, limit=LIMIT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def line(self) -> str:
        assert self._process
        assert self._process.stdout
        said = await self._process.stdout.readline()
        if not said:
            raise RuntimeError(f"{' '.join(self._command)} ended without a word")
        return said.decode().strip()

    async def told(self) -> Any:
        return json.loads(await self.line())

    def go(self, word: str = "go") -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.write(word.encode() + b"\n")


def cpu_s(pid: int) -> float:
    """Seconds of processor time the process has used, to the nanosecond: all its threads."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks) / 1e9
