"""Mending: a record that a power cut left open is closed with what was proven, never more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from appliance.ledger.rating import rate_record
from appliance.ledger.record import Record
from appliance.vocabulary.cause import Cause


def mend(record: Record, now: datetime) -> Record:
    """The record closed: free if never answered, else charged to its last heartbeat. `now` is when it was found."""
    talk_s = record.talk_s if record.answered else 0.0
    ended = record.heartbeat or record.answered or record.opened
    note = f"mended {now:%Y-%m-%d %H:%M:%S} UTC: the box stopped while this leg was open"
    price, allowance = rate_record(record, talk_s), record.rate.allowance if record.rate else None
    record = record.took(allowance.covered(talk_s) if allowance else 0)
    return replace(
        record, ended=ended, talk_s=talk_s, cause=Cause.TEMPORARY_FAILURE, price=price,
        note="; ".join(filter(None, (record.note, note))), mended=True,
    )
