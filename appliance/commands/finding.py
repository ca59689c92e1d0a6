"""One thing that is wrong with the box, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

NAME_OR_FIGURE = re.compile(r'"[^"]*"|[0-9]+(?:[.,][0-9]+)*')


class Level(StrEnum):
    """An error stops calls, a warning will one day."""

    ERROR = "error"
    WARNING = "warning"


class Topic(StrEnum):
    """What a finding is about: alerts can be had for some of these only. The names are settings.model's TOPICS."""

    LINES = "lines"
    MONEY = "money"
    BOX = "box"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` stays the same while the trouble does, whatever `what` says by then; "": `what` without its figures.
    `passing`: it happened, and is over."""

    level: Level
    what: str
    remedy: str
    topic: Topic = Topic.BOX
    key: str = ""
    passing: bool = False

    def row(self) -> dict[str, Any]:
        return {"level": self.level, "what": self.what, "remedy": self.remedy}

    @property
    def subject(self) -> str:
        return self.key or NAME_OR_FIGURE.sub(lambda found: found[0] if found[0][0] == '"' else "#", self.what)


def error(what: str, remedy: str, topic: Topic = Topic.BOX, key: str = "") -> Finding:
    return Finding(Level.ERROR, what, remedy, topic, key)


def warning(what: str, remedy: str, topic: Topic = Topic.BOX, key: str = "") -> Finding:
    return Finding(Level.WARNING, what, remedy, topic, key)
