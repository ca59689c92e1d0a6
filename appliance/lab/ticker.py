"""A tick every 20 ms that does not drift: what a modem's own codec clock is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TICK_S = 0.02


class Ticker:
    """Calls `tick` every 20 ms of the loop's time while it runs. `ppm`: how much faster than the loop it is. `late_s`:
    s after the start at which its time begins; no two crystals tick in the same instant."""

    def __init__(self, tick: Callable[[], None], ppm: float = 0.0, late_s: float = 0.0) -> None:
        self._tick, self._period, self._late_s = tick, TICK_S / (1 + ppm / 1e6), late_s
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0

    @property
    def running(self) -> bool:
        return self._timer is not None

    def start(self) -> None:
        if self._timer is None:
            self._next = self._loop.time() + self._late_s + self._period
            self._timer = self._loop.call_at(self._next, self._fire)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._next += self._period
        self._timer = self._loop.call_at(self._next, self._fire)
        self._tick()
