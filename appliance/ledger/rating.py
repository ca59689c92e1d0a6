"""Rating: what a leg costs, by the tariff row it was opened with."""

from __future__ import annotations

from appliance.ledger.record import Record
from appliance.routing.pricing import Meter, Stretch, price
from appliance.vocabulary.money import Money


def rate_record(record: Record, talk_s: float) -> Money | None:
    """The leg's price for `talk_s` seconds; None when no tariff row was known."""
    return price(record.rate, talk_s, record.answered or record.opened) if record.rate else None


def worked_out(record: Record) -> str:
    """The price in words: what an accountant checks."""
    if record.rate is None:
        return "no tariff row, not charged"
    if record.ended is None:
        return "not over yet"
    if record.talk_s <= 0:
        return "answered, but no talk is proven, free" if record.answered else "not answered, free"
    stretches = list(Meter(record.rate, record.answered or record.opened).stretches(record.talk_s))
    words = [_words(stretch) for stretch in stretches]
    if len(words) == 1:
        return words[0]
    return ", then ".join(f"{said} = {stretch.amount}" for said, stretch in zip(words, stretches, strict=True))


def _words(stretch: Stretch) -> str:
    row = stretch.row
    if stretch.bundle:
        cost = f"at {row.per_minute} a minute" if row.per_minute.micros else "free"
        return f"{stretch.billed_s} s of bundle {stretch.bundle} ({row.first_increment}/{row.next_increment}), {cost}"
    fee = f"{stretch.fee} + " if stretch.fee.micros else ""
    steps = f"{row.first_increment}/{row.next_increment}" if stretch.first else f"steps of {row.next_increment} s"
    return f"{fee}{stretch.billed_s} s billed ({steps}) at {row.per_minute} a minute"
