"""The network's end of a port: libpri as an exchange, over the kernel's other port. Its clock is the card's; l1oip has
none, so there each open channel gets 160 octets every 20 ms, or nothing would ever flow."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from appliance.lab.ticker import Ticker
from appliance.lines.isdn import reports
from appliance.lines.isdn.bchannel import FRAME
from appliance.lines.isdn.controller import Controller
from appliance.lines.isdn.misdn import open_misdn
from appliance.lines.isdn.numbers import INTERNATIONAL
from appliance.lines.isdn.signalling import Party
from appliance.lines.isdn.spansettings import NT, PTMP
from appliance.lines.isdn.transport import Ears
from tests.kernel.inside.voice import LONGEST_S, Voice

BY_NETWORK = 0x03  # who vouches for the caller's number; Q.931 § 4.5.10
R = TypeVar("R", bound=reports.Report)


class Far:
    """Opens the port at once. `slower`: how many times slower than 20 ms its clock is; the box follows any. `cards`: a
    port with a clock of its own."""

    def __init__(self, port: int, layout: str, slower: int = 1, cards: bool = False) -> None:
        self.voices: dict[int, Voice] = {}
        self._owed: dict[int, int] | None = {} if cards else None  # octets that came since a frame went out
        self._reports: asyncio.Queue[reports.Report] = asyncio.Queue()
        self._passed: list[reports.Report] = []
        self._controller: Controller | None = None
        self._transport = open_misdn(str(port), layout, NT, Ears(self._d_in, self._b_in, lambda up: None, self._lost))
        self.signalling = self._controller = Controller(layout, NT, self._transport.send_d, self._reports.put_nowait,
                                                        asyncio.get_running_loop().time)
        for timer in ("T312", "T303") if layout == PTMP else ():
            self.signalling.set_timer(timer, 1.0)  # else it reports busy after 4 s and more
        self._ticker = Ticker(self._tick, ppm=1e6 / slower - 1e6)
        if not cards:
            self._ticker.start()

    def _d_in(self, frame: bytes) -> None:
        if self._controller:
            self._controller.received(frame)

    def _b_in(self, channel: int, octets: bytes) -> None:
        self.voices[channel].hear(octets)
        if self._owed is not None:
            frames, self._owed[channel] = divmod(self._owed.get(channel, 0) + len(octets), FRAME)
            for _ in range(frames):
                self._transport.send_b(channel, self.voices[channel].next())

    def _lost(self, why: str) -> None:
        raise AssertionError(f"the exchange lost its port: {why}")

    def _tick(self) -> None:
        for channel, voice in self.voices.items():
            self._transport.send_b(channel, voice.next())

    async def next(self, kind: type[R], call: int = 0) -> R:
        """The next report of that kind, of that call when one is named; others are kept for later."""
        async with asyncio.timeout(LONGEST_S):
            while True:
                for report in self._passed:
                    if isinstance(report, kind) and call in (0, getattr(report, "call", 0)):
                        self._passed.remove(report)
                        return report
                self._passed.append(await self._reports.get())

    def calls(self, number: str, caller: str, channel: int) -> int:
        """An incoming call for the box; the call's number."""
        return self.signalling.setup(channel, number, INTERNATIONAL, Party(caller, INTERNATIONAL, BY_NETWORK),
                                     exclusive=True, complete=True)

    def answers(self, setup: reports.Setup) -> Voice:
        self.signalling.proceeding(setup.call, setup.channel)
        self.signalling.answer(setup.call, setup.channel)
        return self.opens(setup.channel)

    def opens(self, channel: int) -> Voice:
        self._transport.open_b(channel)
        return self.voices.setdefault(channel, Voice())

    def shuts(self, channel: int) -> None:
        self._transport.close_b(channel)
        del self.voices[channel]

    def close(self) -> None:
        self._ticker.stop()
        self.signalling.close()
        self._transport.close()
