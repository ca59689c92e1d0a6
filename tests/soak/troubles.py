"""What befalls a line of the soak now and then, each for a while: hung, unplugged, SIM busy, network lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

from appliance.rehearsal.world import World

EVERY_S, LASTS_S = (30.0, 150.0), (2.0, 90.0)  # s of the story from one to the next; s that one lasts
SEARCHING = 2  # of +CREG


class Troubles:
    """By the dice, one line at a time."""

    def __init__(self, world: World, dice: Random) -> None:
        self.world, self._dice = world, dice
        self.struck: Counter[str] = Counter()
        self.kinds: dict[str, tuple[Callable[[str], None], Callable[[str], None]]] = {
            "hung": (lambda name: world.modems[name].freeze(), lambda name: world.modems[name].thaw()),
            "unplugged": (lambda name: world.bank.unplug(f"/lab/{name}"),
                          lambda name: world.bank.plug(f"/lab/{name}", world.modems[name])),
            "SIM busy": (lambda name: self._sim_busy(name, True), lambda name: self._sim_busy(name, False)),
            "network lost": (lambda name: self._registered(name, SEARCHING), lambda name: self._registered(name, 1)),
        }

    def _sim_busy(self, name: str, busy: bool) -> None:
        self.world.modems[name].sim.busy = busy

    def _registered(self, name: str, stat: int) -> None:
        self.world.modems[name].sim.registration = stat

    @asynccontextmanager
    async def about(self) -> AsyncIterator[None]:
        """While it lasts; at the end all is well again."""
        task = asyncio.ensure_future(self._strike())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait((task,))

    async def _strike(self) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(*EVERY_S))
            kind, name = self._dice.choice(sorted(self.kinds)), self._dice.choice(sorted(self.world.modems))
            begin, end = self.kinds[kind]
            self.struck[kind] += 1
            begin(name)
            try:
                await asyncio.sleep(self._dice.uniform(*LASTS_S))
            finally:
                end(name)
