"""Sums over many calls: talk, cost, and what was saved against another tariff. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from appliance.ledger.record import Side


@dataclass(frozen=True, slots=True)
class Cost:
    """One closed leg as sums need it: talk in s, price in micro-units, `at` when it began (ISO 8601)."""

    call: str
    side: str
    account: str
    line: str
    number: str
    talk_s: float
    micros: int
    at: str


@dataclass(frozen=True, slots=True)
class Figures:
    """`talk_s` is the B-legs' talk, `leg_s` of all legs; `saved` against the other tariff, negative when that is
    cheaper. Money in micro-units."""

    calls: int = 0
    talk_s: float = 0.0
    leg_s: float = 0.0
    cost: int = 0
    saved: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(self.calls + other.calls, self.talk_s + other.talk_s, self.leg_s + other.leg_s,
                       self.cost + other.cost, self.saved + other.saved)


Key = tuple[str, str]  # line and account
Other = Callable[[str, float, datetime], int | None]


def figures(legs: Iterable[Cost], other: Other | None = None) -> dict[Key, Figures]:
    """Sums by line and account. A call counts once, for the line of its first leg. `other`: micro-units that a number
    and s of talk would cost at that time by the tariff to compare with, None where that has no row: such a call is not
    compared. Savings stand with the line of the B-leg."""
    found: dict[Key, Figures] = {}
    calls: dict[str, list[Cost]] = {}
    for leg in legs:
        first = leg.call not in calls
        calls.setdefault(leg.call, []).append(leg)
        b_talk_s = leg.talk_s if leg.side == Side.B else 0.0
        _add(found, leg, Figures(int(first), b_talk_s, leg.talk_s, leg.micros))
    if other is not None:
        for each in calls.values():
            _compare(found, each, other)
    return found


def _compare(found: dict[Key, Figures], legs: list[Cost], other: Other) -> None:
    talked = [leg for leg in legs if leg.side == Side.B and leg.talk_s > 0]
    instead = [other(leg.number, leg.talk_s, datetime.fromisoformat(leg.at)) for leg in talked]
    if not talked or any(price is None for price in instead):
        return
    saved = sum(price or 0 for price in instead) - sum(leg.micros for leg in legs)
    _add(found, talked[0], Figures(saved=saved))


def _add(found: dict[Key, Figures], leg: Cost, more: Figures) -> None:
    key = (leg.line, leg.account)
    found[key] = found.get(key, Figures()) + more
