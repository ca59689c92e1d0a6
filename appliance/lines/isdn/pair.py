"""The transport of the lab: packets over a Unix socket, SOCK_SEQPACKET. The first octet says what a packet is:
0 a frame of the D channel, 1 to 31 octets of a B channel, 255 layer 1 (1 up, 0 down; from the box: 1 wake up).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from appliance.lines.isdn.transport import Ears, Transport, TransportError
from appliance.lines.isdn.wake import Sleeper

D_CHANNEL, LAYER_1 = 0, 255
LONGEST = 2048


class PairEnd:
    """One end, whoever carries its packets."""

    def __init__(self, carry: Callable[[bytes], None], ears: Ears, *, network: bool = False) -> None:
        """`network`: the lab's end. It says what layer 1 is, wakes it by itself, and answers whoever wants it woken."""
        self._carry, self._ears, self._network = carry, ears, network
        self.open: set[int] = set()  # B channels
        self._sleeper = Sleeper(True, lambda frame: carry(bytes((D_CHANNEL,)) + frame), self._wake)

    def send_d(self, frame: bytes) -> None:
        self._sleeper.frame(frame)

    def _wake(self) -> None:
        if self._network:
            self.layer1(True)
        else:
            self._carry(bytes((LAYER_1, 1)))

    def send_b(self, channel: int, octets: bytes) -> None:
        self._carry(bytes((channel,)) + octets)

    def open_b(self, channel: int) -> None:
        self.open.add(channel)

    def close_b(self, channel: int) -> None:
        self.open.discard(channel)

    def join(self, one: int, two: int) -> None:
        """There is no card."""

    def split(self, channel: int) -> None:
        """Nothing was joined."""

    def layer1(self, up: bool) -> None:
        """The lab's word on it."""
        self._carry(bytes((LAYER_1, int(up))))
        self._sleeper.layer1(up)

    def packet(self, packet: bytes) -> None:
        """What the other end sent."""
        if not packet:
            return
        kind, rest = packet[0], packet[1:]
        if kind == D_CHANNEL:
            self._ears.d(rest)
        elif kind == LAYER_1:
            self._layer1(rest[:1] == b"\1")
        elif kind in self.open:
            self._ears.b(kind, rest)

    def _layer1(self, up: bool) -> None:
        if self._network:
            self.layer1(True)  # somebody wants it
        else:
            self._sleeper.layer1(up)
        self._ears.layer1(up)

    def close(self) -> None:
        self.open.clear()
        self._sleeper.close()


class SocketPair(PairEnd):
    """An end over a connected socket."""

    def __init__(self, sock: socket.socket, ears: Ears) -> None:
        super().__init__(self._write, ears)
        self._sock, self._loop = sock, asyncio.get_running_loop()
        sock.setblocking(False)
        self._loop.add_reader(sock.fileno(), self._readable)

    def _write(self, packet: bytes) -> None:
        try:
            self._sock.send(packet)
        except BlockingIOError:
            pass  # the other end sleeps: a real line would lose it, too
        except OSError:
            pass  # gone: reading tells of it

    def _readable(self) -> None:
        try:
            packet = self._sock.recv(LONGEST)
        except BlockingIOError:
            return None
        except OSError:
            packet = b""
        if packet:
            return self.packet(packet)
        self.close()
        return self._ears.lost("the exchange is gone")

    def close(self) -> None:
        super().close()
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()


def open_pair(path: str, ears: Ears) -> Transport:
    """A terminal's end, of the exchange that listens there."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        sock.connect(path)
    except OSError as error:
        sock.close()
        raise TransportError(f"{path}: no exchange listens there ({error.strerror})") from error
    return SocketPair(sock, ears)
