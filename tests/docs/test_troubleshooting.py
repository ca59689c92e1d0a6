"""The page says what the box says, why, and what to do."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
ROWS = [re.split(r" \| ", line[2:-2]) for line in PAGE.splitlines() if line.startswith("| ") and line[2:6] != "what"]
ROOMS = {"lines/gsm": ("startup", "bringup", "line", "at", "wire", "leg", "recovery", "doubt", "services", "whose",
                       "ussd"),
         "lines/isdn": ("line", "span", "serve", "misdn", "misdnprobe", "libpri"), "audio": ("alsa", "device"),
         "commands": ("checking", "wellbeing")}
TELLERS = ("NotUsable", "WireError", "ServiceFailed", "Refused", "_end_life", "_stuck", "stuck", "TransportError",
           "LibpriMissing", "AlsaError", "DeviceGone", "OSError", "Ended", "_life_over", "_part", "_error", "_warning",
           "error", "warning")


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("troubleshooting", ROOT / "tools" / "troubleshooting.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def test_the_page_is_what_the_box_says_today() -> None:
    assert _tool().page() == PAGE, "run: python tools/troubleshooting.py > docs/troubleshooting.md"


def test_a_text_without_a_cause_is_complained_about() -> None:
    tool = _tool()
    with pytest.raises(SystemExit, match="no cause for 'the modem burns'"):
        tool.rows("line", [("the modem burns", "call the fire brigade")])
    with pytest.raises(SystemExit, match=r"nothing says .*another program has it"):
        tool.rows("line", [("no SIM in the modem", "put one in")])


def test_every_row_has_symptom_cause_and_remedy() -> None:
    assert len(ROWS) > 150
    for row in ROWS:
        assert len(row) == 3, row
        assert all(row), row


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_is_missing(room: str) -> None:
    """Found without the tool: what is raised, told, or why a life or a leg ends; every fixed part of each."""
    for name in ROOMS[room]:
        tree = ast.parse((ROOT / "appliance" / room / f"{name}.py").read_text("utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            of = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            for text in (text for arg in call.args for text in _fixed(arg) if of in TELLERS):
                symptom = text.partition("; ")[0].strip(" ,;(")
                assert symptom.count(" ") < 2 or symptom in PAGE, f"{name}.py: {text}"


def _fixed(node: ast.AST) -> list[str]:
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_a_technician_finds_what_lines_really_said() -> None:
    """Every reason in the dialogs, which the real driver says, is one row of the page and not any row."""
    symptoms = {".+".join(map(re.escape, re.split(r"\\<[a-z.]+>", row[0]))) for row in ROWS}
    said = {found[1].partition("; ")[0] for path in (ROOT / "tests" / "dialogs").glob("*.dialog")
            for found in re.finditer(r"^= (?:broken|absent|starting) (.+)$", path.read_text("utf-8"), re.MULTILINE)}
    assert len(said) > 5
    for reason in said:
        assert sum(bool(re.match(symptom, reason)) for symptom in symptoms) == 1, reason
