"""CSV: no cell is a formula, whatever an attacker is called; what goes out comes back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.sheet import FORMULA, cell, plain, read, rows


@pytest.mark.parametrize("evil", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1",
                                  "=cmd|' /C calc'!A0"])
def test_a_formula_is_shown_and_never_run(evil: str) -> None:
    assert cell(evil) == "'" + evil


def test_plain_numbers_stay_numbers() -> None:
    assert [cell(value) for value in (-1.5, "0.0900", 7, None)] == ["-1.5", "0.0900", "7", ""]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20), min_size=1, max_size=4))
def test_any_text_goes_out_harmless_and_comes_back(texts: list[str]) -> None:
    octets = b"".join(rows([f"c{n}" for n in range(len(texts))], [texts]))
    found = list(csv.reader(io.StringIO(octets.decode("utf-8-sig"))))[1:]
    for shown in found[0] if found else ():
        assert not shown.startswith(FORMULA) or shown.removeprefix("-").replace(".", "", 1).isdigit()
    assert [plain(cell(text)) for text in texts if not text.startswith("'")] == [
        text for text in texts if not text.startswith("'")]


def test_semicolons_and_marks_of_spreadsheets_are_read() -> None:
    assert read("\ufeffname;numbers\nAnna;'+4915155500001\n") == [{"name": "Anna", "numbers": "+4915155500001"}]
    with pytest.raises(ValueError, match="no CSV file"):
        read('name\n"open')
