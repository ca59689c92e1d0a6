"""A route: a line, a tariff row and the price of *this* call over it, with the reasons kept."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Destination


@dataclass(frozen=True, slots=True)
class Rate:
    """One tariff row. Increments in seconds: 60/1 bills the first minute whole, then by the second."""

    prefix: str  # digits without +; "" matches everything
    connection_fee: Money
    per_minute: Money
    first_increment: int = 60
    next_increment: int = 60


@dataclass(frozen=True, slots=True)
class Route:
    """One way to carry the call. `price` is for the expected length, `reason` a sentence for people."""

    line: str
    number: Destination
    rate: Rate
    price: Money
    reason: str


@dataclass(frozen=True, slots=True)
class NoRoute:
    """A line that cannot carry the call, and why: busy, broken, no audio, no tariff row, in use by the A-leg."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Routes cheapest first, then the lines that fell out."""

    number: Destination
    expected_s: int
    routes: tuple[Route, ...]
    others: tuple[NoRoute, ...] = ()
