"""A B channel's octets: cut into frames of 20 ms for the audio process, and as many sent as came in: the card is the
clock of its side."""

from __future__ import annotations

from collections.abc import Callable

FRAME = 160  # octets: 20 ms of A-law at 8 kHz
IDLE = 0xD5  # A-law silence
HOLDS = 2 * FRAME  # octets that wait to be sent at most: 40 ms


class BChannel:
    """One channel of one call. `give` gets whole frames of A-law; nothing is given before somebody listens."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self.give: Callable[[bytes], None] | None = None
        self.tone = b""  # A-law, over and over, in the place of what waits
        self._from: BChannel | None = None  # whose voice is sent here, past the audio process
        self._to: BChannel | None = None
        self._in, self._out = bytearray(), bytearray()
        self.octets_in = self.dropped = self.idle = 0  # octets: received, surplus, sent as silence

    @property
    def joined(self) -> bool:
        """Another channel is heard here."""
        return self._from is not None

    def hears(self, other: BChannel) -> bool:
        return self._from is other

    def received(self, octets: bytes) -> None:
        """From the line. As much goes back at once."""
        self.octets_in += len(octets)
        if self._to:
            self._to._offer(octets)
        self._to_audio(octets)
        if self.tone:
            return self._sing(len(octets))
        out = bytes(self._out[: len(octets)])
        del self._out[: len(octets)]
        missing = len(octets) - len(out)
        self.idle += missing
        self._send(out + bytes((IDLE,)) * missing)
        return None

    def _sing(self, count: int) -> None:
        while len(self.tone) < count:
            self.tone *= 2
        self._send(self.tone[:count])
        self.tone = self.tone[count:] + self.tone[:count]

    def _to_audio(self, octets: bytes) -> None:
        if self.give is None:
            return self._in.clear()
        self._in += octets
        while len(self._in) >= FRAME:
            self.give(bytes(self._in[:FRAME]))
            del self._in[:FRAME]
        return None

    def _offer(self, octets: bytes) -> None:
        """To the line, when it next takes some. What is more than 40 ms behind is dropped, the oldest first."""
        self._out += octets
        if (surplus := len(self._out) - HOLDS) > 0:
            self.dropped += surplus
            del self._out[:surplus]

    def heard(self, frame: bytes) -> None:
        """A frame from the audio process; while another channel is heard here, that one only."""
        if not self._from:
            self._offer(frame)

    def join(self, other: BChannel) -> None:
        """The other's voice is sent here. Each is still given to the audio process, which hears keys; a frame waits
        here, so that it can take back the one in which it hears one. What of the other is on its way to the audio
        process, as part of a frame, belongs behind what that gave us."""
        if other is self or self._from is other:
            return
        self._alone()
        if other._to:
            other._to._alone()
        self._from, other._to = other, self
        if len(self._out) < FRAME:
            self._out[:0] = bytes((IDLE,)) * (FRAME - len(self._out))
        self._offer(bytes(other._in))

    def take(self) -> None:
        """The audio process speaks here from now on, in the place of the other's last frame."""
        if self._from:
            last = FRAME + len(self._from._in)
            del self._out[max(0, len(self._out) - last) :]
            self._alone()

    def _alone(self) -> None:
        if self._from:
            self._from._to = None
            self._from = None

    def over(self) -> None:
        """The call ended: joined with nobody."""
        self._alone()
        if self._to:
            self._to._alone()
