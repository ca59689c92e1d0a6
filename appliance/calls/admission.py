"""Admission: whether a ring becomes a callback. The brakes keep a flood, or a forged caller id, from spending money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from appliance.accounts.account import Account, Verify
from appliance.calls.request import Kind
from appliance.vocabulary.number import Number


class No(StrEnum):
    """Why a ring, or a wish by SMS, is not called back."""

    WITHHELD = "withheld"
    UNKNOWN = "unknown-caller"
    OWN_NUMBER = "own-number"
    DISABLED = "account-locked"
    LOCKED = "too-many-wrong-pins"
    PENDING = "already-in-a-call"
    REPEATED = "repeated-too-soon"
    CALLER_HOUR = "caller-per-hour"
    CALLER_DAY = "caller-per-day"
    BOX_HOUR = "box-per-hour"
    ONE_CHANNEL = "one-channel"
    NO_LINE = "no-line"
    NO_MONEY = "no-money"
    EMERGENCY = "emergency"  # the number that an SMS asks for
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Callbacks accepted at most; the window in s."""

    repeat_window_s: int = 60
    caller_per_hour: int = 20
    caller_per_day: int = 100
    box_per_hour: int = 120


@dataclass(frozen=True, slots=True)
class Ring:
    """What is known of a ring when it is judged. `accepted`: time and caller of the last day's accepted requests."""

    caller: Number | None
    withheld: bool
    account: Account | None
    own_numbers: frozenset[Number]
    pending: frozenset[str]
    accepted: Sequence[tuple[datetime, str]]
    locked: bool
    channels: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    reason: No
    text: str


def judge(ring: Ring, ceilings: Ceilings) -> Declined | None:
    """None: call back. Otherwise why not, in a sentence for the log."""
    who = str(ring.caller or "the caller")
    if ring.withheld:
        return Declined(No.WITHHELD, "the caller withheld the number, so nobody can be rung back")
    if ring.caller in ring.own_numbers:
        return Declined(No.OWN_NUMBER, f"{who} is one of this box's own numbers")
    if ring.account is None or ring.caller is None:
        return Declined(No.UNKNOWN, f"{who} belongs to no account")
    if not ring.account.enabled:
        return Declined(No.DISABLED, f'account "{ring.account.name}" is switched off')
    if ring.locked:
        return Declined(No.LOCKED, f"{who} is locked out for a while after wrong PINs")
    if ring.caller.e164 in ring.pending:
        return Declined(No.PENDING, f"{who} has a callback or a call already")
    return _ceilings(ring, ring.caller.e164, ceilings) or _channels(ring)


def _channels(ring: Ring) -> Declined | None:
    if ring.channels >= 2:
        return None
    return Declined(No.ONE_CHANNEL, "a call needs two channels, and the whole box has one free; add a second line"
                    if ring.channels else "a call needs two channels, and the whole box has none free")


def _ceilings(ring: Ring, caller: str, ceilings: Ceilings) -> Declined | None:
    # A box without a battery clock may have noted times that are yet to come; they would lock callers out for ever.
    past = [(at, who) for at, who in ring.accepted if at <= ring.now]
    own = [at for at, who in past if who == caller]
    hour, day = ring.now - timedelta(hours=1), ring.now - timedelta(days=1)
    if own and ring.now - max(own) < timedelta(seconds=ceilings.repeat_window_s):
        return Declined(No.REPEATED, f"{caller} was accepted less than {ceilings.repeat_window_s} s ago")
    if sum(at > hour for at in own) >= ceilings.caller_per_hour:
        return Declined(No.CALLER_HOUR, f"{caller} had {ceilings.caller_per_hour} callbacks within the hour")
    if sum(at > day for at in own) >= ceilings.caller_per_day:
        return Declined(No.CALLER_DAY, f"{caller} had {ceilings.caller_per_day} callbacks within the day")
    if sum(at > hour for at, _ in past) >= ceilings.box_per_hour:
        return Declined(No.BOX_HOUR, f"the box made {ceilings.box_per_hour} callbacks within the hour")
    return None


def asked_of(kind: Kind, verify: Verify, *, vouched: bool, has_pin: bool) -> tuple[Kind, Verify]:
    """What a ring leads to, and what is asked then. A number that nobody vouches for may be forged: whoever rings with
    it is answered only for a PIN. A callback goes to the real owner, who at least presses a key: it may be unwanted."""
    if vouched:
        return kind, verify
    if kind is Kind.CALL_THROUGH and has_pin:
        return kind, Verify.PIN
    return Kind.MISSED_CALL if kind is Kind.CALL_THROUGH else kind, Verify.KEY if verify is Verify.NONE else verify
