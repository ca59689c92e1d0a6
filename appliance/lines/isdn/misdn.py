"""The transport of real cards: a port of the kernel's mISDN, "misdn:0" for the first one."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from appliance.lines.isdn.misdnb import BSocket
from appliance.lines.isdn.misdnd import DChannel
from appliance.lines.isdn.misdndsp import DspSocket
from appliance.lines.isdn.misdnprobe import open_d, protocol_of
from appliance.lines.isdn.misdnsocket import B_DSP, B_RAW, KernelSocket, MakeSocket, Socket, address
from appliance.lines.isdn.transport import Ears, Transport, TransportError

LOOK_S = 1.0  # s between two looks whether the card is there: one that is pulled out wakes nobody
GONE = "the ISDN card is gone; plug it in"


class Misdn:
    """Implements transport.Transport over a bound D channel socket."""

    def __init__(self, number: int, d: Socket, ears: Ears, make: MakeSocket) -> None:
        self._number, self._ears, self._make = number, ears, make
        self._loop = asyncio.get_running_loop()
        self._d, self._d_fd = DChannel(d, ears), d.fileno()
        self._b: dict[int, BSocket | DspSocket | None] = {}  # None: wanted, and not to be had yet
        self._joined: dict[int, int] = {}  # channels in conferences, and with whom
        self._can_join = True  # not tried yet, or the kernel has a signal processor
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
        try:
            opened = BSocket(self._bound(B_RAW, channel), channel, partial(self._ears.b, channel))
        except OSError as error:
            if channel not in self._b:
                self._say(f"channel {channel} does not open: {error.strerror}")
            return None
        self._loop.add_reader(opened.fileno(), self._b_readable, channel, opened)
        return opened

    def _bound(self, protocol: int, channel: int) -> Socket:
        sock = self._make(protocol)
        try:
            sock.bind(address(self._number, channel))
        except OSError:
            sock.close()
            raise
        return sock

    def _say(self, text: str) -> None:
        print(f"isdn: misdn:{self._number}: {text}", file=sys.stderr)

    def join(self, one: int, two: int) -> None:
        """By a conference. A channel has one socket: it is opened anew, and a few hundredths of a second are lost."""
        if self._closed or not self._can_join or not (self._b.get(one) and self._b.get(two)):
            return
        for channel in (one, two):
            self.split(channel)
            self.close_b(channel)
        conference = self._number << 8 | min(one, two)  # its number is one for all programs
        self._joined |= {one: two, two: one}
        try:
            for channel in (one, two):
                opened = DspSocket(self._bound(B_DSP, channel), conference, partial(self._ears.b, channel))
                self._b[channel] = opened
                self._loop.add_reader(opened.fileno(), self._b_readable, channel, opened)
        except OSError as error:
            self._can_join = False
            self._say(f"the kernel joins no channels ({error.strerror}; is mISDN_dsp there?), so it is done here")
            self.split(one)

    def split(self, channel: int) -> None:
        other = self._joined.pop(channel, 0)
        if other:
            del self._joined[other]
            for each in (channel, other):
                self.close_b(each)
                self.open_b(each)

    def close_b(self, channel: int) -> None:
        self.split(channel)
        if sock := self._b.pop(channel, None):
            self._loop.remove_reader(sock.fileno())
            sock.close()

    def _d_readable(self) -> None:
        if not self._d.read():
            self._lost()

    def _b_readable(self, channel: int, sock: BSocket | DspSocket) -> None:
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
        self._joined.clear()
        for channel in list(self._b):
            self.close_b(channel)


def open_misdn(port: str, layout: str, side: str, ears: Ears, make: MakeSocket = KernelSocket) -> Transport:
    """`port` is the kernel's number of the port, as text; `layout` and `side` as SpanSettings'."""
    if not port.isdecimal():
        raise TransportError(f"misdn:{port} is no port of the kernel; write misdn:0 for its first one")
    return Misdn(int(port), open_d(int(port), protocol_of(layout, side), make), ears, make)
