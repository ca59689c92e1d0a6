"""Rates and routes: what routing hands to calls and ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from appliance.routing.hours import Calendar, Hours
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Destination

FLOAT_NOISE_S = 1e-6  # s: 60.0000001 s of talk is one minute
UTC_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class Band:
    """Another row that holds at certain hours; it has no bands itself."""

    hours: Hours
    rate: Rate


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a leg may take of a bundle: at most `seconds` at the beginning of its talk, in the bundle's own increments.
    """

    bundle: str
    seconds: int
    per_minute: Money
    first_increment: int = 60
    next_increment: int = 60

    def needed(self, talk_s: float) -> int:
        """Seconds of the bundle that so much talk takes, were there enough."""
        if talk_s <= 0:
            return 0
        more = ceil((talk_s - FLOAT_NOISE_S - self.first_increment) / self.next_increment)
        return self.first_increment + max(0, more) * self.next_increment

    def covered(self, talk_s: float) -> int:
        """Seconds that it does take: whole increments only."""
        needed = self.needed(talk_s)
        if needed <= self.seconds or not needed:
            return needed
        if self.first_increment > self.seconds:
            return 0
        return self.seconds - (self.seconds - self.first_increment) % self.next_increment


@dataclass(frozen=True, slots=True)
class Rate:
    """One tariff row. Increments in seconds: 60/1 bills the first minute whole, then by the second. At the hours of one
    of its `bands` that row holds instead, on the clock of `calendar`. The seconds of its `allowance` come first; talk
    beyond them goes on in next increments, without a fee."""

    prefix: str  # digits without +; "" matches everything
    connection_fee: Money
    per_minute: Money
    first_increment: int = 60
    next_increment: int = 60
    bands: tuple[Band, ...] = ()
    calendar: Calendar = UTC_CALENDAR
    allowance: Allowance | None = None
    carrier: str = ""  # the call-by-call prefix that is dialled before the number to have this price

    def band(self, at: datetime) -> Band | None:
        """The one that holds then; a holiday's goes before the weekday's."""
        if not self.bands:
            return None
        wall = at.astimezone(self.calendar.clock)
        return next((band for holiday in (True, False) for band in self.bands
                     if band.hours.hold(wall, self.calendar, holiday)), None)

    def row(self, at: datetime) -> Rate:
        """The row that holds then: a band's, or this one."""
        band = self.band(at)
        return band.rate if band else self


@dataclass(frozen=True, slots=True)
class Route:
    """One way to carry the call. `price` is for the expected length, `reason` a sentence for people; `dialled` what
    leaves the box, when that is not the number as it is: a carrier's prefix goes before it."""

    line: str
    number: Destination
    rate: Rate
    price: Money
    reason: str
    dialled: str = ""


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
