"""Dialogs: what a modem and the driver said to each other, as a technician writes it down. tests/dialogs/README.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "dialogs"
SETTINGS = ("dialect", "sim_pin", "audio", "rest_s")
ORDERS = ("text", "dial", "hang up", "answer", "reject", "key", "stop", "unplug", "plug")


class DialogError(AssertionError):
    """File, line and what is wrong there."""

    def __init__(self, at: Step, text: str) -> None:
        super().__init__(f"{at.file}:{at.line}: {text}")


@dataclass(frozen=True, slots=True)
class Step:
    """`kind`: > < ~ = always order wait. `text`: what stands behind it."""

    file: str
    line: int
    kind: str
    text: str


@dataclass
class Dialog:
    """What the line is told, and what happens, in order."""

    settings: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


def read(path: Path) -> Dialog:
    """A dialog with those it starts from. DialogError names the line that cannot be understood."""
    dialog = Dialog()
    for step in _steps(path):
        if step.kind == "setting":
            name, _, value = step.text.partition(" ")
            dialog.settings[name] = value.strip()
        elif step.kind == "from":
            before = path.parent / f"{step.text}.dialog"
            if not before.exists():
                raise DialogError(step, f"there is no {before.name}")
            first = read(before)
            dialog.settings |= first.settings
            dialog.steps += first.steps
        else:
            dialog.steps.append(step)
    return dialog


def _steps(path: Path) -> Iterator[Step]:
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            yield _step(path.name, number, line)


def _step(file: str, number: int, line: str) -> Step:
    head, _, rest = line.partition(" ")
    if head in (">", "<", "~", "=", "from"):
        return Step(file, number, head, rest.strip() if head != "~" else rest)
    if head in SETTINGS:
        return Step(file, number, "setting", line)
    if found := re.fullmatch(r"wait ([0-9.]+) s", line):
        return Step(file, number, "wait", found[1])
    if found := re.fullmatch(r"always (\S.*?) -> (.+)", line):
        return Step(file, number, "always", line.removeprefix("always "))
    if any(line == order or line.startswith(f"{order} ") for order in ORDERS):
        return Step(file, number, "order", line)
    wrong = Step(file, number, "", line)
    raise DialogError(wrong, f"{line!r} is no step; a line begins with > < ~ = # or one of always, from, wait, "
                             f"{', '.join((*ORDERS, *SETTINGS))}")
