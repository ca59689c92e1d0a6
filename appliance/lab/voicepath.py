"""A modem's audio port: what it gives and what it takes, at this modem's own pace."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

from appliance.audio.frame import FRAME_OCTETS, SILENCE
from appliance.lab.ailing import AudioHealth
from appliance.lab.ticker import Ticker
from appliance.lab.touchtone import TouchTone

HOLDS = 50 * FRAME_OCTETS  # octets that it takes before the oldest are lost
HEARD = 4 * FRAME_OCTETS  # the same of what comes from the air
PHASE_S = 2e-6  # s, of a modem's own clock: its crystal's beat is nobody else's


def phase_s(number: str) -> float:
    """s by which the clock of the modem with this SIM is later than a whole tick; always the same for it."""
    return (1 + crc32(number.encode()) % 997) * PHASE_S


class VoicePath:
    """`card`: a sound card, which streams while it is open, whatever the modem does. `send`: a frame leaves for the
    air. `ppm`: how much faster its clock is. `late_s`: as of Ticker."""

    def __init__(self, card: bool, send: Callable[[bytes], None], ppm: float = 0.0, late_s: float = 0.0) -> None:
        self.give: Callable[[bytes], None] = lambda data: None  # to whoever opened the audio port
        self.health, self.tones = AudioHealth(), TouchTone()
        self._card, self._send = card, send
        self._ticker = Ticker(self._tick, ppm, late_s)
        self._from_air, self._to_air = bytearray(), bytearray()
        self._opened = self._talking = self.frozen = False
        self.stalled = self.late = False  # gives and plays nothing; gives nothing yet
        self.paused = False  # said that it wants nothing
        self.unwanted = 0  # octets that came while it was paused
        self.starved = 0  # ticks at which it had nothing to say
        self._backlog = bytearray()

    def opened(self, start_command: str, stale: int) -> None:
        """Somebody opened the audio port: what the last call left behind comes first."""
        self._opened = True
        self.health.opened(start_command)
        if stale:
            self.give(b"\x55" * stale)
        self._pace()

    def closed(self) -> None:
        self._opened = False
        self._backlog.clear()
        self.give = lambda data: None
        self._pace()

    def talks(self, talking: bool) -> None:
        """Whether voices come and go over the air."""
        if talking is not self._talking:
            self._from_air[:] = SILENCE if talking else b""  # two clocks: one frame in hand
        self._talking = talking
        self._pace()

    def heard(self, frame: bytes) -> None:
        """From the air."""
        self._from_air += frame
        del self._from_air[:-HEARD]

    def received(self, data: bytes) -> None:
        """What the box wrote: it leaves at this modem's own pace."""
        if self.paused:
            self.unwanted += len(data)
            return
        self._to_air += data
        del self._to_air[:-HOLDS]

    @property
    def waiting(self) -> int:
        """Octets that the box wrote and that have not left yet: the delay that they will have."""
        return len(self._to_air)

    def _pace(self) -> None:
        if self._talking or (self._card and self._opened):
            self._ticker.start()
        else:
            self._ticker.stop()
            self._to_air.clear()

    def _tick(self) -> None:
        if self.stalled or (self.frozen and not self._card):
            return
        frame = bytes(self._from_air[:FRAME_OCTETS])
        del self._from_air[:FRAME_OCTETS]
        self._backlog += self.health.given((not self.frozen and frame) or SILENCE)
        if self._backlog and not self.late:
            given = bytes(self._backlog)
            self._backlog.clear()
            self.give(given)
        out = bytes(self._to_air[:FRAME_OCTETS])
        del self._to_air[:FRAME_OCTETS]
        self.starved += not out
        if self._talking and not self.frozen:
            self._send(self.tones.instead_of(out + bytes(FRAME_OCTETS - len(out))))
