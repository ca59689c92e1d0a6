"""What the network is asked beside calls: by a person, or once by the line itself while nobody waits for its modem."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

from appliance.lines.gsm import services
from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.dialects import Dialect
from appliance.lines.gsm.ussd import Ussd
from appliance.lines.line import Forwarding, LineHealth, LineState, ServiceFailed

T = TypeVar("T")
DAY_S = 86400.0  # s between two questions for the SIM's balance
AGAIN_S, AGAIN_MOST_S = 60.0, 3600.0  # s until what was refused is asked again; twice as long each time
SETTLE_S = 20.0  # s after the start until the network is asked about the SIM: calls come first


class Host(Protocol):
    """The line for which errands are run."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> LineState: ...

    @property
    def busy(self) -> int: ...

    def know(self, state: LineState, *, tell: bool) -> None:
        """The line's state from now on; `tell`: whoever listens hears of it."""


class Errands:
    """USSD, forwarding, balance. Between `close` and `open` there is no modem to ask."""

    def __init__(self, line: Host, balance_code: str) -> None:
        self._line, self._balance_code = line, balance_code
        self._engine: AtEngine | None = None
        self._ussd: Ussd | None = None
        self.forget()

    def forget(self) -> None:
        """Another SIM: nothing that was told is true of it."""
        self._balance_from = self._forwarding_from = 0.0
        self._again_s = AGAIN_S

    def open(self, engine: AtEngine, dialect: Dialect) -> None:
        self._engine, self._ussd = engine, Ussd(engine, dialect.ussd)

    def close(self) -> None:
        self._engine = self._ussd = None

    def told(self, line: str) -> None:
        """A +CUSD line."""
        if self._ussd:
            self._ussd.told(line)

    async def ussd(self, code: str) -> str:
        """The network's text. ServiceFailed says why there is none."""
        return await self._modem()[1].ask(code)

    async def erase_forwarding(self) -> tuple[Forwarding, ...]:
        """What the network kept on all the same. ServiceFailed when it does not tell."""
        told = await services.erase_forwarding(self._modem()[0])
        self._line.know(replace(self._line.state, forwarding=told.known, forwarding_unknown=told.unknown), tell=False)
        if told.known is None:
            raise ServiceFailed(told.unknown)
        return told.known

    async def tend(self, work: Callable[[AtEngine, str], Awaitable[T]]) -> T:
        """Something about the modem itself, while nobody needs it; `work` gets its engine and its family's name.
        ServiceFailed says why not now."""
        return await work(self._modem()[0], self._line.state.dialect)

    async def idle(self) -> None:
        """What is asked once, or again where it was refused, when nobody waits for this modem."""
        engine, now = self._engine, asyncio.get_running_loop().time()
        asked = self._line.state.forwarding is not None and not self._line.state.forwarding_unknown
        if engine and not asked and now >= self._forwarding_from and not self._line.busy:
            await asyncio.sleep(SETTLE_S)
            await self._ask_forwarding(engine)
        now = asyncio.get_running_loop().time()
        if self._balance_code and now >= self._balance_from and not self._line.busy:
            self._balance_from = now + DAY_S
            await self._ask_balance()

    async def _ask_forwarding(self, engine: AtEngine) -> None:
        told, before = await services.ask_forwarding(engine), self._line.state.forwarding
        if told.unknown:
            self._forwarding_from = asyncio.get_running_loop().time() + self._again_s
            self._again_s = min(2 * self._again_s, AGAIN_MOST_S)
        known = replace(self._line.state, forwarding=told.known, forwarding_unknown=told.unknown)
        self._line.know(known, tell=bool(told.found) and told.found != before)

    async def _ask_balance(self) -> None:
        try:
            told = await self.ussd(self._balance_code)
        except ServiceFailed as why:
            told = f"not told: {why}"
        self._line.know(replace(self._line.state, balance=told), tell=True)

    def _modem(self) -> tuple[AtEngine, Ussd]:
        line = self._line
        if self._engine is None or self._ussd is None or line.state.health is not LineHealth.READY:
            raise ServiceFailed(f"{line.name} is not ready: {line.state.why or line.state.health}")
        if line.busy:
            raise ServiceFailed(f"{line.name} is in a call; try again when it is over")
        return self._engine, self._ussd
