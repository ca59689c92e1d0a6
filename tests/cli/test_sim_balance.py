"""The SIM's money, in an operator's words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from appliance.commands.checking import BoxFacts, check
from appliance.commands.live import LiveLine
from appliance.commands.operators import table
from appliance.commands.queries import lines_table
from appliance.commands.simmoney import balance_of
from appliance.lines.line import LineHealth, LineState
from appliance.settings.model import LineSettings, Settings
from appliance.vocabulary.money import Money


@pytest.mark.parametrize(("told", "left"), [
    ("Guthaben: 9,80 EUR", "9.8000 EUR"), ("You have 12.05 left until 24.12.", "12.0500 EUR"),
    ("Danke.", None), ("", None), ("0,00", "0.0000 EUR"),
])
def test_the_amount_is_found(told: str, left: str | None) -> None:
    found = balance_of(LineState(LineHealth.READY, balance=told), "", "EUR")
    assert (str(found) if found else None) == left


@pytest.mark.parametrize(("told", "left"), [
    ("Kontostand am 28.11.2026: 1,20 EUR", "1.2000"), ("Gueltig bis 31.12.2026. Guthaben 1,20 EUR", "1.2000"),
    ("28.11.26 Ihr Guthaben betraegt 0,45 EUR", "0.4500"), ("Am 28.11. hatten Sie 0,45 EUR", "0.4500"),
    ("Am 28.11. hatten Sie 0,45", "0.4500"), ("Stand 3.4.: 0,45", "0.4500"), ("28/11/2026 balance 3.20", "3.2000"),
    ("2026-11-28 14:05:10 1.20", "1.2000"), ("Um 14.30 Uhr: 1,20", "1.2000"), ("19.00% MwSt, Guthaben 1,20", "1.2000"),
    ("Rufen Sie 01.23.45.67.89 an: 1,20", "1.2000"), ("Hotline 0800.123456, 1,20", "1.2000"),
    ("Tarif 12.50, Guthaben 1,20 EUR", "1.2000"), ("Plan 7.00 ends soon, you have £3.05.", "3.0500"),
    ("Tarif 5,00, noch € 1,20", "1.2000"), ("Stand 28.11.2026", None), ("Gueltig bis 31.12.", None),
    ("15.00 % Bonus", None), ("Um 09:15", None),
])
@pytest.mark.parametrize("operator", ["Lab Mobil", "Telekom.de", "EE"])
def test_a_date_a_time_a_number_or_a_percentage_is_no_money(told: str, left: str | None, operator: str) -> None:
    found = balance_of(LineState(LineHealth.READY, operator=operator, balance=told), "", "EUR")
    assert (str(found) if found else None) == (left and f"{left} EUR")


TWO = "Aufladung 15,00 EUR vom 1.3., Guthaben: 9,80 EUR"


@pytest.mark.parametrize(("operator", "roaming", "own", "told", "left"), [
    ("Telekom.de", False, "", TWO, "9.8000"), ("o2 - de", False, "", TWO, "9.8000"),
    ("Vodafone.de", False, "", "Du hast noch 7,50 EUR", "7.5000"),  # worded otherwise: the first amount
    ("Telekom.de", True, "", TWO, "15.0000"), ("Lab Mobil", False, "", TWO, "15.0000"),
    ("Telekom.de", False, r"vom ([0-9])\.", TWO, "1.0000"), ("Telekom.de", False, "(x)", TWO, None),
    ("EE", False, "", "Topped up 10.00. Your balance is £3.20", "3.2000"),
    ("Eesti Telekom", False, "", "Kontol 4,10. Balance 1.00", "4.1000"),
    ("Yettel HU", False, "", "Egyenlege: 1250 Ft, lejar 2027.01.31.", "1250.0000"),
    ("PLAY", False, "", "Stan konta: 12,34 zl. Wazne do 01.02.2027", "12.3400"),
])
def test_an_operators_words_are_read_by_its_row_and_a_lines_own_pattern_wins(
    operator: str, roaming: bool, own: str, told: str, left: str | None,
) -> None:
    found = balance_of(LineState(LineHealth.READY, operator=operator, roaming=roaming, balance=told), own, "EUR")
    assert (str(found) if found else None) == (left and f"{left} EUR")


def test_every_row_of_the_table_finds_an_amount_and_no_name_twice() -> None:
    names = [name for row in table() for name in row[0]]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    assert all(re.compile(pattern).groups == 1 for _, pattern in table())


@pytest.mark.parametrize(("told", "warning"), [
    ("Guthaben: 1,20 EUR", "has only 1.2000 EUR left"), ("Guthaben: 9,80 EUR", ""), ("", ""),
    ("Bitte spaeter", "cannot be read from"),
])
def test_a_low_balance_is_told(told: str, warning: str) -> None:
    line = LineSettings("gsm1", at="/dev/x", balance_code="*100#", balance_below=Money.parse(5, "EUR"))
    live = {"gsm1": LiveLine(LineState(LineHealth.READY, balance=told), 1, 0, True)}
    found = check(Settings(lines=(line,)), live, BoxFacts(), datetime(2027, 1, 1, tzinfo=UTC), None)
    about = [finding.what for finding in found if "SIM" in finding.what]
    assert (about == []) if not warning else (warning in about[0])


def test_forwarding_that_could_not_be_asked_is_told() -> None:
    live = {"gsm1": LiveLine(LineState(LineHealth.READY, forwarding_unknown="the network does not tell"), 1, 0, True)}
    line = LineSettings("gsm1", at="/dev/x")
    found = check(Settings(lines=(line,)), live, BoxFacts(), datetime(2027, 1, 1, tzinfo=UTC), None)
    assert [finding.what for finding in found if "forwarding" in finding.what] == [
        'line "gsm1": its call forwarding could not be asked: the network does not tell']


@pytest.mark.parametrize(("told", "left", "low"), [
    ("Guthaben: 1,20 EUR", "1.2000", True), ("Guthaben: 0,00 EUR", "0.0000", True),
    ("Guthaben: 9,80 EUR", "9.8000", False), ("Bitte spaeter", None, False), ("", None, False)])
def test_a_row_of_a_line_says_what_its_sim_has_left(told: str, left: str | None, low: bool) -> None:
    line = LineSettings("gsm1", at="/dev/x", balance_code="*100#", balance_below=Money.parse(5, "EUR"))
    live = {"gsm1": LiveLine(LineState(LineHealth.READY, balance=told), 1, 0, True)}
    row = lines_table(Settings(lines=(line,)), live)[0]
    assert (row["sim_left"], row["sim_low"]) == (left, low)
