"""An event loop whose time jumps: a twenty-second story takes as long as its work, not its waits."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning


class Deadlock(RuntimeError):
    """Nothing is ready and no timer runs: the story waits for something that cannot happen."""


class _JumpingSelector(selectors.DefaultSelector):
    """Looks at files without waiting; when nothing is ready, time goes on to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise Deadlock("nothing is ready and no timer runs: the story waits for something that cannot happen")
        self.ahead += max(timeout, 0.0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and moves only when nothing is left to do. `start`: what the wall clock says at 0."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.ahead


class LoopClock:
    """A vocabulary Clock that reads a loop's time. Without `start`, now is what the virtual loop was started with."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime | None = None) -> None:
        self._loop, self._zero = loop, loop.time()
        set_at: datetime = getattr(loop, "start", START)
        self._start = start or set_at

    def monotonic(self) -> float:
        return self._loop.time()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time() - self._zero)


def run(main: Coroutine[Any, Any, T], *, start: datetime = START) -> T:
    """Runs a story on virtual time. Raises Deadlock when it waits for what cannot happen. Threads and subprocesses
    have no part in it: time does not wait for them."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start)) as runner:
        return runner.run(main)
