"""The transport of real cards: a port of the kernel's mISDN, "misdn:0" for the first one."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from appliance.lines.isdn.misdnb import BSocket
from appliance.lines.isdn.misdnd import DChannel
from appliance.lines.isdn.misdnprobe import open_d, protocol_of
from appliance.lines.isdn.misdnsocket import B_RAW, KernelSocket, MakeSocket, Socket, address
from appliance.lines.isdn.transport import Ears, Transport, TransportError

LOOK_S = 1.0  # s between two looks whether the card is there: one that is pulled out wakes nobody
GONE = "the ISDN card is gone; plug it in"


class Misdn:
    """Implements transport.Transport over a bound D channel socket."""

    def __init__(self, number: int, d: Socket, ears: Ears, make: MakeSocket) -> None:
        self._number, self._ears, self._make = number, ears, make
        self._loop = asyncio.get_running_loop()
        self._d, self._d_fd = DChannel(d, ears), d.fileno()
        self._b: dict[int, BSocket | None] = {}  # None: wanted, and not to be had yet
        self._closed = False
        self._loop.add_reader(self._d_fd, self._d_readable)
        self._look = self._loop.call_later(LOOK_S, self._looked)
        ears.layer1(False)

    def send_d(self, frame: bytes) -> None:
        if not self._closed:
            self._d.send(frame)

    def send_b(self, channel: int, octets: bytes) -> None:
        if sock := self._b.get(channel):
            sock.send(octets)

    def open_b(self, channel: int) -> None:
        if not self._closed and self._b.get(channel) is None:
            self._b[channel] = self._b_socket(channel)

    def _b_socket(self, channel: int) -> BSocket | None:
        """None when it is not to be had: tried again at each look. Till then the call is silent, and that is told."""
        sock: Socket | None = None
        try:
            sock = self._make(B_RAW)
            sock.bind(address(self._number, channel))
        except OSError as error:
            if sock:
                sock.close()
            if channel not in self._b:
                print(f"isdn: misdn:{self._number}: channel {channel} does not open: {error.strerror}", file=sys.stderr)
            return None
        opened = BSocket(sock, channel, partial(self._ears.b, channel))
        self._loop.add_reader(opened.fileno(), self._b_readable, channel, opened)
        return opened

    def close_b(self, channel: int) -> None:
        if sock := self._b.pop(channel, None):
            self._loop.remove_reader(sock.fileno())
            sock.close()

    def _d_readable(self) -> None:
        if not self._d.read():
            self._lost()

    def _b_readable(self, channel: int, sock: BSocket) -> None:
        if not sock.read() and self._b.get(channel) is sock:
            self.close_b(channel)
            self._b[channel] = None

    def _looked(self) -> None:
        self._look = self._loop.call_later(LOOK_S, self._looked)
        if not self._d.read():
            return self._lost()
        for channel, sock in list(self._b.items()):
            if sock:
                sock.tend()
            else:
                self.open_b(channel)
        return None

    def _lost(self) -> None:
        if not self._closed:
            self.close()
            self._ears.lost(GONE)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._look.cancel()
        self._loop.remove_reader(self._d_fd)
        self._d.close()
        for channel in list(self._b):
            self.close_b(channel)


def open_misdn(port: str, layout: str, side: str, ears: Ears, make: MakeSocket = KernelSocket) -> Transport:
    """`port` is the kernel's number of the port, as text; `layout` and `side` as SpanSettings'."""
    if not port.isdecimal():
        raise TransportError(f"misdn:{port} is no port of the kernel; write misdn:0 for its first one")
    return Misdn(int(port), open_d(int(port), protocol_of(layout, side), make), ears, make)
