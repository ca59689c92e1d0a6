"""Rating: what a leg costs, by the tariff row it was opened with."""

from __future__ import annotations

from appliance.ledger.record import Record
from appliance.routing.pricing import billed_s, price
from appliance.vocabulary.money import Money


def rate_record(record: Record, talk_s: float) -> Money | None:
    """The leg's price for `talk_s` seconds; None when no tariff row was known."""
    return price(record.rate, talk_s) if record.rate else None


def worked_out(record: Record) -> str:
    """The price in words: what an accountant checks."""
    if record.rate is None:
        return "no tariff row, not charged"
    if record.ended is None:
        return "not over yet"
    if record.talk_s <= 0:
        return "answered, but no talk is proven, free" if record.answered else "not answered, free"
    seconds = billed_s(record.rate, record.talk_s)
    fee = f"{record.rate.connection_fee} + " if record.rate.connection_fee.micros else ""
    steps = f"{record.rate.first_increment}/{record.rate.next_increment}"
    return f"{fee}{seconds} s billed ({steps}) at {record.rate.per_minute} a minute"
