"""What the box keeps of its people, and for how long: `keep_days` of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock

EVERY_S = 3600.0  # s between two looks; also how late a day may end
PAUSE_S = 0.2  # s between two transactions, for the calls


class Retention:
    """`days()` 0: nothing goes. `tell` is for what went wrong; the next look tries again."""

    def __init__(self, journal: Journal, clock: Clock, days: Callable[[], int], tell: Callable[[str], None]) -> None:
        self._journal, self._clock, self._days, self._tell = journal, clock, days, tell

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Everything that is too old now, in small transactions. A clock that was never set forgets nothing: every
        record is younger than it says."""
        try:
            while (days := self._days()) and self._journal.forgetting.before(self._clock.now() - timedelta(days=days)):
                await asyncio.sleep(PAUSE_S)
        except StoreError as error:
            self._tell(f"what is older than keep_days could not be forgotten: {error}")
