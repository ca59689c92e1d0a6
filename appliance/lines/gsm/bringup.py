"""What a modem must find before it serves, and mostly finds again when it is restarted: its SIM, and a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from appliance.lines.gsm import startup
from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.dialects import Dialect
from appliance.lines.gsm.recovery import SEARCH_S, Recovery
from appliance.lines.gsm.startup import NotUsable


class Bringup:
    """One life of a modem. `tell` hears what it waits for. NotUsable ends that life."""

    def __init__(self, engine: AtEngine, dialect: Dialect, recovery: Recovery, tell: Callable[[str], None]) -> None:
        self._engine, self._dialect, self._recovery, self._tell = engine, dialect, recovery, tell

    async def unlocked(self, pin: str, tried: set[str], tell: Callable[[str], None]) -> None:
        """Some modems find their SIM only after a restart; one that has slipped, none at all. `tried`: see startup."""
        if await startup.unlocked(self._engine, self._dialect, pin, tried, tell):
            return
        if self._recovery.may_restart():
            await self.restart(startup.no_sim(", so the modem was restarted"))
        raise NotUsable(startup.no_sim())

    async def registered(self) -> startup.Network:
        """Some modems stop looking for a network, and only a restart makes them look again."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SEARCH_S):
                    return await startup.register(self._engine, self._tell)
            if self._recovery.may_restart():
                await self.restart(f"no network accepted this SIM for {SEARCH_S / 60:g} minutes, so the modem "
                                   "was restarted; is the antenna on, and the SIM active and paid for?")

    async def restart(self, why: str) -> None:
        """By command, and this life is over."""
        await self._engine.command(self._dialect.hang_up[-1], timeout=10.0)
        raise NotUsable(why)
