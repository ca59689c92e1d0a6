"""PINs: scrypt, constant text, nothing that is easy to guess."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.accounts.pin import check_pin, hash_pin, weak_pin
from appliance.vocabulary.number import Number

SALT = bytes(range(16))
STORED = hash_pin("4711", SALT)


def test_the_hash_says_how_it_was_made() -> None:
    assert STORED.startswith(f"scrypt$14$8$1${SALT.hex()}$")
    assert hash_pin("4711", bytes(16)) != STORED


def test_the_costs_stand_in_the_hash() -> None:
    """A later change of costs must not lock everybody out."""
    digest = hashlib.scrypt(b"4711", salt=SALT, n=16, r=2, p=1, dklen=32).hex()
    assert check_pin("4711", f"scrypt$4$2$1${SALT.hex()}${digest}")


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=14))
def test_no_other_pin_fits(pin: str) -> None:
    assert check_pin(pin, STORED) is (pin == "4711")


@pytest.mark.parametrize("stored", [
    "", "4711", "scrypt$", STORED[:-1], STORED + "0", STORED + "\n", STORED.upper(), STORED.replace("$14$", "$99$"),
    STORED.replace("$14$", "$00$"), STORED.replace("$8$", "$99$"), STORED.replace("$8$1$", "$8$0$"),
    STORED.replace("$8$", "$0$"), STORED.replace(SALT.hex(), SALT.hex()[:-1]), "argon2" + STORED[6:],
])
def test_a_malformed_hash_fits_no_pin(stored: str) -> None:
    assert check_pin("4711", stored) is False


@settings(deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"\Ascrypt\$[0-9]{1,2}\$[0-9]\$[0-9]\$[0-9a-f]{0,6}\$[0-9a-f]{63,65}\Z"))
def test_no_hash_crashes_the_check(stored: str) -> None:
    assert check_pin("4711", stored) is False


@pytest.mark.parametrize(("pin", "words"), [
    ("", "4 to 12 digits"), ("123", "4 to 12 digits"), ("1" * 13, "4 to 12 digits"), ("47a1", "4 to 12 digits"),
    ("４７１１", "4 to 12 digits"), ("4711\n", "4 to 12 digits"), ("0000", "repeated"), ("777777", "repeated"),
    ("1234", "counts"), ("9876", "counts"), ("7890", "counts"), ("2109", "counts"), ("1212", "first that anybody"),
    ("2580", "first that anybody"), ("5601", "own number"), ("345601", "own number"),
])
def test_weak_pins(pin: str, words: str) -> None:
    assert words in (weak_pin(pin, [Number("+4915112345601")]) or "")


@pytest.mark.parametrize("pin", ["4711", "8093", "271828182845", "1124"])
def test_good_pins(pin: str) -> None:
    assert weak_pin(pin, [Number("+4915112345601")]) is None


@given(st.text(max_size=14) | st.from_regex(r"\A[0-9]{4,12}\Z"))
def test_whatever_passes_is_a_pin(pin: str) -> None:
    if weak_pin(pin) is None:
        assert pin.isascii()
        assert pin.isdigit()
        assert 4 <= len(pin) <= 12
        assert len(set(pin)) > 1
