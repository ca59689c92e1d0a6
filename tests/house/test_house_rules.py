"""The house rules that a machine can check: who imports whom, file sizes, where the clock is, one home per library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(p for top in ("appliance", "web") for p in (ROOT / top).rglob("*.py"))

PURE = {"vocabulary", "routing", "accounts", "ledger", "calls", "settings", "messages", "alerts"}
MAY_IMPORT: dict[str, set[str]] = {
    "vocabulary": set(),
    "routing": {"vocabulary"},
    "accounts": {"vocabulary"},
    "daemon": {"vocabulary"},
    "audio": {"vocabulary", "daemon"},
    "settings": {"vocabulary", "accounts", "routing"},
    "ledger": {"vocabulary", "routing"},
    "calls": {"vocabulary", "routing", "accounts", "ledger"},
    "alerts": {"vocabulary"},
    "languages": set(),
    "messages": {"vocabulary", "routing", "calls"},
    "lines": {"vocabulary", "audio", "daemon"},
    "store": PURE,
    "api": {"vocabulary"},
    "hardware": {"vocabulary", "lines"},
    "lab": {"vocabulary", "audio", "lines"},
    "switchboard": PURE | {"lines", "audio", "store"},
    "rehearsal": PURE | {"lab", "lines", "audio", "store", "switchboard"},
    "web": {"vocabulary", "api", "daemon", "languages"},
    "commands": PURE | {"hardware"} | {"store", "api", "lab", "lines", "audio"},
}
ONE_HOME = {"serial": "lines", "sqlite3": "store", "tinydb": "store", "RPi": "hardware", "gpiod": "hardware",
            "bottle": "web", "cheroot": "web"}
CLOCKED = {"time", "random", "secrets"}


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "web":
        return "web"
    return parts[1] if len(parts) > 2 else "top"


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module or "", node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_only_who_they_may(path: Path) -> None:
    here = room(path)
    for name, line in imports(path):
        top, _, rest = name.partition(".")
        if top == "appliance" and rest and here in MAY_IMPORT:
            there = rest.split(".")[0]
            assert there == here or there in MAY_IMPORT[here], f"{path}:{line}: {here} imports {there}"
        if top in ONE_HOME:
            assert here == ONE_HOME[top], f"{path}:{line}: {top} is imported in {ONE_HOME[top]} only"
        if top in CLOCKED:
            assert path.name == "clock.py", f"{path}:{line}: {top} is read behind vocabulary's clock only"
        if here in PURE:
            assert top not in {"os", "socket", "asyncio", "subprocess", "ctypes"}, f"{path}:{line}: {here} is pure"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nobody_asks_for_now_outside_the_clock(path: Path) -> None:
    if path.name == "clock.py":
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            assert not (isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}), \
                f"{path}:{node.lineno}: the time is handed in"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_half_of_all_files_are_under_120_lines() -> None:
    sizes = sorted(len(p.read_text("utf-8").splitlines()) for p in SOURCES)
    assert sizes[len(sizes) // 2] < 120


def test_every_module_says_what_it_is() -> None:
    silent = [str(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []
