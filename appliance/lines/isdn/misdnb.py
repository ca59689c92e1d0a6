"""A B channel of a port of the kernel's mISDN, where the first bit of the line is the lowest one of an octet.

The kernel keeps one frame in the card and one that waits, and confirms the one when it moves to the card. A second one
that waits is refused, and lost (measured on hfcsusb: 565 of them in 5 s): so only one is ever unconfirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from appliance.lines.isdn.misdnsocket import (
    ACTIVATE,
    ACTIVATED,
    DATA,
    DATA_IN,
    DATA_SENT,
    DEACTIVATED,
    FILL_EMPTY,
    Socket,
    control,
    message,
    receive,
)

FLIP = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
PIECE = 160  # octets of a message at most: 20 ms
HOLDS = 2 * PIECE  # octets that wait at most: 40 ms
IDLE = 0xD5  # A-law silence
FORGOTTEN = 8000  # octets, 1 s, dropped for want of a confirmation: it never comes any more


class BSocket:
    """Over a socket bound to the channel. `hear` gets A-law octets, most significant bit first."""

    def __init__(self, sock: Socket, channel: int, hear: Callable[[bytes], None]) -> None:
        self._sock, self._channel, self._hear = sock, channel, hear
        self._out = bytearray()
        self._active = self._unconfirmed = False
        self._dropped = 0  # octets since the last confirmation
        self._number = 0
        self.tend()

    def tend(self) -> None:
        """Asks for the channel, as long as the kernel has not given it."""
        if not self._active:
            self._write(ACTIVATE)

    def send(self, octets: bytes) -> None:
        """What is more than 40 ms behind is dropped, the oldest first."""
        self._out += octets.translate(FLIP)
        surplus = len(self._out) - max(HOLDS, len(octets))
        if surplus > 0:
            del self._out[:surplus]
            self._dropped += surplus
        if self._dropped >= FORGOTTEN:
            self._confirmed()
        self._push()

    def _push(self) -> None:
        if not self._active or self._unconfirmed or not self._out:
            return
        piece = bytes(self._out[:PIECE])
        del self._out[:PIECE]
        self._number = self._number % 0x7FFF + 1
        self._unconfirmed = self._write(DATA, piece)

    def _confirmed(self) -> None:
        self._unconfirmed, self._dropped = False, 0

    def _write(self, primitive: int, payload: bytes = b"") -> bool:
        with suppress(OSError):  # refused, or gone: the look at the card tells
            self._sock.send(message(primitive, payload, self._number))
            return True
        return False

    def read(self) -> bool:
        """One message, if there is one. False when the card is gone."""
        received = receive(self._sock)
        if received is None:
            return False
        primitive, payload = received
        if primitive == DATA_IN:
            self._hear(payload.translate(FLIP))
        elif primitive == DATA_SENT:
            self._confirmed()
            self._push()
        elif primitive == ACTIVATED:
            self._begin()
        elif primitive == DEACTIVATED:
            self._active = self._unconfirmed = False
        return True

    def _begin(self) -> None:
        self._active, self._unconfirmed = True, False
        with suppress(OSError):  # not every card can
            control(self._sock, FILL_EMPTY, self._channel, 1, FLIP[IDLE])
        self._push()

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()
