"""Sockets of the kernel's mISDN, address family 34: addresses, messages, ioctls; include/linux/mISDNif.h."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

AF_ISDN = 34
TE_S0, NT_S0, TE_E1, NT_E1 = 1, 2, 3, 4  # protocols of a D channel: basic rate and primary rate
B_RAW, B_DSP = 0x21, 0x25  # of a B channel: octets as they are; through the kernel's signal processor
ACTIVATE, ACTIVATED, DEACTIVATED = 0x0101, 0x0102, 0x0202  # PH_ACTIVATE_REQ, _IND, PH_DEACTIVATE_IND
DATA, DATA_IN, DATA_SENT = 0x2001, 0x2002, 0x6002  # PH_DATA_REQ, _IND, _CNF
CONTROL = 0x0801  # PH_CONTROL_REQ
INFORMATION = 0x0702  # MPH_INFORMATION_IND
ESTABLISH, ESTABLISHED, DSP_DATA_IN = 0x1004, 0x5008, 0x3008  # DL_ESTABLISH_REQ, _CNF, DL_DATA_IND
LONGEST = 2048  # octets of a message: a shorter buffer is refused with ENOSPC, and the message stays
OPERATIONS, FILL_EMPTY = 0, 0x0200  # control: what the card can do; what goes out when nothing waits
DEVICES = 64  # most of one kernel

_HEAD = struct.Struct("=II")  # primitive, id
_ADDRESS = struct.Struct("=HBBBB")  # family, device, channel, SAPI, TEI
_DEVICE = struct.Struct("=IIII16sI20s")  # id, D protocols, B protocols, protocol now, channel map, channels, name
_CONTROL = struct.Struct("=5i")  # operation, channel, three parameters
_PORT = struct.Struct("=I4xQH")  # struct ph_info_dch: protocol, flags, state of layer 1
_G1 = 1  # an exchange's state: deactivated; I.430 table 6


def _ioctl(number: int) -> int:
    """_IOR('I', number, int)."""
    return 2 << 30 | 4 << 16 | ord("I") << 8 | number


GET_DEVICE, CONTROL_REQUEST = _ioctl(68), _ioctl(69)


class Socket(Protocol):
    """One socket of family 34, type SOCK_DGRAM. It never blocks; everything raises OSError."""

    def fileno(self) -> int: ...
    def bind(self, address: bytes) -> None: ...
    def ioctl(self, request: int, argument: bytearray) -> None:
        """The answer is in the argument."""

    def send(self, message: bytes, /) -> int: ...
    def recv(self, size: int, /) -> bytes:
        """One message; empty when the card is gone."""

    def close(self) -> None: ...


MakeSocket = Callable[[int], Socket]


class KernelSocket(socket.socket):
    """Implements Socket. Python's own bind knows no such family."""

    def __init__(self, protocol: int) -> None:
        super().__init__(AF_ISDN, socket.SOCK_DGRAM, protocol)
        self.setblocking(False)

    def bind(self, address: bytes) -> None:  # type: ignore[override]
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.bind(self.fileno(), address, len(address)):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def ioctl(self, request: int, argument: bytearray) -> None:
        fcntl.ioctl(self.fileno(), request, argument)


@dataclass(frozen=True, slots=True)
class Device:
    """One port of a card; `protocols` is a mask of what its D channel can be."""

    id: int
    protocols: int
    channels: int
    name: str

    def can(self, protocol: int) -> bool:
        return bool(self.protocols >> protocol & 1)


def address(device: int, channel: int = 0) -> bytes:
    """struct sockaddr_mISDN. Another length is refused."""
    return _ADDRESS.pack(AF_ISDN, device, channel, 0, 0)


def message(primitive: int, payload: bytes = b"", number: int = 0) -> bytes:
    """One message, its head first."""
    return _HEAD.pack(primitive, number) + payload


def split(octets: bytes) -> tuple[int, int, bytes]:
    """Primitive, id and payload; (0, 0, b"") of what is too short for a head."""
    if len(octets) < _HEAD.size:
        return 0, 0, b""
    return (*_HEAD.unpack_from(octets), octets[_HEAD.size :])


def receive(sock: Socket) -> tuple[int, bytes] | None:
    """The next message: primitive and payload; (0, b"") when none waits. None: the card is gone."""
    try:
        octets = sock.recv(LONGEST)
    except BlockingIOError:
        return 0, b""
    except OSError:
        return None
    primitive, _, payload = split(octets)
    return (primitive, payload) if octets else None


def rests(information: bytes) -> bool:
    """What an INFORMATION says of an exchange's port whose layer 1 was put to rest. hfcsusb says it in no other way;
    other drivers' information is shorter, and says nothing of that."""
    if len(information) < _PORT.size:
        return False
    protocol, _, state = _PORT.unpack_from(information)
    return bool(protocol == NT_S0 and state == _G1)


def device(sock: Socket, number: int) -> Device | None:
    """What the kernel says of a port; a socket that is not bound may ask. None: there is none."""
    argument = bytearray(_DEVICE.size)
    struct.pack_into("=I", argument, 0, number)
    try:
        sock.ioctl(GET_DEVICE, argument)
    except OSError:
        return None
    found, protocols, _, _, _, channels, name = _DEVICE.unpack(argument)
    return Device(found, protocols, channels, name.split(b"\0")[0].decode("ascii", "replace"))


def control(sock: Socket, operation: int, channel: int, *parameters: int) -> None:
    """struct mISDN_ctrl_req, to the card. One that cannot do that is not asked: it would complain in the log."""
    if _ask(sock, OPERATIONS, channel) & operation:
        _ask(sock, operation, channel, *parameters)


def _ask(sock: Socket, operation: int, channel: int, *parameters: int) -> int:
    argument = bytearray(_CONTROL.pack(operation, channel, *(*parameters, 0, 0, 0)[:3]))
    sock.ioctl(CONTROL_REQUEST, argument)
    return int(_CONTROL.unpack(argument)[0])
