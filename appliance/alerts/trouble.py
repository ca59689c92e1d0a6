"""What can be told: a trouble of the box, and the news about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Trouble:
    """`key` stays the same while the trouble does, whatever its words say. `passing`: it happened, and is over."""

    key: str
    what: str
    remedy: str
    passing: bool = False


class Kind(StrEnum):
    BEGAN = "began"
    ENDED = "ended"
    FLAPS = "flaps"  # it comes and goes: the last that is told of it for a day


@dataclass(frozen=True, slots=True)
class News:
    """One message's worth. `since`: when the trouble began; `at`: when it became news."""

    kind: Kind
    trouble: Trouble
    since: datetime
    at: datetime
