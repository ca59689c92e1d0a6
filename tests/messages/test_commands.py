"""What a message asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.messages.commands import Command, Wish, read_command

CALL, BALANCE, HELP = Command(Wish.CALL), Command(Wish.BALANCE), Command(Wish.HELP)


@pytest.mark.parametrize(("text", "command"), [
    ("", CALL), ("  \n", CALL), ("CALL", CALL), ("call", CALL), ("Call.", CALL), (" Anruf ", CALL), ("RUF!", CALL),
    ("BAL", BALANCE), ("Balance", BALANCE), ("guthaben", BALANCE), ("Help", HELP), ("HILFE", HELP), ("'help'", HELP),
    ("\u200ecall", CALL),
])
def test_words(text: str, command: Command) -> None:
    assert read_command(text, "DE") == command


@pytest.mark.parametrize("text", [
    "03012345678", "030 12345678", "030/1234-5678", "+49 30 12345678", "0049 30 12345678", "(030) 12345678",
    "Call 030 12345678", "ruf 03012345678", "030\u201112345678", "\u202a+493012345678\u202c", "112", "0900 1234567",
])
def test_numbers(text: str) -> None:
    command = read_command(text, "DE")
    assert command
    assert command.wish is Wish.CALL
    assert command.destination


@pytest.mark.parametrize("text", [
    "Call me at six", "Your code is 123456", "42", "1", "*0", "*100#", "Hilfe, der Keller ist nass",
    "bal 5", "call call", "00", "030 12345678 or 030 87654321", "١٢٣٤٥٦٧٨٩٠", "0" * 39, "help" * 100,
])
def test_what_people_write(text: str) -> None:
    assert read_command(text, "DE") is None


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    read_command(text, "DE")
