"""What a span must be told. Apart from it, because the gateway tells it and loads no signalling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.lines.isdn.transport import BRI_CHANNELS, PRI_CHANNELS

PTP, PTMP, PRI = "ptp", "ptmp", "pri"
TE, NT = "te", "nt"
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SpanSettings:
    """`layout`: ptp, ptmp or pri; `side`: te or nt. `numbers`: our own, as the exchange sends them or longer; empty:
    whatever comes is ours. `digits`: how many of them come in overlap receiving; 0: until no more come."""

    layout: str = PTMP
    side: str = "te"
    numbers: tuple[str, ...] = ()
    digits: int = 0
    country: str = "DE"  # whose dial tone a phone behind the box hears

    @property
    def channels(self) -> tuple[int, ...]:
        return PRI_CHANNELS if self.layout == PRI else BRI_CHANNELS
