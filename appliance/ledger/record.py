"""The CDR: one leg's record, opened before the dial command leaves the box."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from appliance.routing.route import Rate
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.money import Money


class Side(StrEnum):
    """A-leg: the subscriber. B-leg: the destination."""

    A = "a"
    B = "b"


@dataclass(frozen=True, slots=True)
class Record:
    """One leg. Times are aware UTC; talk_s is counted on the monotonic clock, written at heartbeat and end."""

    leg: str  # unique id, e.g. "4711-b1"
    call: str  # e.g. "4711"
    side: Side
    account: str
    line: str
    number: str  # as dialled; "+49..." or "" for an incoming leg of a withheld caller
    rate: Rate | None  # the tariff row this leg is charged by; None = free (or unknown, said in note)
    opened: datetime
    answered: datetime | None = None
    heartbeat: datetime | None = None  # last sign of life while answered
    ended: datetime | None = None
    talk_s: float = 0.0
    cause: Cause | None = None
    price: Money | None = None
    note: str = ""
    mended: bool = False  # closed at start-up after a crash or power cut
    advice: str = ""  # of charge: what the network itself counted, such as "3 units"; our price is not changed by it

    @property
    def bundle(self) -> str:
        """The bundle whose minutes it may take, or ""."""
        return self.rate.allowance.bundle if self.rate and self.rate.allowance else ""

    @property
    def bundle_s(self) -> int:
        """Seconds of it: reserved while the leg is open, taken once it is closed."""
        return self.rate.allowance.seconds if self.rate and self.rate.allowance else 0

    def took(self, bundle_s: int) -> Record:
        """With so many seconds of its bundle."""
        if self.rate is None or self.rate.allowance is None:
            return self
        return replace(self, rate=replace(self.rate, allowance=replace(self.rate.allowance, seconds=bundle_s)))
