"""What talk costs: connection fee, first and next increment, by the row that holds when each increment begins.
Integers throughout; money is never a float."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from appliance.routing.hours import next_look
from appliance.routing.route import FLOAT_NOISE_S, Rate
from appliance.vocabulary.money import Money

DAY_S = 86_400  # s: no call is granted more at a time
HORIZON_S = 3 * DAY_S  # s that a meter looks ahead: a day of talk, and an A-leg that is far ahead of it


@dataclass(frozen=True, slots=True)
class Stretch:
    """Increments in a row that one tariff row prices, or a bundle (`row` has its terms then): `billed_s` seconds,
    `amount` with the fee where there is one."""

    row: Rate
    billed_s: int
    fee: Money
    amount: Money
    first: bool  # begins with the first increment
    bundle: str = ""


class Meter:
    """The price of one leg by its talk, when it is answered at `answered` (aware; counted in whole seconds), or up to
    `within_s` seconds later: then the dearest of these moments counts."""

    def __init__(self, rate: Rate, answered: datetime, within_s: int = 0) -> None:
        self._rate = rate
        self._rows = tuple(_rows(rate, answered.replace(microsecond=0))) if rate.bands else ((0, rate),)
        self._within_s = within_s
        self._bundle = _terms(rate)

    def price(self, talk_s: float) -> Money:
        """Of `talk_s` seconds of talk; unanswered (0 s) costs nothing. Each stretch rounds half up to the micro-unit.
        """
        soon = len(self._rows) > 1 and self._rows[1][0] <= talk_s + self._within_s
        shifts = range(self._within_s + 1 if soon else 1)
        micros = max(sum(stretch.amount.micros for stretch in self.stretches(talk_s, shift)) for shift in shifts)
        return Money(micros, self._rate.per_minute.currency)

    def stretches(self, talk_s: float, shift: int = 0) -> Iterator[Stretch]:
        """How the price comes about, in the order of time; answered `shift` seconds later."""
        begun = 0  # s of increments so far
        running: tuple[Rate, int, bool] | None = None
        for row, seconds in self._increments(talk_s, shift):
            if running and running[0] is row:
                running = (row, running[1] + seconds, running[2])
            else:
                if running:
                    yield self._stretch(*running)
                running = (row, seconds, begun == 0)
            begun += seconds
        if running:
            yield self._stretch(*running)

    def _stretch(self, row: Rate, seconds: int, first: bool) -> Stretch:
        fee = row.connection_fee if first else Money.zero(row.per_minute.currency)
        micros = (row.per_minute.micros * seconds * 2 + 60) // 120  # half up
        bundle = self._rate.allowance.bundle if self._rate.allowance and row is self._bundle else ""
        return Stretch(row, seconds, fee, fee + Money(micros, row.per_minute.currency), first, bundle)

    def _increments(self, talk_s: float, shift: int) -> Iterator[tuple[Rate, int]]:
        """The row of each increment begun and its seconds; those that one row prices alike in one."""
        if talk_s <= 0:
            return
        begun, at = 0, 0
        if self._rate.allowance and (begun := self._rate.allowance.covered(talk_s)):
            yield self._bundle, begun
        while begun == 0 or begun < talk_s - FLOAT_NOISE_S:
            while at + 1 < len(self._rows) and self._rows[at + 1][0] <= begun + shift:
                at += 1
            row = self._rows[at][1]
            if begun == 0:
                yield row, row.first_increment
                begun = row.first_increment
                continue
            step = row.next_increment
            count = ceil((talk_s - FLOAT_NOISE_S - begun) / step)
            if at + 1 < len(self._rows):  # only increments that begin before the next row holds
                count = min(count, ceil((self._rows[at + 1][0] - shift - begun) / step))
            yield row, count * step
            begun += count * step


def _rows(rate: Rate, start: datetime) -> Iterator[tuple[int, Rate]]:
    """Seconds after `start` from which each row holds. Right also where the clock is put forward or back."""
    clock, hours, start = rate.calendar.clock, [band.hours for band in rate.bands], start.astimezone(UTC)
    last, second = None, 0
    while second < HORIZON_S:
        wall = (start + timedelta(seconds=second)).astimezone(clock)
        row = rate.row(wall)
        if row is not last:
            yield second, row
            last = row
        step = next_look(wall, hours)
        while (start + timedelta(seconds=second + step)).astimezone(clock).utcoffset() != wall.utcoffset() and step > 1:
            step = max(1, step // 2)  # halves its way up to the moment when the clock is put forward or back
        second += step


def _terms(rate: Rate) -> Rate:
    """The bundle's own price and increments as a row."""
    if (bundle := rate.allowance) is None:
        return rate
    return Rate(rate.prefix, Money.zero(bundle.per_minute.currency), bundle.per_minute, bundle.first_increment,
                bundle.next_increment)


def price(rate: Rate, talk_s: float, answered: datetime) -> Money:
    """The price of `talk_s` seconds of talk that began at `answered`; unanswered (0 s) costs nothing."""
    return Meter(rate, answered).price(talk_s)


def billed_s(rate: Rate, talk_s: float, answered: datetime) -> int:
    """Seconds billed: the first increment whole, then every increment begun."""
    return sum(stretch.billed_s for stretch in Meter(rate, answered).stretches(talk_s))


def seconds_for(rate: Rate, amount: Money, answered: datetime) -> int:
    """The longest talk in seconds whose price is at most `amount`; 0 when not even the first increment is covered."""
    return seconds_for_both(None, 0.0, Meter(rate, answered), amount)


def seconds_for_both(
    a_leg: Meter | None, a_elapsed_s: float, b_leg: Meter, amount: Money, most_s: int = DAY_S
) -> int:
    """The longest B-talk, in whole seconds, that with the A-leg `a_elapsed_s` ahead of it costs at most `amount`."""
    def cost(seconds: int) -> Money:
        both = b_leg.price(seconds)
        return both + a_leg.price(a_elapsed_s + seconds) if a_leg else both

    low, high = 0, most_s
    if cost(high) <= amount:
        return high
    while high - low > 1:  # cost never falls with time, so halving finds the edge
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) <= amount else (low, middle)
    return low
