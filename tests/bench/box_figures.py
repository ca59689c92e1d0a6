"""Figures of the whole box as processes: how soon it is ready from its start, what memory it has, and a short soak."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
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
LIVING = 2  # processes of a gateway: itself and audio
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
                own, whole, apart = await _with_page(folder / "data", process.pid)
        talking = await _audio_mb(folder)
    return [
        Figure("four modems ready, from the start of the process", "<= 1 s", spread(took, "s"), share(took, 0.5) <= 1.0,
               BUSY, "0.5-1 s"),
        Figure(f"RSS of what makes calls: gateway with four lines, audio process with {CALLS} calls", "<= 90 MB",
               f"{own + talking:.0f} MB ({own:.0f} idle, {talking:.1f} for the calls' audio)", own + talking <= 90,
               "see which process", "54-93 MB"),
        Figure("  the page's process too, as on the box", "<= 90 MB",
               f"{whole + talking:.0f} MB RSS; {apart + talking:.0f} MB where what they share is counted once (PSS)",
               whole + talking <= 90, "an interpreter of its own, so that no page stops a call"),
    ]


async def _with_page(data: Path, gateway: int) -> tuple[float, float, float]:
    """RSS of the gateway and its audio process; RSS and PSS of both and the page's, which has served its first page."""
    page = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "appliance", "web", "--data", str(data), "--address", "127.0.0.1", "--port", "0",
        cwd=ROOT, env=BYTECODE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        assert page.stdout
        while not (found := re.search(rb"(https?)://[^/ ]*:([0-9]+)", line := await page.stdout.readline())):
            if not line:
                raise RuntimeError("the page's process ended before it served")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(found[2]), ssl=context if found[1] == b"https" else None)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.")
        writer.close()
        async with asyncio.timeout(60):
            while len(calls := _family(gateway)) != LIVING:  # what renders prompts at the start ends
                await asyncio.sleep(0.1)
        pids = [*calls, page.pid]
        return sum(map(_mb, calls)), sum(map(_mb, pids)), sum(_mb(pid, "Pss") for pid in pids)
    finally:
        page.terminate()
        await page.wait()


async def _audio_mb(folder: Path) -> float:
    """MB that bridged calls add to the audio process."""
    async with Child("tests.bench.voices", "--ports", str(2 * CALLS), "--seconds", "4") as voices, box(folder) as made:
        alone = _mb(made.audio.pid)
        await made.opened(await voices.told())
        for call in range(CALLS):
            made.audio.bridge(f"p{2 * call}", f"p{2 * call + 1}")
        voices.go()
        await voices.told()
        return _mb(made.audio.pid) - alone


def _family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]


def _mb(pid: int, of: str = "Rss") -> float:
    """MB of the process. `of`: Rss, or Pss, in which a page that n processes share counts 1/n."""
    found = re.search(rf"^{of}:\s+([0-9]+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text("ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


async def soaked(_: Path, calls: int) -> list[Figure]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak", "--calls", str(calls), cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _error = await process.communicate()
    return [Figure(f"soak: {calls} calls over 8 nasty modems (make test-slow: 10 000)",
                   "books balance, memory flat, no line broken", told.decode().strip().splitlines()[-1],
                   process.returncode == 0, "its complaints stand above")]
