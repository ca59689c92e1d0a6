"""Audio and ISDN as units: systemd's own socket activation starts them for each connection of the gateway."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.audio.client import AudioEvent, EngineLost, PortFailed
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from appliance.lines.isdn.process import ProcessLink
from appliance.lines.isdn.spansettings import SpanSettings
from tests.units.unitfiles import ROOT, SYSTEMD, keys

ACTIVATE = shutil.which("systemd-socket-activate")
pytestmark = pytest.mark.skipif(ACTIVATE is None, reason="systemd-socket-activate is not installed")
PATIENCE_S = 30


def command(unit: str) -> list[str]:
    """What the unit starts, by this Python."""
    (line,) = keys(SYSTEMD / "system" / unit)["ExecStart"]
    return [sys.executable, *line.split()[1:]]


@asynccontextmanager
async def activated(unit: str, path: Path, notify: Path) -> AsyncIterator[socket.socket]:
    """The unit's socket at `path`; what its processes tell comes on the socket given."""
    assert ACTIVATE
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(notify))
    told.setblocking(False)
    process = await asyncio.create_subprocess_exec(
        ACTIVATE, "--accept", f"--listen={path}", f"--setenv=NOTIFY_SOCKET={notify}",
        "--setenv=WATCHDOG_USEC=1000000", *command(unit), cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        start_new_session=True)
    assert process.stderr
    while b"Listening on" not in await process.stderr.readline():
        pass
    reading = asyncio.create_task(process.stderr.read())
    try:
        yield told
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await reading
        told.close()


async def heard(told: socket.socket) -> str:
    return (await asyncio.get_running_loop().sock_recv(told, 4096)).decode()


def play(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await story()

    asyncio.run(whole())


def test_the_audio_unit_serves_one_connection_after_another(tmp_path: Path) -> None:
    async def story() -> None:
        path, events = tmp_path / "audio.sock", asyncio.Queue[AudioEvent]()
        async with activated("ringback-audio@.service", path, tmp_path / "notify") as told:
            audio = AudioProcess(PromptBook(tmp_path / "prompts"), "GB", path)
            audio.subscribe(events.put_nowait)
            running = asyncio.create_task(audio.run())
            await audio.started.wait()
            assert await heard(told) == "READY=1"
            assert await heard(told) == "WATCHDOG=1"
            audio.open("probe", "/nowhere")
            assert await events.get() == PortFailed("probe", "/nowhere: No such file or directory")
            assert audio._writer
            audio._writer.transport.abort()  # as when it dies
            lost = await events.get()
            assert isinstance(lost, EngineLost)
            while await heard(told) != "READY=1":  # of the next life
                pass
            await audio.started.wait()
            audio.open("probe", "/nowhere")
            assert isinstance(await events.get(), PortFailed)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    play(story)


def test_a_life_ends_with_its_connection(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "audio.sock"
        async with activated("ringback-audio@.service", path, tmp_path / "notify") as told:
            reader, writer = await asyncio.open_unix_connection(path)
            while await heard(told) != "WATCHDOG=1":
                pass
            writer.write_eof()
            assert await reader.read() == b""  # it let go as well

    play(story)


def test_the_isdn_unit_makes_a_socket_that_its_group_may_open(tmp_path: Path) -> None:
    async def story() -> None:
        path, voices = tmp_path / "isdn.sock", tmp_path / "isdn1.voices"
        async with activated("ringback-isdn@.service", path, tmp_path / "notify") as told:
            events = asyncio.Queue[dict[str, object]]()
            link = ProcessLink(f"pair:{tmp_path / 'nothing'}", SpanSettings(), voices, path)
            living = asyncio.create_task(link.live(events.put_nowait))
            got = asyncio.create_task(events.get())
            await asyncio.wait((got, living), return_when=asyncio.FIRST_COMPLETED)
            if living.done() and "libpri" in living.result():
                got.cancel()
                pytest.skip(living.result())
            while (event := await got)["is"] != "port":
                got = asyncio.create_task(events.get())
            assert event["open"] is False
            assert voices.stat().st_mode & 0o777 == 0o660
            assert await heard(told) == "READY=1"
            assert await heard(told) == "WATCHDOG=1"
            link.kill()
            assert "closed" in await living

    play(story)


