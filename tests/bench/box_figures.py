"""Figures of the whole box as processes: how soon it is ready from its start, what memory it has, and a short soak."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.commands.layout import Layout
from appliance.settings.codec import settings_to_documents
from appliance.settings.model import LineSettings, Settings, SiteSettings
from appliance.store.documents import Documents
from appliance.vocabulary.number import Number
from tests.bench.child import ROOT, Child
from tests.bench.figure import Figure, share, spread
from tests.bench.simulated import NUMBER
from tests.bench.voice_figures import box

PERSONAS = ("quectel", "huawei", "plain", "quectel")
CALLS = 30
BUSY = "other processes have the cores"
BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as boxes have it


def _settings(folder: Path) -> Settings:
    lines = tuple(
        LineSettings(f"gsm{n}", at=str(folder / f"sim{n}-at"), audio=str(folder / f"sim{n}-audio"),
                     number=Number(NUMBER.format(n)))
        for n in range(len(PERSONAS)))
    return Settings(SiteSettings(), lines)


@asynccontextmanager
async def _gateway(data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, float]]:
    """`ringback run`, every line ready; and the s that took from its start."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "appliance", "run", "--data", str(data), cwd=ROOT, env=BYTECODE,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    try:
        assert process.stderr
        ready = 0
        while ready < len(PERSONAS):
            line = await process.stderr.readline()
            if not line:
                raise RuntimeError("the gateway ended before its lines were ready")
            ready += bool(re.search(rb"gsm[0-9]: ready", line))
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        await process.wait()


async def ready_from_start(folder: Path, times: int) -> list[Figure]:
    took: list[float] = []
    documents = Documents(Layout(folder / "data").documents)
    documents.replace_all(*settings_to_documents(_settings(folder)))
    documents.close()
    async with Child("tests.bench.simulated", "--folder", str(folder), "--personas", *PERSONAS) as street:
        await street.line()
        for _ in range(times):
            async with _gateway(folder / "data") as (process, seconds):
                took.append(seconds)
                own = sum(_rss_mb(pid) for pid in _family(process.pid))
        talking = await _audio_mb(folder)
    return [
        Figure("four modems ready, from the start of the process", "<= 1 s", spread(took, "s"), share(took, 0.5) <= 1.0,
               BUSY, "0.5-1 s"),
        Figure(f"RSS: the gateway's processes with four lines, and {CALLS} calls more in audio", "<= 90 MB",
               f"{own + talking:.0f} MB ({own:.0f} idle, {talking:.1f} for the calls)", own + talking <= 90,
               "see which process", "54-93 MB"),
    ]


async def _audio_mb(folder: Path) -> float:
    """MB that bridged calls add to the audio process."""
    async with Child("tests.bench.voices", "--ports", str(2 * CALLS), "--seconds", "4") as voices, box(folder) as made:
        alone = _rss_mb(made.audio.pid)
        await made.opened(await voices.told())
        for call in range(CALLS):
            made.audio.bridge(f"p{2 * call}", f"p{2 * call + 1}")
        voices.go()
        await voices.told()
        return _rss_mb(made.audio.pid) - alone


def _family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]


def _rss_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0


async def soaked(_: Path, calls: int) -> list[Figure]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak", "--calls", str(calls), cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _error = await process.communicate()
    return [Figure(f"soak: {calls} calls over 8 nasty modems (make test-slow: 10 000)",
                   "books balance, memory flat, no line broken", told.decode().strip().splitlines()[-1],
                   process.returncode == 0, "its complaints stand above")]
