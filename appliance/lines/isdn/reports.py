"""What a span's signalling tells: Q.931 messages and the state of the link. `call` is a number of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Layer 2 is established; Q.921."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Layer 2 is gone. On point-to-multipoint that is rest, not trouble."""


@dataclass(frozen=True, slots=True)
class Setup:
    """An incoming call. `called` may be incomplete (overlap receiving): Digits follow. `channel` 0: none yet."""

    call: int
    channel: int
    called: str
    complete: bool
    caller: str
    plan: int  # type of number and plan; Q.931 § 4.5.10
    presentation: int  # presentation and screening; Q.931 § 4.5.10
    name: str
    called_plan: int = 0  # as `plan`


@dataclass(frozen=True, slots=True)
class Digits:
    """More of the called number."""

    call: int
    digits: str


@dataclass(frozen=True, slots=True)
class MoreDigits:
    """SETUP ACKNOWLEDGE: the exchange wants the number digit by digit."""

    call: int
    channel: int


@dataclass(frozen=True, slots=True)
class Proceeding:
    """CALL PROCEEDING or PROGRESS: the number is complete. `inband`: there is something to hear."""

    call: int
    channel: int
    inband: bool


@dataclass(frozen=True, slots=True)
class Ringing:
    """ALERTING."""

    call: int
    channel: int
    inband: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """CONNECT, or on the answering side CONNECT ACKNOWLEDGE."""

    call: int
    channel: int


@dataclass(frozen=True, slots=True)
class Charged:
    """Advice of charge: `units`, or `amount` (a decimal number) in `currency`."""

    call: int
    units: int
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is gone for good; Q.850 cause as it came."""

    call: int
    cause: int


@dataclass(frozen=True, slots=True)
class Restarted:
    """The other side restarted this channel, or all of them (-1)."""

    channel: int


Report = (LinkUp | LinkDown | Setup | Digits | MoreDigits | Proceeding | Ringing | Connected | Charged | Ended
          | Restarted)
