"""Every family: recognised by what it says, with a dialog of its start, a persona; and the page that tells how."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from appliance.lab.persona import PERSONAS
from appliance.lines.gsm.dialects import DIALECTS, Dialect, named, recognise
from appliance.lines.gsm.parser import CallMoved, parse_attempts, parse_clcc, parse_ecam, parse_listed, parse_missed
from appliance.lines.gsm.parser import parse_foreign as foreign
from appliance.lines.gsm.parser import parse_ucallstat as ucallstat
from appliance.lines.gsm.parser import parse_voice_call as voice_call
from tests.lines.dialog import FOLDER

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "adding-a-modem.md").read_text("utf-8")
BLOCKS = re.findall(r"<!-- (\S+) -->\n```\w+\n(.*?)\n```", PAGE, re.DOTALL)
FAMILIES = {"quectel-card": "quectel", "plain": "generic", "stubborn": "generic"}


@pytest.mark.parametrize("persona", PERSONAS)
def test_auto_recognises_each(persona: str) -> None:
    said = " ".join(PERSONAS[persona].identity)
    assert recognise(said).name == FAMILIES.get(persona, persona)


@pytest.mark.parametrize(("said", "family"), [
    ("SIMCOM INCORPORATED SIMCOM_SIM7600G-H", "sim7600"), ("SIMCOM INCORPORATED SIMCOM_SIM7500E", "sim7600"),
    ("INCORPORATED A7672E-FASE A7672M7", "a76xx"), ("SIMCOM_Ltd SIMCOM_SIM900", "sim800"),
    ("SIMCOM_Ltd SIM800C Revision:1418B03SIM800C24", "sim800"), ("Quectel EG25 EG25GGBR07A08M2G", "quectel"),
    ("Telit LE910C4-EU 25.21", "telit"), ("u-blox SARA-U270 23.20", "ublox"), ("u-blox TOBY-L210", "ublox"),
    ("ZTE CORPORATION MF190", "generic"), ("", "generic"),
])
def test_auto_recognises_their_sisters(said: str, family: str) -> None:
    assert recognise(said).name == family


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_family_has_a_dialog_and_a_persona(dialect: object) -> None:
    name = getattr(dialect, "name", "")
    assert named(name) is dialect
    assert (FOLDER / f"start-{name}.dialog").exists()
    assert any(FAMILIES.get(persona, persona) == name for persona in PERSONAS)


@pytest.mark.parametrize(("file", "block"), BLOCKS, ids=[file for file, _ in BLOCKS])
def test_the_page_shows_what_is_really_there(file: str, block: str) -> None:
    assert block in (ROOT / file).read_text("utf-8")


def test_the_page_shows_all_six() -> None:
    assert len(BLOCKS) == 6


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Dialect)])
def test_the_page_tells_of_every_field(field: str) -> None:
    assert re.search(rf"(`{field}`|^    {field}=)", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("moved", "state", "incoming"), [
    (parse_listed('+CLCC: 1,1,4,0,0,"13320984483",129,""'), 4, True), (parse_listed("+CLCC: 1,1,6,0,0"), -1, True),
    (parse_listed('+CLCC: 1,0,0,0,0,"1",129'), 0, False), (voice_call("VOICE CALL: BEGIN"), 0, None),
    (voice_call("VOICE CALL: END: 000041"), -1, None), (voice_call("VOICE CALL:END"), -1, None),
    (voice_call("VOICE CALL: END:000004"), -1, None), (parse_ecam("#ECAM: 0,3,1,,,"), 0, None),
    (parse_ecam("#ECAM: 0,6,1,,,"), 4, True), (ucallstat("+UCALLSTAT: 1, 7"), 0, None),
    (ucallstat("+UCALLSTAT: 1,6,1"), -1, None), (ucallstat("+UCALLSTAT: 1,4"), 4, True),
    (foreign("*ECAV: 1,0"), -2, None), (parse_missed("MISSED_CALL: 11:01AM"), -1, True),
])
def test_lines_of_the_families(moved: CallMoved | None, state: int, incoming: bool | None) -> None:
    assert moved
    assert (moved.state, moved.incoming) == (state, incoming)


@pytest.mark.parametrize("moved", [
    ucallstat("+UCALLSTAT: 1,9"), ucallstat("+UCALLSTAT:"), parse_ecam("#ECAM: 0,12"),
    parse_listed("+CLCC: 1,1,7,0,0"), voice_call("VOICE CALL: X"), foreign("SMS DONE"),
])
def test_what_cannot_be_understood_means_nothing(moved: CallMoved | None) -> None:
    assert moved is None


def test_a_line_of_the_list_that_says_disconnected_is_no_call() -> None:
    assert parse_clcc('+CLCC: 1,1,6,0,0,"13320984483",129,""') is None


@pytest.mark.parametrize(("line", "left"), [
    ("+SPIC: 1,10,0,10", 1), ("#PCT: 3", 3), ("+UPINCNT: 2,3,10,10", 2), ("+CPINR: SIM PIN,3,3", 3),
    ('+QPINC: "SC",1,10', 1), ("^CPIN: SIM PIN,1,10,1,10,3", 1), ("+SPIC:", None),
])
def test_the_last_attempts_of_a_pin_are_counted_right(line: str, left: int | None) -> None:
    """Wrong, and the SIM is lost: it would be read from the PUK's ten."""
    assert parse_attempts(line) == left
