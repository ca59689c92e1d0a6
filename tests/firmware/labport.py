"""A lab modem on a real pty, in a thread with a loop of its own: for commands that have their own loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from appliance.lab.codec import Transparent
from appliance.lab.modem import RESTART_S, LabModem
from appliance.lab.network import Network
from appliance.lab.persona import Persona
from appliance.lab.ptys import PtyModem

PATIENCE_S = 30.0


class LabPort:
    """`path` is its AT port while the block lasts."""

    def __init__(self, folder: Path, persona: Persona) -> None:
        self.path, self._folder, self._persona = folder / "sim-at", folder, persona
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> LabPort:
        self._thread.start()
        self._modem, self._pty = asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(PATIENCE_S)
        return self

    async def _begin(self) -> tuple[LabModem, PtyModem]:
        modem = LabModem(Network(Transparent), "+4915112345601", self._persona)
        return modem, PtyModem(self._folder, "sim", modem)

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._pty.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def values(self) -> dict[str, str]:
        return dict(self._modem.kept.values)

    def awake(self) -> None:
        """When a restart is over."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(RESTART_S), self._loop).result(PATIENCE_S)

    def until(self, true: Callable[[], bool]) -> None:
        """Asked at every turn of a tenth of a second of the modem's loop."""
        async def turns() -> None:
            async with asyncio.timeout(PATIENCE_S):
                while not await asyncio.to_thread(true):
                    await asyncio.sleep(0.1)

        asyncio.run_coroutine_threadsafe(turns(), self._loop).result(PATIENCE_S + 5)
