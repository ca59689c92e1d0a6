"""An audio process that takes long to start is waited for, and not ended by the beats that it could not answer yet."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from appliance.audio import process as module
from appliance.audio.client import AudioEvent, EngineLost
from appliance.audio.process import FIRST_BEATS, MISSED_BEATS, AudioProcess
from appliance.audio.prompts.book import PromptBook

BEAT_S = 0.02


class Slow:
    """Stands for systemd and the process at its socket: answers from the Nth beat on."""

    def __init__(self, beats: int) -> None:
        self._beats = beats
        self.lives = self.answers = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lives += 1
        await asyncio.sleep(self._beats * BEAT_S)  # a process that starts on a slow card
        while line := await reader.readline():
            if json.loads(line)["order"] == "ping":
                self.answers += 1
                writer.write(b'{"event": "Pong"}\n')
        writer.close()


async def lives(beats: int, tmp_path: Path) -> Slow:
    slow, lost = Slow(beats), list[AudioEvent]()
    server = await asyncio.start_unix_server(slow.serve, tmp_path / "audio.sock")
    audio = AudioProcess(PromptBook(tmp_path / "prompts"), "DE", tmp_path / "audio.sock")
    audio.subscribe(lambda event: lost.append(event) if isinstance(event, EngineLost) else None)
    running = asyncio.create_task(audio.run())
    async with asyncio.timeout(20):
        while slow.answers < 20 and not lost:
            await asyncio.sleep(BEAT_S / 2)
    running.cancel()
    server.close()
    return slow


@pytest.mark.parametrize("beats", [0, MISSED_BEATS + 2, FIRST_BEATS // 2])
def test_a_slow_start_is_one_life(beats: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_S", BEAT_S)
    slow = asyncio.run(lives(beats, tmp_path))
    assert slow.lives == 1
    assert slow.answers >= 20


def test_one_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_S", BEAT_S)
    slow = asyncio.run(lives(3 * FIRST_BEATS, tmp_path))
    assert slow.answers == 0
