"""An account: one person (or desk) with several numbers, a PIN and limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number


class Verify(StrEnum):
    """What is asked of whoever answers the callback, before anything costs money on the B-leg."""

    NONE = "none"
    KEY = "key"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Account:
    """`pin_hash` is accounts.pin's versioned scrypt string, or "" without a PIN. Limits of None mean no limit."""

    name: str
    numbers: tuple[Number, ...]
    pin_hash: str = ""
    verify: Verify = Verify.KEY
    language: str = ""  # "" means the site's
    enabled: bool = True
    max_call_s: int = 3600  # s
    hash_hash: bool = True  # "##" ends the B-leg; off for whoever must key it to a bank's menu
    spend_per_day: Money | None = None
    balance_limit: Money | None = None  # prepaid: the balance (sum of ledger entries) never goes below this
    allow: tuple[str, ...] = ()  # prefixes in digits without +; win over the site's barring (never over emergency)
    deny: tuple[str, ...] = ()
