"""The D channel of a port of the kernel's mISDN. On an idle S0 layer 1 rests: it is woken by the next frame."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from appliance.lines.isdn.misdnsocket import (
    ACTIVATE,
    ACTIVATED,
    DATA,
    DATA_IN,
    DEACTIVATED,
    LONGEST,
    Socket,
    message,
    split,
)
from appliance.lines.isdn.transport import Ears

T3_S = 7.0  # s for layer 1 to wake, as the kernel's timer T3; I.430 § 6.2.6.1 says 30 at most
HELD = 32  # frames that wait for layer 1; layer 2 says everything again that is lost


class DChannel:
    """Over a bound socket. Layer 1 counts as resting until the kernel says that it is up."""

    def __init__(self, sock: Socket, ears: Ears) -> None:
        self._sock, self._ears = sock, ears
        self._loop = asyncio.get_running_loop()
        self._up = False
        self._held: list[bytes] = []
        self._waking: asyncio.TimerHandle | None = None

    def send(self, frame: bytes) -> None:
        """Now, or when layer 1 is up; not at all when that takes longer than T3."""
        if self._up:
            return self._write(DATA, frame)
        self._held = [*self._held, frame][-HELD:]
        if self._waking is None:
            self._waking = self._loop.call_later(T3_S, self._asleep)
            self._write(ACTIVATE)
        return None

    def _asleep(self) -> None:
        self._waking = None
        self._held.clear()

    def _write(self, primitive: int, payload: bytes = b"") -> None:
        with suppress(OSError):  # full, or gone: the look at the card tells
            self._sock.send(message(primitive, payload))

    def read(self) -> bool:
        """One message, if there is one. False when the card is gone."""
        try:
            octets = self._sock.recv(LONGEST)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not octets:
            return False
        primitive, _, payload = split(octets)
        if primitive == DATA_IN:
            self._ears.d(payload)
        elif primitive in (ACTIVATED, DEACTIVATED):
            self._layer1(primitive == ACTIVATED)
        return True  # others are for somebody else: a socket here also hears copies of what it sends

    def _layer1(self, up: bool) -> None:
        self._up = up
        if up:
            if self._waking:
                self._waking.cancel()
                self._waking = None
            held, self._held = self._held, []
            for frame in held:
                self._write(DATA, frame)
        self._ears.layer1(up)

    def close(self) -> None:
        if self._waking:
            self._waking.cancel()
        self._sock.close()
