"""Whole lines on real ptys, in real time: two on one port, and a modem that comes back as another device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path

from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.modem import LabModem
from appliance.lab.network import Network
from appliance.lab.persona import QUECTEL
from appliance.lab.ptys import PtyModem
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.gsm.wire import open_serial
from appliance.lines.line import LineEvent, LineHealth
from tests.lines.replay import Breath

REPLUG_S, TICK_S = 3.0, 0.01  # s from the plug to readiness


class Stopwatch:
    """Real time, without what the machine kept this process waiting."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began, self._late = self._loop.time(), 0.0
        self._task = asyncio.ensure_future(self._tick())

    async def _tick(self) -> None:
        while True:
            began = self._loop.time()
            await asyncio.sleep(TICK_S)
            self._late += self._loop.time() - began - TICK_S

    def stop(self) -> float:
        """s"""
        self._task.cancel()
        return self._loop.time() - self._began - self._late


class Two:
    """Two lines that were given the same port by mistake."""

    def __init__(self, folder: Path) -> None:
        self._moved = asyncio.Event()
        names = count(1)
        audio = LocalAudio(lambda source, on_data: Breath(on_data), detector_factory())
        self.lines = [
            GsmLine(GsmSettings(f"gsm{n}", str(folder / "sim-at"), "pcm"), open_serial, audio, self._told,
                    lambda: f"ring-{next(names)}")
            for n in (1, 2)
        ]

    def _told(self, _: LineEvent) -> None:
        self._moved.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self._moved.clear()
                await self._moved.wait()


def test_a_port_is_one_lines_and_the_other_says_what_to_do(tmp_path: Path) -> None:
    async def story() -> str:
        pty = PtyModem(tmp_path, "sim", LabModem(Network(Transparent), "+4915112345601", QUECTEL))
        two = Two(tmp_path)
        first, second = two.lines
        tasks = [asyncio.ensure_future(first.run())]
        await two.until(lambda: first.state.health is LineHealth.READY)
        tasks.append(asyncio.ensure_future(second.run()))
        await two.until(lambda: second.state.health is LineHealth.BROKEN)
        why = second.state.why
        tasks[0].cancel()
        await two.until(lambda: second.state.health is LineHealth.READY)  # as soon as the port is free
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pty.close()
        return why

    assert "another program has it; stop ModemManager" in asyncio.run(story())


def test_a_modem_that_comes_back_under_its_path_is_ready_again(tmp_path: Path) -> None:
    async def story() -> None:
        network = Network(Transparent)
        pty = PtyModem(tmp_path, "sim", LabModem(network, "+4915112345601", QUECTEL))
        was = (tmp_path / "sim-at").resolve()
        two = Two(tmp_path)
        line = two.lines[0]
        task = asyncio.ensure_future(line.run())
        await two.until(lambda: line.state.health is LineHealth.READY)
        pty.close()
        await two.until(lambda: line.state.health is LineHealth.ABSENT)
        other = PtyModem(tmp_path, "other", LabModem(network, "+4915112345602", QUECTEL))  # takes the old number
        pty = PtyModem(tmp_path, "sim", LabModem(network, "+4915112345601", QUECTEL))
        assert (tmp_path / "sim-at").resolve() != was
        watch = Stopwatch()
        await two.until(lambda: line.state.health is LineHealth.READY)
        assert watch.stop() <= REPLUG_S
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        pty.close()
        other.close()

    asyncio.run(story())
