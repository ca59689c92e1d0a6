"""Opening a port of the kernel's mISDN, and saying in plain words why one cannot be opened."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from appliance.lines.isdn.misdnsocket import (
    DEVICES,
    NT_E1,
    NT_S0,
    TE_E1,
    TE_S0,
    Device,
    MakeSocket,
    Socket,
    address,
    device,
)
from appliance.lines.isdn.spansettings import NT, PRI
from appliance.lines.isdn.transport import TransportError

NO_ISDN = "this kernel has no ISDN; install the package ringback-misdn-dkms (README, ISDN cards)"
NO_CARD = ("the kernel knows no ISDN card; plug it in, and see with `dmesg` whether its driver takes it, and whether "
           "ringback-misdn-dkms is installed")
KINDS = {TE_S0: ('"ptmp" or "ptp"', "te"), NT_S0: ('"ptmp" or "ptp"', "nt"), TE_E1: ('"pri"', "te"),
         NT_E1: ('"pri"', "nt")}  # as the site file calls them


def protocol_of(layout: str, side: str) -> int:
    """What the D channel must be."""
    if layout == PRI:
        return NT_E1 if side == NT else TE_E1
    return NT_S0 if side == NT else TE_S0


def open_d(number: int, protocol: int, make: MakeSocket) -> Socket:
    """The D channel's socket, bound. TransportError says what to do."""
    sock = _socket(protocol, make)
    try:
        _check(sock, number, protocol)
        sock.bind(address(number))
    except TransportError:
        sock.close()
        raise
    except OSError as error:
        why = _refused(error, sock, number, protocol)
        sock.close()
        raise TransportError(why) from error
    return sock


def _socket(protocol: int, make: MakeSocket) -> Socket:
    try:
        return make(protocol)
    except OSError as error:
        if error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT):
            raise TransportError(NO_ISDN) from error
        raise TransportError(f"the kernel opens no ISDN socket: {error.strerror}") from error


def _check(sock: Socket, number: int, protocol: int) -> None:
    found = device(sock, number)
    if found is None:
        raise TransportError(_none(sock, number))
    if not found.can(protocol):
        layouts, side = KINDS[protocol]
        raise TransportError(f"misdn:{number} ({found.name}) cannot be isdn = {layouts} with side = \"{side}\"; "
                             f"it can be {_kinds(found)}")


def _refused(error: OSError, sock: Socket, number: int, protocol: int) -> str:
    if error.errno == errno.ENODEV:
        return _none(sock, number)
    if error.errno in (errno.EBUSY, errno.EPROTONOSUPPORT, errno.EINVAL):
        other = "nt" if KINDS[protocol][1] == "te" else "te"
        return (f'misdn:{number} is open with side = "{other}", by another line or program; close that one, or '
                "name another port; when nobody has it, unplug the card and plug it in again")
    return f"misdn:{number} cannot be opened: {error.strerror}"


def ports(sock: Socket) -> Iterator[Device]:
    """Every port that the kernel has; their numbers may have gaps."""
    return (found for number in range(DEVICES) if (found := device(sock, number)))


def _none(sock: Socket, number: int) -> str:
    there = ", ".join(f"misdn:{found.id} ({found.name})" for found in ports(sock))
    if not there:
        return f"misdn:{number} is not there: {NO_CARD}"
    return f"misdn:{number} is not there; there are: {there}"


def _kinds(found: Device) -> str:
    told = [f'isdn = {layouts} with side = "{side}"' for protocol, (layouts, side) in KINDS.items()
            if found.can(protocol)]
    return "; or ".join(told) or "no kind of line that is known here"
