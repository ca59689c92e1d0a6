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
        self.joined: BChannel | None = None
        self._in, self._out = bytearray(), bytearray()
        self.octets_in = self.dropped = self.idle = 0  # octets: received, surplus, sent as silence

    def received(self, octets: bytes) -> None:
        """From the line. As much goes back at once."""
        self.octets_in += len(octets)
        if self.joined:
            self.joined.offer(octets)
        self._to_audio(octets)
        out = bytes(self._out[: len(octets)])
        del self._out[: len(octets)]
        missing = len(octets) - len(out)
        self.idle += missing
        self._send(out + bytes((IDLE,)) * missing)

    def _to_audio(self, octets: bytes) -> None:
        if self.give is None:
            return self._in.clear()
        self._in += octets
        while len(self._in) >= FRAME:
            self.give(bytes(self._in[:FRAME]))
            del self._in[:FRAME]
        return None

    def offer(self, octets: bytes) -> None:
        """To the line, when it next takes some. What is more than 40 ms behind is dropped, the oldest first."""
        self._out += octets
        if (surplus := len(self._out) - HOLDS) > 0:
            self.dropped += surplus
            del self._out[:surplus]

    def heard(self, frame: bytes) -> None:
        """A frame from the audio process; while two channels are joined, theirs only."""
        if not self.joined:
            self.offer(frame)

    def join(self, other: BChannel) -> None:
        """Both directions go from channel to channel; each is still given to the audio process, which hears keys."""
        self.joined, other.joined = other, self

    def split(self) -> None:
        if self.joined:
            self.joined.joined = None
            self.joined = None
