"""A leg's voice on an ISDN port: packets of 160 octets of A-law, to and from the process that has the card."""

from __future__ import annotations

import os
import socket

from appliance.audio.device import DeviceGone
from appliance.audio.frame import FRAME_OCTETS
from appliance.audio.g711 import alaw_of, pcm_of


class SpanDevice:
    """Implements device.Device. `where` is PATH#LEG."""

    def __init__(self, where: str) -> None:
        path, _, leg = where.rpartition("#")
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._sock.connect(path)
            self._sock.send(leg.encode("ascii", "replace"))
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
        try:
            os.write(self.fd, alaw_of(frame))
        except OSError:
            return 0  # full, or gone: then reading tells of it
        return len(frame)

    def close(self) -> None:
        self._sock.close()
