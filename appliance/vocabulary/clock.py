"""Time, handed in. The only file of the product that may import `time`, `random` or ask for now."""

from __future__ import annotations

import random as _random
import secrets
import time as _time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """`monotonic` in seconds for durations, `now` (aware, UTC) for records."""

    def monotonic(self) -> float: ...
    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        return _time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands until it is moved: for tests and for the lab's quick stories."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._elapsed = 0.0

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._elapsed += seconds


def seeded(seed: int) -> _random.Random:
    """A random source that repeats: for the lab's nastiness."""
    return _random.Random(seed)


def token(octets: int = 8) -> str:
    """An unguessable hexadecimal name."""
    return secrets.token_hex(octets)
