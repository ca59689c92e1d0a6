"""How much an account may still spend."""

from __future__ import annotations

from appliance.accounts.account import Account
from appliance.vocabulary.money import Money


def available(account: Account, *, balance: Money, spent_today: Money, held: Money) -> Money | None:
    """The least of what the day's limit and the balance leave, less `held`; never negative. None: no limit at all."""
    left: list[Money] = []
    if account.spend_per_day is not None:
        left.append(account.spend_per_day - spent_today - held)
    if account.balance_limit is not None:
        left.append(balance - account.balance_limit - held)
    if not left:
        return None
    return max(min(left, key=lambda money: money.micros), Money.zero(balance.currency), key=lambda money: money.micros)
