"""The kernel's mISDN, as its sockets behave (measured on hfcsusb and l1oip): real descriptors, so that a loop can wait
for them; what drivers say and refuse is written here."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable

from appliance.lines.isdn.misdndsp import CONF_JOIN, CONF_SPLIT
from appliance.lines.isdn.misdnsocket import (
    ACTIVATE,
    ACTIVATED,
    AF_ISDN,
    B_DSP,
    B_RAW,
    CONTROL,
    CONTROL_REQUEST,
    DATA,
    DATA_IN,
    DATA_SENT,
    DEACTIVATED,
    DSP_DATA_IN,
    ESTABLISH,
    ESTABLISHED,
    FILL_EMPTY,
    GET_DEVICE,
    NT_E1,
    NT_S0,
    TE_E1,
    TE_S0,
    message,
    split,
)

BRI, PRI = 1 << TE_S0 | 1 << NT_S0, 1 << TE_E1 | 1 << NT_E1


def refuse(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class FakeSocket:
    """Implements misdnsocket.Socket. Everything that was sent is in `sent`."""

    def __init__(self, kernel: FakeKernel, protocol: int) -> None:
        self._kernel, self.protocol = kernel, protocol
        self._near, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._near.setblocking(False)
        self.device, self.channel = -1, 0
        self.sent: list[tuple[int, bytes]] = []
        self.controls: list[tuple[int, ...]] = []
        self.waiting: bytes | None = None  # a B channel's frame behind the one in the card
        self.closed = False

    def fileno(self) -> int:
        return self._near.fileno()

    def bind(self, address: bytes) -> None:
        if len(address) != 6:
            raise refuse(errno.EINVAL)
        family, self.device, self.channel, _, _ = struct.unpack("=HBBBB", address)
        assert family == AF_ISDN
        self._kernel.bound(self)

    def ioctl(self, request: int, argument: bytearray) -> None:
        if request == GET_DEVICE:
            (number,) = struct.unpack_from("=I", argument)
            if number not in self._kernel.devices:
                raise refuse(errno.ENODEV)
            protocols, name = self._kernel.devices[number]
            struct.pack_into("=IIII16sI20s", argument, 0, number, protocols, 0, 0, b"", 2, name.encode())
        else:
            assert request == CONTROL_REQUEST
            asked = struct.unpack_from("=4i", argument)
            if asked[0]:
                self.controls.append(asked)
            else:
                struct.pack_into("=i", argument, 0, self._kernel.operations)

    def send(self, octets: bytes, /) -> int:
        if self.device < 0 or self._kernel.pulled:
            raise refuse(errno.EBADFD)
        primitive, _, payload = split(octets)
        self._kernel.sent(self, primitive, payload)
        self.sent.append((primitive, payload))
        return len(octets)

    def recv(self, size: int, /) -> bytes:
        if self._kernel.pulled:
            return b""
        octets = self._near.recv(size, socket.MSG_PEEK | socket.MSG_TRUNC)
        if len(octets) > size:
            raise refuse(errno.ENOSPC)
        return self._near.recv(size)

    def close(self) -> None:
        self.closed = True
        self._near.close()
        self._far.close()

    def give(self, primitive: int, payload: bytes = b"") -> None:
        """To whoever reads this socket."""
        if not self.closed:
            self._far.send(message(primitive, payload))


class FakeKernel:
    """`make` is a misdnsocket.MakeSocket. `devices`: mask of D protocols and name, by number."""

    def __init__(self, devices: dict[int, tuple[int, str]] | None = None) -> None:
        self.devices = {0: (BRI, "hfcs-usb.1")} if devices is None else devices
        self.sockets: list[FakeSocket] = []
        self.pulled = False
        self.awake = True  # the exchange answers a wake-up
        self.up = False  # layer 1
        self.refused = 0  # frames of B channels, for want of room
        self.missing = self.busy = self.no_dsp = 0  # errno of socket(), of bind(), of bind() for a conference
        self.operations = FILL_EMPTY  # that the card's driver knows
        self.conferences: dict[int, int] = {}  # of the signal processor, by channel
        self.d_out: Callable[[bytes], None] = lambda frame: None
        self.b_out: Callable[[int, bytes], None] = lambda channel, octets: None
        self.wake: Callable[[], None] = lambda: self.layer1(True)

    def make(self, protocol: int) -> FakeSocket:
        if self.missing:
            raise refuse(self.missing)
        self.sockets.append(FakeSocket(self, protocol))
        return self.sockets[-1]

    def bound(self, sock: FakeSocket) -> None:
        if self.busy:
            raise refuse(self.busy)
        if sock.device not in self.devices:
            raise refuse(errno.ENODEV)
        if self.no_dsp and sock.protocol == B_DSP:
            raise refuse(self.no_dsp)
        twin = [other for other in self._open() if other is not sock and min(sock.protocol, other.protocol) >= B_RAW
                and (other.device, other.channel) == (sock.device, sock.channel)]
        if twin:
            raise refuse(errno.EBUSY)

    def _open(self) -> list[FakeSocket]:
        return [sock for sock in self.sockets if not sock.closed]

    @property
    def d(self) -> FakeSocket:
        return next(sock for sock in self._open() if sock.protocol < B_RAW)

    def opened(self, channel: int) -> FakeSocket | None:
        return next((sock for sock in self._open() if sock.protocol >= B_RAW and sock.channel == channel), None)

    def b(self, channel: int) -> FakeSocket:
        sock = self.opened(channel)
        assert sock
        return sock

    def sent(self, sock: FakeSocket, primitive: int, payload: bytes) -> None:
        if sock.protocol == B_DSP:
            return self._dsp_sent(sock, primitive, payload)
        if sock.protocol >= B_RAW:
            return self._b_sent(sock, primitive, payload)
        sock.give(primitive, payload)  # a D channel's socket hears itself
        if primitive == ACTIVATE and self.awake:
            self.wake()
        elif primitive == DATA and self.up:
            self.d_out(payload)
        return None

    def _b_sent(self, sock: FakeSocket, primitive: int, payload: bytes) -> None:
        if primitive == ACTIVATE:
            sock.give(ACTIVATED)
        elif primitive == DATA:
            if sock.waiting is not None:
                self.refused += 1
                raise refuse(errno.EBUSY)
            sock.waiting = payload

    def _dsp_sent(self, sock: FakeSocket, primitive: int, payload: bytes) -> None:
        if primitive == ESTABLISH:
            sock.give(ESTABLISHED)
        else:
            assert primitive == CONTROL, "what is sent to a conference is mixed with the other's voice"
            order, *number = struct.unpack(f"={len(payload) // 4}i", payload)
            assert order in (CONF_JOIN, CONF_SPLIT)
            self.conferences.pop(sock.channel, None)
            if order == CONF_JOIN:
                self.conferences[sock.channel] = number[0]

    def layer1(self, up: bool) -> None:
        self.up = up
        self.d_in(ACTIVATED if up else DEACTIVATED)

    def d_in(self, primitive: int, payload: bytes = b"") -> None:
        """From the line, to whoever has the D channel open."""
        for sock in self._open():
            if sock.protocol < B_RAW:
                sock.give(primitive, payload)

    def moves(self, channel: int, came: bytes) -> None:
        """The card's clock: what waits moves into the card and is confirmed; `came` from the line, lowest bit first."""
        sock = self.b(channel)
        if sock.protocol == B_DSP:
            sock.give(DSP_DATA_IN, came)
            for other, number in self.conferences.items():
                if other != channel and number == self.conferences.get(channel):
                    self.b_out(other, came)
            return
        if sock.waiting is not None:
            self.b_out(channel, sock.waiting)
            sock.waiting = None
            sock.give(DATA_SENT)
        sock.give(DATA_IN, came)
