"""What a span makes of layer 1: a short break is survived, a longer one ends calls, and one that is woken in vain is
told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

LOST_S = 4.0  # s without layer 1 until a call counts as lost
WAKE_S = 3.0  # s in which an S0 wakes; I.430 § 6.2.6.3 wants less than one


class Layer1:
    """`tell` gets events; `lost` is called when it is down for good, and nobody hears anything any more."""

    def __init__(self, tell: Callable[[dict[str, Any]], None], lost: Callable[[], None]) -> None:
        self._tell, self._lost = tell, lost
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._waking = False
        self.up = True
        self.asleep = False  # it was to wake, and did not

    def told(self, up: bool) -> None:
        """By the port."""
        if up is self.up:
            return
        self.forget()
        self.up = up
        if not up:
            self._timers = [self._loop.call_later(LOST_S, self._lost)]
        self._say()

    def wanted(self) -> None:
        """A frame goes out: the port wakes it."""
        if not self.up and not self._waking:
            self._waking = True
            self._timers.append(self._loop.call_later(WAKE_S, self._in_vain))

    def _in_vain(self) -> None:
        self._waking = False
        if not self.asleep:
            self.asleep = True
            self._say()

    def _say(self) -> None:
        self._tell({"is": "layer1", "up": self.up, "asleep": self.asleep})

    def forget(self) -> None:
        """The port is gone, or another."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        self._waking = self.asleep = False
        self.up = True
