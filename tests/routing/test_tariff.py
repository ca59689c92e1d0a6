"""The tariff file: rows out and in unchanged, every complaint at once, and the longest prefix wins."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.routing.route import Rate
from appliance.routing.tariff import COLUMNS, HIGHEST, Tariff, export_tariff, parse_tariff
from appliance.vocabulary.number import Number
from tests.routing.rates import rate, rates

HEAD = ",".join(COLUMNS)
PREFIXES = st.from_regex(r"\A([1-9][0-9]{0,5})?\Z")


def read(body: str, head: str = HEAD) -> tuple[tuple[Rate, ...], tuple[str, ...]]:
    return parse_tariff(f"{head}\n{body}", "EUR", "gsm1.csv")


@pytest.mark.parametrize("text", [
    f"{HEAD}\n49,0,0.09,60,1\n", f"\ufeff{HEAD}\r\n49,0,0.09,60,1\r\n", f"{HEAD}\r49,0,0.09,60,1",
    f"{HEAD}\n\n49,0,9E-2,60,1",
    "Prefix, Connection_Fee ,per_minute,first_increment,next_increment\n 49 , 0 ,.09, 60 ,01\n,,,,\n",
    '"prefix","connection_fee","per_minute","first_increment","next_increment"\n"49","0.00","0.09","60","1"',
])
def test_files_as_editors_and_spreadsheets_write_them(text: str) -> None:
    assert parse_tariff(text, "EUR", "gsm1.csv") == ((rate("0.09", first=60, following=1, prefix="49"),), ())


@pytest.mark.parametrize(("row", "words"), [
    ("+49,0,0.09,60,60", "prefix '+49'; write the country code and what follows, without +"),
    ("4９,0,0.09,60,60", "prefix"), ("4" * 16 + ",0,0.09,60,60", "prefix"), ("49*,0,0.09,60,60", "prefix"),
    ("49,x,0.09,60,60", "connection_fee 'x'; write an amount such as 0.09"), ("49,,0.09,60,60", "connection_fee ''"),
    ("49,0,nan,60,60", "per_minute 'nan'; write an amount"), ("49,0,Infinity,60,60", "per_minute"),
    ("49,0,1_000,60,60", "per_minute"), ("49,0,０.09,60,60", "per_minute"), ("49,0,-0.01,60,60", "is negative"),
    ("49,0,1e99,60,60", f"is above {HIGHEST}"), (f"49,{HIGHEST + 1},0,60,60", "write the price in EUR"),
    ("49,0," + "9" * 400 + ",60,60", "per_minute"), ("49,0,0.09,0,60", "first_increment '0'; write whole seconds"),
    ("49,0,0.09,60,-1", "next_increment"), ("49,0,0.09,60,1.5", "next_increment"),
    ("49,0,0.09,60,100000", "1 to 99999"),
    ("49,0,0,09,60,60", "6 columns instead of 5; separate them by commas"), ("49;0;0,09;60;60", "2 columns"),
    ('49,0,"0.09,60,60', "take the quotation marks out"), ('49,0,0.09,"60"x,60', "take the quotation marks out"),
    ("49", "1 columns"), ("\x00", "1 columns"),
])
def test_a_wrong_row_is_named_with_its_line_and_a_remedy(row: str, words: str) -> None:
    found, complaints = read(f"43,0,0.05,60,60\n{row}\n44,0,0.06,60,60\n")
    assert len(complaints) == 1, complaints
    assert complaints[0].startswith("gsm1.csv, line 3: ")
    assert words in complaints[0]
    assert len(complaints[0]) < 200
    assert [row.prefix for row in found] == ["43", "44"]


def test_every_complaint_at_once() -> None:
    _, complaints = read('+49,x,-1,0,z\n43,0,0.09,60,60\n"\n\x0b\n43,0,0.08,60,60\n,0,1,1,1\n,0,1,1,1\n')
    assert [complaint.split(":")[0] for complaint in complaints] == [
        "gsm1.csv, line 2"] * 5 + ["gsm1.csv, line 4", "gsm1.csv, line 6", "gsm1.csv, line 8"]
    assert complaints[-2].endswith("prefix 43 stands twice; keep one of the two")
    assert complaints[-1].endswith("prefix (empty) stands twice; keep one of the two")


@pytest.mark.parametrize("head", ["", HEAD.replace(",", ";"), "49,0,0.09,60,60", '"prefix', "prefix,connection_fee"])
def test_a_wrong_first_line(head: str) -> None:
    found, (complaint,) = read("49,0,0.09,60,60", head)
    assert found == ()
    assert complaint.startswith(f"gsm1.csv, line 1: the first line must read {HEAD}")
    assert complaint.endswith("use commas") is (";" in head)


def test_an_empty_file_and_one_without_rows() -> None:
    for text in ("", "\n", "\ufeff", HEAD, HEAD + "\r\n\r\n"):
        found, complaints = parse_tariff(text, "EUR", "gsm1.csv")
        assert found == ()
        assert len(complaints) == 1


@given(st.lists(rates(PREFIXES), unique_by=lambda row: row.prefix, min_size=1, max_size=8))
def test_out_and_in_again(rows: list[Rate]) -> None:
    assert parse_tariff(export_tariff(rows), "EUR", "x.csv") == (tuple(rows), ())


ODD = ["49", "0.09", "60", "nan", "-1", "1e400", '"', '""', "'", ";", "0,1", "\x00"]
CELL = st.text(max_size=6) | st.sampled_from(ODD)
ROWS = st.lists(st.lists(CELL, max_size=7).map(",".join), max_size=6).map("\n".join)


@settings(max_examples=300)
@given(st.sampled_from(["", HEAD + "\n", HEAD.replace(",", ";") + "\n"]), st.text(max_size=120) | ROWS)
def test_no_file_crashes_the_reader(head: str, body: str) -> None:
    found, complaints = parse_tariff(head + body, "EUR", "x.csv")
    assert found or complaints
    assert all(complaint.startswith("x.csv, line ") and len(complaint) < 220 for complaint in complaints)
    assert all(row.per_minute.micros >= 0 and row.first_increment > 0 for row in found)


@settings(max_examples=50)
@given(st.lists(st.lists(st.text(max_size=8), min_size=5, max_size=5), max_size=5))
def test_properly_quoted_cells_crash_nothing(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    read(out.getvalue())


@given(st.lists(PREFIXES, unique=True, max_size=30), st.from_regex(r"\A\+[1-9][0-9]{3,14}\Z").map(Number))
def test_the_longest_prefix_wins(prefixes: list[str], number: Number) -> None:
    found = Tariff(rate("0.09", prefix=prefix) for prefix in prefixes).match(number)
    fitting = [prefix for prefix in prefixes if number.digits.startswith(prefix)]
    assert (found.prefix if found else None) == max(fitting, key=len, default=None)
