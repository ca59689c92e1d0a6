"""A USB ISDN adapter with one HFC-S USB chip: its descriptors and endpoints. The host's driver is the kernel's own."""

from __future__ import annotations

import struct
from collections import deque

from tests.kernel.inside.chip import B_IN, B_OUT, D_IN, D_OUT, Chip
from tests.kernel.inside.usbip import CANCELLED, STALL, Cancel, Urb, Wire

INTERVAL = 4  # ms between two packets of an endpoint with an interrupt; the driver takes 2 and more
IN, OUT = (*B_IN, D_IN), (*B_OUT, D_OUT)
DEVICE = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0110, 0xFF, 0, 0, 64, 0x0959, 0x2BD0, 0x0100, 0, 0, 0, 1)
_ENDPOINTS = b"".join([struct.pack("<BBBBHB", 7, 5, 0x80 | endpoint, 3, 64, INTERVAL) for endpoint in IN]
                      + [struct.pack("<BBBBHB", 7, 5, endpoint, 1, 16, 1) for endpoint in OUT])
_INTERFACE = struct.pack("<9B", 9, 4, 0, 0, len(IN + OUT), 0xFF, 0, 0, 0)
CONFIGURATION = struct.pack("<BBHBBBBB", 9, 2, 9 + len(_INTERFACE + _ENDPOINTS), 1, 1, 0, 0x80, 50) + (
    _INTERFACE + _ENDPOINTS)
DESCRIPTORS = {1: DEVICE, 2: CONFIGURATION}


class Adapter:
    """At the device's end of a connection."""

    def __init__(self, wire: Wire) -> None:
        self.chip, self.wire = Chip(), wire
        self._wanted = {endpoint: deque[Urb]() for endpoint in (*IN, *OUT)}
        self._taken = dict.fromkeys(OUT, 0)  # packets of the first transfer that waits

    def readable(self) -> None:
        for told in self.wire.read():
            if isinstance(told, Cancel):
                self._cancel(told)
            elif told.endpoint == 0:
                self._control(told)
            else:
                self._wanted[told.endpoint].append(told)

    def _cancel(self, cancel: Cancel) -> None:
        for endpoint, waiting in self._wanted.items():
            for urb in waiting:
                if urb.number == cancel.urb:
                    if urb is waiting[0]:
                        self._taken[endpoint] = 0
                    waiting.remove(urb)
                    return self.wire.cancelled(cancel, CANCELLED)
        return self.wire.cancelled(cancel, 0)

    def _control(self, urb: Urb) -> None:
        kind, request, value, index, length = struct.unpack("<BBHHH", urb.setup)
        if (kind, request) == (0xC0, 1):
            self.wire.done(urb, bytes((self.chip.read(index),)))
        elif (kind, request) == (0x40, 0):
            self.chip.write(index, value)
            self.wire.done(urb)
        elif (kind, request) == (0x80, 6) and value >> 8 in DESCRIPTORS:
            self.wire.done(urb, DESCRIPTORS[value >> 8][:length])
        elif kind & 0x80:
            self.wire.done(urb, bytes(2)[:length]) if request == 0 else self.wire.done(urb, status=STALL)
        else:
            self.wire.done(urb)

    def millisecond(self) -> None:
        """One packet of each isochronous endpoint."""
        for endpoint in OUT:
            waiting = self._wanted[endpoint]
            if not waiting:
                continue
            urb = waiting[0]
            offset, size = urb.packets[self._taken[endpoint]]
            self.chip.out(endpoint, urb.data[offset : offset + size])
            self._taken[endpoint] += 1
            if self._taken[endpoint] == len(urb.packets):
                self._taken[endpoint] = 0
                self.wire.done(waiting.popleft())

    def interrupt(self) -> None:
        """A packet for each endpoint with an interrupt."""
        for endpoint in IN:
            if waiting := self._wanted[endpoint]:
                self.wire.done(waiting.popleft(), self.chip.packet(endpoint))
