"""USB/IP as the kernel's vhci_hcd speaks it, at the device's end of the socket; Documentation/usb/usbip_protocol.rst.
Numbers are big-endian."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUBMIT, UNLINK, SUBMITTED, UNLINKED = 1, 2, 3, 4
STALL, CANCELLED = -32, -104  # -EPIPE, -ECONNRESET
FULL_SPEED = 2
ATTACH = Path("/sys/devices/platform/vhci_hcd.0/attach")

_HEAD = struct.Struct(">5I5i8s")  # command, number, device, inward, endpoint; five of the command's own; set-up
_PACKET = struct.Struct(">4i")  # offset, length, actual length, status


@dataclass(frozen=True, slots=True)
class Urb:
    """A transfer that the host wants. `setup`: 8 octets, of a control transfer; `packets`: of an isochronous one,
    where each begins in `data` and how long it is."""

    number: int
    endpoint: int
    inward: bool
    setup: bytes
    data: bytes = b""
    packets: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cancel:
    """The host no longer wants the transfer `urb`."""

    number: int
    urb: int


class Wire:
    """One device's connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._come = sock, bytearray()

    def fileno(self) -> int:
        return self._sock.fileno()

    def read(self) -> Iterator[Urb | Cancel]:
        """What has come. EOFError: the host is gone."""
        octets = self._sock.recv(65536)
        if not octets:
            raise EOFError("vhci_hcd dropped the device; the kernel's log says why")
        self._come += octets
        while (told := self._next()) is not None:
            yield told

    def _next(self) -> Urb | Cancel | None:
        if len(self._come) < _HEAD.size:
            return None
        command, number, _, inward, endpoint, first, length, _, packets, _, setup = _HEAD.unpack_from(self._come)
        if command == UNLINK:
            del self._come[: _HEAD.size]
            return Cancel(number, first)
        body = _HEAD.size + (0 if inward else length)
        whole = body + max(0, packets) * _PACKET.size
        if len(self._come) < whole:
            return None
        data = bytes(self._come[_HEAD.size : body])
        found = tuple((offset, size) for offset, size, _, _ in _PACKET.iter_unpack(self._come[body:whole]))
        del self._come[:whole]
        return Urb(number, endpoint, bool(inward), setup, data, found)

    def done(self, urb: Urb, data: bytes = b"", status: int = 0) -> None:
        """`data` is what goes in. Of an isochronous transfer out, the kernel wants the sum of its packets."""
        length = len(data) if urb.inward else sum(size for _, size in urb.packets) or len(urb.data)
        packets = b"".join(_PACKET.pack(offset, size, size, 0) for offset, size in urb.packets)
        self._sock.sendall(_HEAD.pack(SUBMITTED, urb.number, 0, 0, 0, status, length, 0, len(urb.packets), 0, b"")
                           + data + packets)

    def cancelled(self, cancel: Cancel, status: int) -> None:
        """CANCELLED, or 0 when the transfer was done before."""
        self._sock.sendall(_HEAD.pack(UNLINKED, cancel.number, 0, 0, 0, status, 0, 0, 0, 0, b""))


def attach(port: int) -> Wire:
    """A device of full speed at that port of the kernel's virtual hub."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        ATTACH.write_text(f"{port} {theirs.fileno()} {port + 2} {FULL_SPEED}")
    return Wire(ours)
