"""What a line's SIM has left, in its operator's words."""

from __future__ import annotations

import re

from appliance.commands.live import LiveLine
from appliance.settings.model import LineSettings
from appliance.vocabulary.money import Money


def sim_left(line: LineSettings, now: LiveLine | None) -> Money | None:
    """None where nobody said from when on that is little, or the words cannot be read."""
    if now is None or line.balance_below is None or not now.state.balance:
        return None
    return balance_of(now.state.balance, line.balance_pattern, line.balance_below.currency)


def balance_of(told: str, pattern: str, currency: str) -> Money | None:
    """The amount in an operator's words, by the first group of the pattern."""
    found = re.search(pattern, told[:500])
    try:
        return Money.parse((found[1] if found else "").replace(",", "."), currency)
    except (ValueError, ArithmeticError, IndexError):
        return None
