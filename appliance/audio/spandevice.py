"""A leg's voice on an ISDN port: packets of 160 octets of A-law, to and from the process that has the card; a few more
or less where the other leg has a clock of its own. Short packets are orders: see lines.isdn.serve."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from appliance.audio.device import DeviceGone
from appliance.audio.frame import FRAME_OCTETS
from appliance.audio.g711 import alaw_of, pcm_of


class SpanDevice:
    """Implements device.Device and shortcut.Shortcut. `where` is PATH#LEG."""

    def __init__(self, where: str) -> None:
        self.card, _, self.leg = where.rpartition("#")
        self._joined = False
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._sock.connect(self.card)
            self._sock.send(self.leg.encode("ascii", "replace"))
        except OSError:
            self._sock.close()
            raise
        self._sock.setblocking(False)
        self.fd = self._sock.fileno()

    def read(self) -> bytes:
        try:
            packet = os.read(self.fd, FRAME_OCTETS)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise DeviceGone(error.strerror or str(error)) from error
        if not packet:
            raise DeviceGone("the leg is over")
        return pcm_of(packet)

    def write(self, frame: bytes) -> int:
        if self._joined:
            return len(frame)
        try:
            os.write(self.fd, alaw_of(frame))
        except OSError:
            return 0  # full, or gone: then reading tells of it
        return len(frame)

    def join(self, leg: str, *, untouched: bool) -> None:
        with suppress(OSError):
            os.write(self.fd, (b"pass " if untouched else b"join ") + leg.encode("ascii", "replace"))
            self._joined = True

    def take(self) -> None:
        """The socket is full only when the card's process sleeps; then nothing is heard either way."""
        self._joined = False
        with suppress(OSError):
            os.write(self.fd, b"take")

    def close(self) -> None:
        self._sock.close()
