"""The page says what the box says."""

from __future__ import annotations

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
