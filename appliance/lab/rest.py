"""How an exchange puts an idle bus to rest, as providers' do: layer 2 is released (DISC, Q.921 § 5.5.3), then layer 1
goes down. libpri never does either, so both of its ends are told so by the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

REST_S = 15.0  # s without a call until an exchange lets its bus rest; providers' take 10 to 30
RELEASE_S = 0.1  # s for both ends to agree
EVERYBODY = 127  # TEI of broadcasts
SUPERVISORY = 1  # the lowest two bits of the control octet; Q.921 § 3.4
DISC, UA = 0x53, 0x73  # control octets, with the poll or final bit; § 3.6
COMMAND_OUT, COMMAND_IN = 0x02, 0x00  # first octet: SAPI 0, a command of the network's, of a terminal's; § 3.3.2


class Rest:
    """One port's. `to_box` and `to_exchange` take frames; `down` ends layer 1; `busy`: there are calls."""

    def __init__(
        self, to_box: Callable[[bytes], None], to_exchange: Callable[[bytes], None], down: Callable[[], None],
        busy: Callable[[], bool],
    ) -> None:
        self._to_box, self._to_exchange, self._down, self._busy = to_box, to_exchange, down, busy
        self._loop = asyncio.get_running_loop()
        self._teis: set[int] = set()
        self._releasing = False
        self._timer = self._loop.call_later(REST_S, self._idle)

    def moved(self) -> None:
        """Somebody has to say something."""
        self._releasing = False
        self._timer.cancel()
        self._timer = self._loop.call_later(REST_S, self._idle)

    def passes(self, frame: bytes) -> bool:
        """A frame of either side. False for one that only agrees to the rest."""
        if len(frame) < 3:
            return True
        if self._releasing and frame[2] == UA:
            return False
        if frame[1] >> 1 != EVERYBODY:
            self._teis.add(frame[1] >> 1)
        if frame[2] & 3 != SUPERVISORY:  # these two look whether the other is there
            self.moved()
        return True

    def _idle(self) -> None:
        if self._busy():
            return self.moved()
        self._releasing = True
        for tei in self._teis:
            self._to_box(bytes((COMMAND_OUT, tei << 1 | 1, DISC)))
            self._to_exchange(bytes((COMMAND_IN, tei << 1 | 1, DISC)))
        self._teis.clear()
        self._timer = self._loop.call_later(RELEASE_S, self._released)
        return None

    def _released(self) -> None:
        self._releasing = False
        self._down()

    def close(self) -> None:
        self._timer.cancel()
