"""Is the modem alive in mid-call? Dead is one that neither answers nor gives voice; a slow answer ends no talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.audio.client import Audio, PortStatistics

STALL_S = 1.2  # s without an answer, and without one octet of voice, until the modem counts as hung


class Pulse:
    """`asked` when the call list is asked, `answered` when it came; in between the octets of the port are compared."""

    def __init__(self, audio: Audio, port: str, dead: Callable[[], None]) -> None:
        self._audio, self._port, self._dead = audio, port, dead
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._octets: int | None = None
        self._suspect = False

    def asked(self) -> None:
        self.answered()
        self._timer = self._loop.call_later(STALL_S, self._stalled)
        self._audio.statistics(self._port)

    def answered(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer, self._octets, self._suspect = None, None, False

    def _stalled(self) -> None:
        self._suspect = True
        self._audio.statistics(self._port)

    def heard(self, statistics: PortStatistics) -> None:
        """What the audio process counted on this port."""
        if self._timer is None or statistics.port != self._port:
            return
        if self._octets is None:
            self._octets = statistics.octets_in
        elif self._suspect and statistics.octets_in == self._octets:
            self.answered()
            self._dead()
        elif self._suspect:  # voice goes on: it only answers late
            self._octets, self._suspect = statistics.octets_in, False
            self._timer = self._loop.call_later(STALL_S, self._stalled)
