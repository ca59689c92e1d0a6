"""A line's page, opened before anything happens: what happens shows by itself, and what is being typed stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.stage import SIZES, Stage, stage
from tests.web.test_browser import set_up

OFF, ON = ('[[line]]\nname = "gsm2"\nenabled = ' + word for word in ("false\n", "true\n"))


@pytest.mark.parametrize("size", SIZES)
def test_a_lines_page_is_live_and_leaves_its_forms_alone(tmp_path: Path, size: str) -> None:
    with stage(tmp_path, size) as box:
        set_up(box)
        box.open("/lines/gsm2")
        box.reads("when busy")  # asked of the network after the line was ready
        box.fill(number="0151 123")
        told(box, OFF, "switched off", "Switch on")
        told(box, ON, "ready", "Switch off")
        assert box.see("#number").get_attribute("value") == "0151 123"
        box.look("line-live")
        box.click("form[action$='/switch'] button")
        box.reads("Switch on")
        assert [row["enabled"] for row in box.ask("lines") if row["name"] == "gsm2"] == [False]


def told(box: Stage, text: str, *words: str) -> None:
    """Changed by somebody else."""
    assert box.ask("apply", text=text, where="site.toml", tariffs={})["applied"]
    for word in words:
        box.reads(word)
