"""Messages as they are kept: those that came, and those that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Place(StrEnum):
    """Where a message that came belongs."""

    INBOX = "inbox"  # for a person to read
    COMMAND = "command"  # the box did, or refused, what it asks
    WAITING = "waiting"  # parts of it are missing
    INCOMPLETE = "incomplete"  # and were given up
    UNREADABLE = "unreadable"  # kept as the octets it came as


class Purpose(StrEnum):
    """Why a message is sent."""

    ANSWER = "answer"
    REASON = "reason"  # why no callback comes
    CODE = "code"  # lets somebody in on the page, or confirms a number
    ADMIN = "admin"
    ALERT = "alert"  # something is wrong with the box


class Fate(StrEnum):
    """What became of a message of ours."""

    QUEUED = "queued"
    SENT = "sent"  # the network has taken it
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have gone out; it is never sent again, because it costs
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a long message: `number` of `total`, from 1."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, or a part of one, as a line gave it. `sender`: E.164 where it is a number, else as the network wrote
    it; `account`: whose number that is, or ""; `fault`: why it cannot be read."""

    line: str
    sender: str
    account: str
    text: str
    sent: datetime | None
    part: Part | None
    raw: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came, as it is kept. `why`: what was made of it."""

    id: int
    at: datetime
    line: str
    sender: str
    account: str
    sent: datetime | None
    text: str
    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours. `call`: the call it is about, or ""."""

    id: int
    at: datetime
    account: str
    number: str
    text: str
    line: str
    purpose: Purpose
    fate: Fate
    why: str = ""
    call: str = ""
