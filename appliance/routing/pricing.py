"""What talk costs: connection fee, first and next increment. Integers throughout; money is never a float."""

from __future__ import annotations

from math import ceil

from appliance.routing.route import Rate
from appliance.vocabulary.money import Money

DAY_S = 86_400  # s: no call is granted more at a time
FLOAT_NOISE_S = 1e-6  # s: 60.0000001 s of talk is one minute


def price(rate: Rate, talk_s: float) -> Money:
    """The price of `talk_s` seconds of talk; unanswered (0 s) costs nothing. Rounds half up to the micro-unit."""
    if talk_s <= 0:
        return Money.zero(rate.per_minute.currency)
    return _for_billed(rate, billed_s(rate, talk_s))


def billed_s(rate: Rate, talk_s: float) -> int:
    """Seconds billed: the first increment whole, then every increment begun."""
    if talk_s <= 0:
        return 0
    over = talk_s - rate.first_increment - FLOAT_NOISE_S
    return rate.first_increment + max(0, ceil(over / rate.next_increment)) * rate.next_increment


def _for_billed(rate: Rate, seconds: int) -> Money:
    micros = (rate.per_minute.micros * seconds * 2 + 60) // 120  # half up
    return rate.connection_fee + Money(micros, rate.per_minute.currency)


def seconds_for(rate: Rate, amount: Money) -> int:
    """The longest talk in seconds whose price is at most `amount`; 0 when not even the first increment is covered."""
    return seconds_for_both(None, 0.0, rate, amount)


def seconds_for_both(a_rate: Rate | None, a_elapsed_s: float, b_rate: Rate, amount: Money) -> int:
    """The longest B-talk, in whole seconds, that with the A-leg `a_elapsed_s` ahead of it costs at most `amount`."""
    def cost(seconds: int) -> Money:
        both = price(b_rate, seconds)
        return both + price(a_rate, a_elapsed_s + seconds) if a_rate else both

    low, high = 0, DAY_S
    if cost(high) <= amount:
        return high
    while high - low > 1:  # cost never falls with time, so halving finds the edge
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) <= amount else (low, middle)
    return low
