"""One call while it runs: its state, its one timer, and what its legs are doing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from appliance.accounts.account import Account
from appliance.calls.states import Asking, Question, State
from appliance.ledger.record import Side
from appliance.lines.line import CallerId
from appliance.routing.route import Rate, RouteTable


@dataclass
class ActiveLeg:
    """One leg between its record's opening and closing. `answered`, `ended` in s of the monotonic clock."""

    leg: str
    side: Side
    line: str
    number: str
    rate: Rate | None
    opened: datetime  # as its record has it: whose period of a bundle it falls in
    port: str = ""
    answered: float | None = None
    sure: bool = True  # not a modem alone says so
    heard: bool = False  # somebody is there
    ended: float | None = None
    began: datetime | None = None  # the answer, as its record has it: what the time bands of its tariff count from

    def talked(self, now: float) -> float:
        end = now if self.ended is None else self.ended
        return 0.0 if self.answered is None else max(0.0, end - self.answered)


@dataclass
class ActiveCall:
    """One call. `ring` is the incoming call that asked for it, while that still rings."""

    call: str
    account: Account
    number: str  # the subscriber's, in E.164
    line: str  # that was rung or asked for; "" when a page asked
    ring: str
    caller: CallerId
    began: datetime
    state: State
    only: bool = False  # no other line may ring back: somebody tests this one
    legs: dict[str, ActiveLeg] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None
    timer_name: str = ""
    beat: asyncio.TimerHandle | None = None
    outcome: str = ""
    keys_to: str = ""  # the leg whose line sends A's keys, while both talk
    table: RouteTable | None = None  # of the number keyed last

    @property
    def secret(self) -> bool:
        """A PIN is being keyed: no key of it stands in the story."""
        return isinstance(self.state, Asking) and self.state.question is Question.PIN

    def side(self, side: Side) -> ActiveLeg | None:
        return next((leg for leg in self.legs.values() if leg.side is side), None)
