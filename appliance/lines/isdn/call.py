"""What a span keeps of a call."""

from __future__ import annotations

import asyncio
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
    more: asyncio.TimerHandle | None = None
    waiting: str = ""  # digits for which the exchange has not asked yet
