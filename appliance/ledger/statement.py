"""The bill of one call: its legs, how each price came about, and who pays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.ledger.rating import worked_out
from appliance.ledger.record import Record
from appliance.vocabulary.money import Money


@dataclass(frozen=True, slots=True)
class Statement:
    """Legs in the order they were opened; `total` sums the prices of closed legs, None when none has a price."""

    call: str
    account: str
    legs: tuple[Record, ...]
    total: Money | None


def statement(records: Iterable[Record]) -> Statement:
    """The statement of the records of one call. Raises ValueError when there are none or of several calls."""
    legs = tuple(sorted(records, key=lambda record: (record.opened, record.leg)))
    if len({leg.call for leg in legs}) != 1:
        raise ValueError("a statement is of exactly one call")
    total: Money | None = None
    for leg in legs:
        if leg.price is not None:
            total = leg.price if total is None else total + leg.price
    return Statement(legs[0].call, legs[0].account, legs, total)


def clock_time(seconds: float) -> str:
    """`1:05`: minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def format_bill(bill: Statement) -> str:
    """The statement as plain text, for a terminal."""
    rows = [
        (leg.side.upper(), leg.line, leg.number or "-", clock_time(leg.talk_s),
         leg.cause.name.lower() if leg.cause else "running", str(leg.price) if leg.price else "-", worked_out(leg))
        for leg in bill.legs
    ]
    head = ("leg", "line", "number", "talk", "ended", "price", "how")
    table = (head, *rows)
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    lines.append(f"total {bill.total or '-'}, charged to {bill.account}")
    return "\n".join(lines)
