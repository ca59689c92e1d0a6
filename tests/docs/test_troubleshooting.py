"""The page says what the box says."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_box_says_today() -> None:
    spec = importlib.util.spec_from_file_location("troubleshooting", ROOT / "tools" / "troubleshooting.py")
    assert spec
    assert spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert (ROOT / "docs" / "troubleshooting.md").read_text("utf-8") == tool.page(), \
        "run: python tools/troubleshooting.py > docs/troubleshooting.md"


def test_no_sentence_of_a_line_is_missing() -> None:
    """Found without the tool: what is raised, told, or why a life ends."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    for name in ("startup", "line", "at", "wire", "leg", "recovery", "doubt", "services"):
        tree = ast.parse((ROOT / f"appliance/lines/gsm/{name}.py").read_text("utf-8"))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            of = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if of in ("NotUsable", "WireError", "ServiceFailed", "_end_life", "_stuck", "stuck"):
                for text in (arg.value for arg in call.args if isinstance(arg, ast.Constant)):
                    assert not isinstance(text, str) or " " not in text or text.partition("; ")[0] in page, text
