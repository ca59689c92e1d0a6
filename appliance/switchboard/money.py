"""Holds and prices of running calls: what the account can still pay becomes seconds that decide may grant."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from appliance.accounts.account import Account
from appliance.accounts.limits import available
from appliance.ledger.record import Side
from appliance.routing.pricing import Meter, price, seconds_for_both
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.switchboard.active import ActiveCall, ActiveLeg
from appliance.switchboard.office import Office
from appliance.vocabulary.money import Money

SHORTEST_S = 0.1  # s; no answered call is shorter to a network
DIALOGUE_S = 180  # s of A-leg that are held before ringing back: three tries at every question mostly fit
NEXT_BEAT_S = 90  # s of A-leg held at every heartbeat of a longer dialogue: more than to the next
RINGING_S = 70  # s that A's leg may cost while B's phone rings
ANSWERED_IN_S = 180  # s: a leg that is dialled now is answered by then, or never


class Till:
    """Reserves money before anything is dialled, so that two calls never spend the same euro."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def free(self, account: Account, office: Office, now: datetime) -> Money | None:
        """What the account could still spend, other calls' holds not counted; None means no limit."""
        return available(
            account,
            balance=self._journal.balance(account.name),
            spent_today=self._journal.spent(account.name, office.midnight(now)),
            held=office.zero,
        )

    def hold_dialogue(
        self, call: ActiveCall, rate: Rate | None, elapsed_s: float, office: Office, now: datetime,
        began: datetime | None = None, more_s: float = DIALOGUE_S,
    ) -> bool:
        """Holds the A-leg's cost so far and `more_s` more; `began` None: it is not answered yet."""
        amount = meter(rate, began, now).price(elapsed_s + more_s) if rate else office.zero
        return self._journal.hold(call.call, call.account.name, amount, self.free(call.account, office, now))

    def hold_talk(
        self, call: ActiveCall, b_rate: Rate, wanted_s: int, office: Office, now: datetime, monotonic: float
    ) -> int:
        """Holds both legs for `wanted_s` more seconds of talk, or for as many as the account can pay; returns them."""
        a_leg, b_leg = call.side(Side.A), call.side(Side.B)
        b_elapsed_s = b_leg.talked(monotonic) if b_leg else 0.0
        a_rate, a_elapsed = (a_leg.rate, a_leg.talked(monotonic)) if a_leg else (None, 0.0)
        if b_leg is None or b_leg.answered is None:
            a_elapsed += RINGING_S
        a_meter = meter(a_rate, a_leg.began, now) if a_leg and a_rate else None
        b_meter = meter(b_rate, b_leg.began if b_leg else None, now)
        limit = self.free(call.account, office, now)
        total = b_elapsed_s + wanted_s
        if limit is not None:
            # Seconds of B in all, from its start; A has run ahead of B by the difference.
            ahead = max(0.0, a_elapsed - b_elapsed_s)
            spendable = limit - self._journal.held_by_others(call.account.name, call.call)
            if spendable.micros < 0:
                return 0
            most_s = ceil(total)
            total = min(total, seconds_for_both(a_meter, ahead, b_meter, spendable, most_s))
        if total <= b_elapsed_s:
            return 0
        amount = b_meter.price(total)
        if a_meter:
            amount += a_meter.price(max(0.0, a_elapsed - b_elapsed_s) + total)
        if not self._journal.hold(call.call, call.account.name, amount, limit):
            return 0
        return int(total - b_elapsed_s + 0.001)  # a float's rounding is no second less

    def release(self, call: str) -> None:
        self._journal.release(call)


def meter(rate: Rate, began: datetime | None, now: datetime) -> Meter:
    """Of a leg that was answered at `began`; or will be, soon: the dearest moment of that counts."""
    return Meter(rate, began) if began else Meter(rate, now, ANSWERED_IN_S)


def price_so_far(leg: ActiveLeg, monotonic: float, now: datetime) -> Money | None:
    """None when the leg has no tariff. Whoever answers costs the first increment, however short."""
    if leg.rate is None:
        return None
    talk_s = 0.0 if leg.answered is None else max(leg.talked(monotonic), SHORTEST_S)
    return price(leg.rate, talk_s, leg.began or now)
