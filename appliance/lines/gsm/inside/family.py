"""A family's file: which settings a modem keeps, how they are asked for, what they should be, how they are put."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
VALUE = re.compile(r"[\x20-\x7e]{1,100}")  # of a setting: one line, and no control character


@dataclass(frozen=True, slots=True)
class Inner:
    """One setting. `answer` has a group `value`; `want` may name other groups of it in braces; `put` has {value}."""

    name: str
    title: str
    why: str
    ask: str
    answer: re.Pattern[str]
    want: str
    put: str
    restarts: bool = False  # it holds from the modem's next start
    optional: bool = False  # only when it is asked for by name

    def read(self, lines: tuple[str, ...]) -> tuple[str, str] | None:
        """(value now, value that it should be) from the answer's lines; None when none is the answer."""
        found = next(filter(None, map(self.answer.fullmatch, lines)), None)
        return (found["value"], self.want.format(**found.groupdict())) if found else None

    def command(self, value: str) -> str:
        """ValueError for what was never a modem's answer."""
        if not VALUE.fullmatch(value):
            raise ValueError(f"{value[:40]!r} is no value of {self.name}")
        return self.put.replace("{value}", value)


@dataclass(frozen=True, slots=True)
class Family:
    dialect: str
    settings: tuple[Inner, ...] = ()

    def named(self, name: str) -> Inner | None:
        return next((each for each in self.settings if each.name == name), None)


def read_family(text: str) -> Family:
    """A file's text. ValueError says what is wrong with it."""
    document = tomllib.loads(text)
    if set(document) - {"dialect", "setting"} or not isinstance(document.get("dialect"), str):
        raise ValueError("a family's file has dialect and [[setting]] tables")
    return Family(document["dialect"], tuple(_setting(each) for each in document.get("setting", [])))


def _setting(table: dict[str, Any]) -> Inner:
    try:
        setting = Inner(**table | {"answer": re.compile(table.get("answer", ""))})
    except (TypeError, re.error) as error:
        raise ValueError(f"setting {table.get('name', '?')}: {error}") from None
    if "value" not in setting.answer.groupindex or "{value}" not in setting.put:
        raise ValueError(f"setting {setting.name}: answer needs a group value, put needs {{value}}")
    return setting


@cache
def families() -> dict[str, Family]:
    """Every family that has a file, by its dialect."""
    found = (read_family(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml")))
    return {family.dialect: family for family in found}
