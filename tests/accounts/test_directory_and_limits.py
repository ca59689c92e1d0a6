"""Who a number belongs to, and what an account may still spend."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory, shared_numbers
from appliance.accounts.limits import available
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

ANNA, BERT, SHOP = Number("+4915155500001"), Number("+4915155500002"), Number("+493012345678")
DESK = Account("Front desk", (ANNA, SHOP))


def euros(text: str) -> Money:
    return Money.parse(text, "EUR")


def test_by_number_and_by_name() -> None:
    off = Account("Straße", (BERT,), enabled=False)
    directory = Directory([DESK, off])
    assert directory.by_number(ANNA) is directory.by_number(SHOP) is DESK
    assert directory.by_number(BERT) is off  # whether it may call is asked elsewhere
    assert directory.by_number(Number("+4915155500003")) is None
    assert directory.by_name("FRONT DESK") is DESK
    assert directory.by_name("strasse") is off
    assert directory.by_name("Front") is None


def test_a_number_of_two_accounts_is_a_complaint_for_each_number() -> None:
    assert shared_numbers([DESK, Account("Other", (BERT,))]) == ()
    assert shared_numbers([DESK, Account("Other", (SHOP, BERT, ANNA))]) == (
        '+493012345678 stands in account "Front desk" and in account "Other"; keep one',
        '+4915155500001 stands in account "Front desk" and in account "Other"; keep one')


def left(account: Account, balance: str = "0", spent: str = "0", held: str = "0") -> Money | None:
    return available(account, balance=euros(balance), spent_today=euros(spent), held=euros(held))


def test_what_is_left() -> None:
    assert left(DESK) is None
    daily = Account("A", (ANNA,), spend_per_day=euros("5"))
    assert left(daily) == euros("5")
    assert left(daily, spent="2", held="1") == euros("2")
    assert left(daily, spent="6") == euros("0")
    prepaid = Account("A", (ANNA,), balance_limit=euros("0"))
    assert left(prepaid) == euros("0")
    assert left(prepaid, balance="3", held="1") == euros("2")
    credit = Account("A", (ANNA,), balance_limit=euros("-10"), spend_per_day=euros("5"))
    assert left(credit, balance="-7") == euros("3")
    assert left(credit, balance="-2", spent="1") == euros("4")


MONEY = st.integers(-10**13, 10**13).map(lambda micros: Money(micros, "EUR"))
POSITIVE = st.integers(0, 10**13).map(lambda micros: Money(micros, "EUR"))


@given(st.none() | POSITIVE, st.none() | MONEY, MONEY, POSITIVE, POSITIVE)
def test_what_is_available_breaks_no_limit(
    daily: Money | None, limit: Money | None, balance: Money, spent: Money, held: Money
) -> None:
    account = Account("A", (ANNA,), spend_per_day=daily, balance_limit=limit)
    found = available(account, balance=balance, spent_today=spent, held=held)
    if daily is None and limit is None:
        assert found is None
        return
    assert found is not None
    assert found.micros >= 0
    if found.micros:
        assert daily is None or spent + held + found <= daily
        assert limit is None or limit <= balance - held - found
    more = available(account, balance=balance, spent_today=spent, held=held + Money(1, "EUR"))
    assert more is not None
    assert more <= found
