"""The gateway as its unit starts it: sockets elsewhere, audio by socket activation, a watchdog that its turns feed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from appliance.api.client import Client
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.switchboard.board import Switchboard
from appliance.switchboard.office import Office
from appliance.vocabulary.clock import ManualClock
from tests.units.test_socket_units import activated, heard, play
from tests.units.unitfiles import ROOT, SYSTEMD, keys

needs_activation = pytest.mark.skipif(not shutil.which("systemd-socket-activate"),
                                      reason="systemd-socket-activate is not installed")


@needs_activation
def test_it_is_ready_beats_and_stops(tmp_path: Path) -> None:
    async def story() -> None:
        data, units = tmp_path / "data", tmp_path / "units"
        for folder in (data, units, tmp_path / "run"):
            folder.mkdir()
        own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        own.bind(str(tmp_path / "own"))
        own.setblocking(False)
        (line,) = keys(SYSTEMD / "system/ringback.service")["ExecStart"]
        line = line.replace("/var/lib/ringback", str(data)).replace("/var/cache/", f"{tmp_path}/")
        line = line.replace("/run/ringback-units", str(units)).replace("/run/ringback", str(tmp_path / "run"))
        words = line.replace("--socket-group ringback-web", "").split()[1:]
        async with activated("ringback-audio@.service", units / "audio.sock", tmp_path / "notify") as audio:
            gateway = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "appliance", *words, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL, umask=0o077,
                env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "own"), "WATCHDOG_USEC": "400000"})
            assert await heard(own) == "READY=1"
            assert [await heard(own) for _ in range(3)] == ["WATCHDOG=1"] * 3
            assert await heard(audio) == "READY=1"  # it took the unit and not a child
            client = Client(tmp_path / "run/gateway.sock")
            assert client.call("lines") == []
            client.close()
            assert (tmp_path / "ringback/prompts").stat().st_mode & 0o777 == 0o755  # of another user's audio process
            gateway.send_signal(signal.SIGTERM)
            while await heard(own) != "STOPPING=1":
                pass
            assert await gateway.wait() == 0
        own.close()

    play(story)


def test_a_switchboard_that_would_not_act_feeds_no_watchdog(tmp_path: Path) -> None:
    async def story() -> None:
        clock, journal = ManualClock(), Journal(tmp_path / "journal.sqlite", "EUR")
        audio = AudioProcess(PromptBook(tmp_path / "prompts"), "DE")
        board = Switchboard({}, audio, journal, clock, Office.of(Settings()), asyncio.get_running_loop())
        assert board.turns()
        journal.close()
        assert not board.turns()
        assert board.failed.exception()
        assert not board.turns()

    play(story)
