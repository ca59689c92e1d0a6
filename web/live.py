"""Live pages: who watches, how many at most, and one question a second for all of them together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from appliance.vocabulary.clock import Clock

MOST = 6  # viewers with a stream, each of which holds a thread; whoever comes later asks every two seconds
FRESH_S = 1.0  # s an answer serves everybody


class Viewers:
    """Counts streams."""

    def __init__(self, most: int = MOST) -> None:
        self._left = threading.BoundedSemaphore(most)

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """False when all seats are taken."""
        got = self._left.acquire(blocking=False)
        try:
            yield got
        finally:
            if got:
                self._left.release()


class Snapshots:
    """The gateway's answers to questions that many pages ask at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, name: str, ask: Callable[[], Any], fresh_s: float = FRESH_S) -> Any:
        """The answer of less than `fresh_s` ago, else a new one. One asks, the others wait for it."""
        with self._lock:
            at, answer = self._kept.get(name, (-1e9, None))
            now = self._clock.monotonic()
            if now - at >= fresh_s:
                answer = ask()
                self._kept[name] = (self._clock.monotonic(), answer)
            return answer

    def forget(self) -> None:
        """After a change: what is shown next is new."""
        with self._lock:
            self._kept.clear()
