"""Lock-out after wrong PINs: per caller, across calls, each time longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TRIES = 3  # wrong PINs until the first lock
LOCKS_MIN = (1, 5, 15, 60, 240, 1440)  # min: the first lock, the second, ...
BEYOND = timedelta(minutes=2 * LOCKS_MIN[-1])  # a lock that ends later was set by a clock that ran ahead


@dataclass(frozen=True, slots=True)
class Lockout:
    """Wrong PINs in a row, and until when the caller is locked (aware UTC)."""

    failures: int = 0
    until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        return self.until is not None and now < self.until <= now + BEYOND

    def failed(self, now: datetime) -> Lockout:
        failures = self.failures + 1
        if failures % TRIES:
            return replace(self, failures=failures)
        minutes = LOCKS_MIN[min(failures // TRIES, len(LOCKS_MIN)) - 1]
        return Lockout(failures, now + timedelta(minutes=minutes))

    def succeeded(self) -> Lockout:
        return Lockout()
