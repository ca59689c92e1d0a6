"""Holds and prices of running calls: what the account can still pay becomes seconds that decide may grant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil

from appliance.accounts.account import Account
from appliance.accounts.limits import available
from appliance.ledger.record import Side
from appliance.routing.bundle import Bundles
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

NOTHING: Mapping[str, int] = {}


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

    def bundles(self, office: Office) -> Bundles:
        site = office.settings.site
        return Bundles(site.bundles, site.calendar, self._journal.bundle_taken)

    def hold_callback(
        self, call: ActiveCall, rate: Rate | None, office: Office, now: datetime
    ) -> tuple[bool, Rate | None]:
        """Holds the A-leg's first talk with the box, before it is dialled; its row with what to reserve of a bundle."""
        rate = self.bundles(office).reserve(rate, DIALOGUE_S, now) if rate else None
        amount = meter(rate, None, now).price(DIALOGUE_S) if rate else office.zero
        return self._journal.hold(call.call, call.account.name, amount, self.free(call.account, office, now)), rate

    def hold_dialogue(
        self, call: ActiveCall, a_leg: ActiveLeg, office: Office, now: datetime, monotonic: float, more_s: float
    ) -> bool:
        """Holds the A-leg's cost so far and `more_s` more."""
        talk_s = a_leg.talked(monotonic) + more_s
        rate = self._reserved(a_leg, talk_s, office)
        amount = meter(rate, a_leg.began, now).price(talk_s) if rate else office.zero
        held = self._journal.hold(call.call, call.account.name, amount, self.free(call.account, office, now))
        if held:
            self._keep(a_leg, rate)
        return held

    def hold_talk(
        self, call: ActiveCall, b_rate: Rate, wanted_s: int, office: Office, now: datetime, monotonic: float
    ) -> tuple[int, Rate]:
        """Holds both legs for `wanted_s` more seconds of talk, or for as many as the account can pay; returns them, and
        B's row with what is reserved of its bundle."""
        a_leg, b_leg = call.side(Side.A), call.side(Side.B)
        b_elapsed_s = b_leg.talked(monotonic) if b_leg else 0.0
        a_elapsed = a_leg.talked(monotonic) if a_leg else 0.0
        if b_leg is None or b_leg.answered is None:
            a_elapsed += RINGING_S
        ahead = max(0.0, a_elapsed - b_elapsed_s)  # A has run ahead of B by this
        total = b_elapsed_s + wanted_s  # seconds of B in all, from its start
        a_rate = self._reserved(a_leg, ahead + total, office) if a_leg else None
        promised = _promised(a_leg, a_rate)
        b_new = self._reserved(b_leg, total, office, promised) if b_leg else \
            self.bundles(office).reserve(b_rate, total, now, promised=promised)
        b_rate = b_new or b_rate
        a_meter = meter(a_rate, a_leg.began, now) if a_leg and a_rate else None
        b_meter = meter(b_rate, b_leg.began if b_leg else None, now)
        limit = self.free(call.account, office, now)
        if limit is not None:
            spendable = limit - self._journal.held_by_others(call.account.name, call.call)
            if spendable.micros < 0:
                return 0, b_rate
            total = min(total, seconds_for_both(a_meter, ahead, b_meter, spendable, ceil(total)))
        if total <= b_elapsed_s:
            return 0, b_rate
        amount = b_meter.price(total)
        if a_meter:
            amount += a_meter.price(ahead + total)
        if not self._journal.hold(call.call, call.account.name, amount, limit):
            return 0, b_rate
        for leg, rate in ((a_leg, a_rate), (b_leg, b_rate)):
            if leg:
                self._keep(leg, rate)
        return int(total - b_elapsed_s + 0.001), b_rate  # a float's rounding is no second less

    def _reserved(
        self, leg: ActiveLeg, talk_s: float, office: Office, promised: Mapping[str, int] = NOTHING
    ) -> Rate | None:
        """A running leg's row with what its bundle has for so much talk; it never has less than before."""
        bundles = self.bundles(office)
        return bundles.reserve(leg.rate, talk_s, leg.opened, leg.leg, promised=promised) if leg.rate else None

    def _keep(self, leg: ActiveLeg, rate: Rate | None) -> None:
        if rate is not None and rate.allowance and rate != leg.rate:
            leg.rate = rate
            self._journal.reserve(leg.leg, rate.allowance.seconds)

    def release(self, call: str) -> None:
        self._journal.release(call)


def _promised(leg: ActiveLeg | None, rate: Rate | None) -> Mapping[str, int]:
    """What a leg is about to reserve of its bundle beyond what it has: not there for the other leg of the call."""
    if leg is None or leg.rate is None or leg.rate.allowance is None or rate is None or rate.allowance is None:
        return NOTHING
    return {rate.allowance.bundle: rate.allowance.seconds - leg.rate.allowance.seconds}


def meter(rate: Rate, began: datetime | None, now: datetime) -> Meter:
    """Of a leg that was answered at `began`; or will be, soon: the dearest moment of that counts."""
    return Meter(rate, began) if began else Meter(rate, now, ANSWERED_IN_S)


def paid_s(leg: ActiveLeg, monotonic: float) -> float:
    """Whoever answers costs the first increment, however short."""
    return 0.0 if leg.answered is None else max(leg.talked(monotonic), SHORTEST_S)


def price_so_far(leg: ActiveLeg, monotonic: float, now: datetime) -> Money | None:
    """None when the leg has no tariff."""
    return price(leg.rate, paid_s(leg, monotonic), leg.began or now) if leg.rate else None


def bundle_so_far(leg: ActiveLeg, monotonic: float) -> int:
    """Seconds that it took of a bundle."""
    return leg.rate.allowance.covered(paid_s(leg, monotonic)) if leg.rate and leg.rate.allowance else 0
