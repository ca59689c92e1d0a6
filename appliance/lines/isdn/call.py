"""What a span keeps of its calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from appliance.lines.isdn import reports
from appliance.lines.isdn.bchannel import BChannel


@dataclass
class Call:
    """A call on a channel; `leg` or `ring` is its name outside."""

    number: int
    channel: int
    voice: BChannel
    leg: str = ""
    ring: str = ""
    called: str = ""
    setup: reports.Setup | None = None
    told: bool = False
    ending: bool = False
    answered: bool = False
    listening: bool = False  # its B channel is open
    more: asyncio.TimerHandle | None = None
    waiting: str = ""  # digits for which the exchange has not asked yet


class Calls(dict[int, Call]):
    """By libpri's number of the call."""

    def free(self, channels: Sequence[int], *, first: bool) -> int:
        """A channel of no call, the first or the last; 0 when there is none."""
        used = {call.channel for call in self.values()}
        free = [channel for channel in channels if channel not in used]
        return 0 if not free else free[0] if first else free[-1]

    def on(self, channel: int) -> Call | None:
        return next((call for call in self.values() if call.channel == channel), None)

    def of(self, leg: str) -> Call | None:
        return next((call for call in self.values() if leg and call.leg == leg), None)

    def ringing(self, ring: str) -> Call | None:
        return next((call for call in self.values() if ring and call.ring == ring), None)
