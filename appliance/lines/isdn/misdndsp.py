"""A B channel in a conference of the kernel's signal processor, mISDN_dsp: two of one card hear each other, no frame
comes through us. What comes in is still told, so that keys are heard; include/linux/mISDNdsp.h."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress

from appliance.lines.isdn.misdnb import FLIP
from appliance.lines.isdn.misdnsocket import (
    CONTROL,
    DSP_DATA_IN,
    ESTABLISH,
    ESTABLISHED,
    Socket,
    message,
    receive,
)

CONF_JOIN, CONF_SPLIT = 0x2403, 0x2404  # DSP_CONF_JOIN, with the conference's number, not 0; DSP_CONF_SPLIT


class DspSocket:
    """Over a socket bound to the channel with protocol L2DSP. `hear` as misdnb.BSocket's."""

    def __init__(self, sock: Socket, conference: int, hear: Callable[[bytes], None]) -> None:
        self._sock, self._conference, self._hear = sock, conference, hear
        self._established = False
        self.tend()

    def tend(self) -> None:
        """Asks for the channel, as long as the kernel has not given it."""
        if not self._established:
            self._write(ESTABLISH)

    def send(self, octets: bytes) -> None:
        """Nobody: it would be mixed with the other's voice."""

    def _write(self, primitive: int, payload: bytes = b"") -> None:
        with suppress(OSError):  # gone: the look at the card tells
            self._sock.send(message(primitive, payload))

    def read(self) -> bool:
        """One message, if there is one. False when the card is gone."""
        received = receive(self._sock)
        if received is None:
            return False
        primitive, payload = received
        if primitive == DSP_DATA_IN:
            self._hear(payload.translate(FLIP))
        elif primitive == ESTABLISHED and not self._established:
            self._established = True
            self._write(CONTROL, struct.pack("=iI", CONF_JOIN, self._conference))
        return True

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._write(CONTROL, struct.pack("=i", CONF_SPLIT))
        self._sock.close()
