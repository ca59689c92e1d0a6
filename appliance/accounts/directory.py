"""Who a number belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.accounts.account import Account
from appliance.vocabulary.number import Number


class Directory:
    """Accounts by number and by name, disabled ones included: whether they may call is asked elsewhere."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._accounts = tuple(accounts)
        self._by_number = {number: account for account in self._accounts for number in account.numbers}

    def by_number(self, number: Number) -> Account | None:
        return self._by_number.get(number)

    def by_name(self, name: str) -> Account | None:
        """By name, upper and lower case alike."""
        wanted = name.casefold()
        return next((account for account in self._accounts if account.name.casefold() == wanted), None)


def ousted(before: Iterable[Account], after: Iterable[Account]) -> tuple[str, ...]:
    """Names whose owners must log in to the page anew: their PIN is another, or they are locked, or gone."""
    now = {account.name: (account.pin_hash, account.enabled) for account in after}
    return tuple(old.name for old in before if now.get(old.name) != (old.pin_hash, old.enabled))


def shared_numbers(accounts: Iterable[Account]) -> tuple[str, ...]:
    """A complaint for each number that two accounts claim: a callback must know whom to charge."""
    owners: dict[Number, str] = {}
    complaints: list[str] = []
    for account in accounts:
        for number in account.numbers:
            owner = owners.setdefault(number, account.name)
            if owner != account.name:
                complaints.append(f'{number} stands in account "{owner}" and in account "{account.name}"; keep one')
    return tuple(complaints)
