"""The D channel of a port of the kernel's mISDN."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from appliance.lines.isdn.misdnsocket import (
    ACTIVATE,
    ACTIVATED,
    DATA,
    DATA_IN,
    DEACTIVATED,
    INFORMATION,
    Socket,
    message,
    receive,
    rests,
)
from appliance.lines.isdn.transport import Ears
from appliance.lines.isdn.wake import Sleeper


class DChannel:
    """Over a bound socket. Layer 1 counts as resting until the kernel says that it is up."""

    def __init__(self, sock: Socket, ears: Ears) -> None:
        self._sock, self._ears = sock, ears
        self._sleeper = Sleeper(False, partial(self._write, DATA), partial(self._write, ACTIVATE))

    def send(self, frame: bytes) -> None:
        self._sleeper.frame(frame)

    def _write(self, primitive: int, payload: bytes = b"") -> None:
        with suppress(OSError):  # full, or gone: the look at the card tells
            self._sock.send(message(primitive, payload))

    def read(self) -> bool:
        """One message, if there is one. False when the card is gone."""
        received = receive(self._sock)
        if received is None:
            return False
        primitive, payload = received
        if primitive == DATA_IN:
            self._ears.d(payload)
        elif primitive == ACTIVATED:
            self._layer1(True)
        elif primitive == DEACTIVATED or (primitive == INFORMATION and rests(payload)):
            self._layer1(False)
        return True  # others are for somebody else: a socket here also hears copies of what it sends

    def _layer1(self, up: bool) -> None:
        self._sleeper.layer1(up)
        self._ears.layer1(up)

    def close(self) -> None:
        self._sleeper.close()
        self._sock.close()
