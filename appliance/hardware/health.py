"""The box's health over time: a supply that was too weak for two seconds is known for an hour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

from appliance.hardware.vitals import Vitals, kernel_synchronised, read_vitals, undervoltage
from appliance.vocabulary.clock import Clock

LOOK_S = 2.0  # s between looks at the supply: its driver asks the firmware that often, and forgets
WHOLE = 15  # looks at the supply until everything is looked at
KNOWN_S = 3600.0  # s for which a weak supply is told


class Health:
    """`root` is / but for tests. `each`: what else is looked at with everything."""

    def __init__(
        self, clock: Clock, root: Path = Path("/"), kernel: Callable[[], bool | None] = kernel_synchronised,
        each: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock, self._root, self._kernel, self._each = clock, root, kernel, each
        self._weak_at: float | None = None
        self.seen = Vitals()  # at the last look

    def look(self) -> Vitals:
        """As they are now; `undervoltage` also when it was within the last hour."""
        self.glance()
        now = read_vitals(self._root, self._kernel)
        weak = self._weak_at is not None and self._clock.monotonic() - self._weak_at < KNOWN_S
        self.seen = replace(now, undervoltage=True) if weak else now
        return self.seen

    def glance(self) -> None:
        """At the supply only, so that a moment of weakness is not missed."""
        if undervoltage(self._root):
            self._weak_at = self._clock.monotonic()

    async def run(self) -> None:
        """Until cancelled."""
        for turn in count():
            if turn % WHOLE:
                self.glance()
            else:
                self.look()
                self._each()
            await asyncio.sleep(LOOK_S)
