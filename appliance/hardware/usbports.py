"""The privileged helper: `python -I -m appliance.hardware.usbports --socket-fd 3 --user ringback`, as root.

One connection is one order, a line: "usb-rebind PORT" takes the device away from its drivers and gives it back;
"usb-cycle PORT" switches the port off for some seconds. PORT is the kernel's name, such as 1-1.4. The answer is "ok" or
"error: " and why. Only the standard library is loaded, and nothing else of ours.
"""

from __future__ import annotations

import argparse
import pwd
import re
import select
import socket
import struct
import sys
from pathlib import Path

OFF_S = 5.0  # s without supply: a modem's capacitors are empty then
PATIENCE_S = 5.0  # s for the order to come
LONGEST = 64  # octets of an order
PORT = re.compile(r"([0-9]{1,2})-([0-9]{1,2}(?:\.[0-9]{1,2}){0,5})")  # bus, then ports through at most five hubs
HUB, HID, STORAGE = "09", "03", "08"  # USB classes
ETHERNET = {"smsc95xx", "lan78xx"}  # drivers of the Pi's own network


class Refused(Exception):
    """Why an order is not obeyed."""


class Ports:
    """The USB ports below `sys`, which is /sys but for tests."""

    def __init__(self, sys_folder: Path, off_s: float = OFF_S) -> None:
        self._usb, self._off_s = sys_folder / "bus/usb", off_s

    def obey(self, order: str) -> None:
        """Refused when it is none, or not allowed; OSError when the kernel will not."""
        verb, _, port = order.partition(" ")
        verbs = {"usb-rebind": self._rebind, "usb-cycle": self._cycle}
        if verb not in verbs:
            raise Refused("no such order")
        if not PORT.fullmatch(port):
            raise Refused("this is no name of a USB port; one is such as 1-1.4")
        self._must_be_a_modem(port)
        verbs[verb](port)

    def _must_be_a_modem(self, port: str) -> None:
        """Hubs, disks, keyboards and the box's own network are nobody's modem."""
        device = self._usb / "devices" / port
        if _read(device / "bDeviceClass") == HUB:
            raise Refused(f"{port} is a hub")
        interfaces = list(self._usb.glob(f"devices/{port}:*"))
        classes = {_read(each / "bInterfaceClass") for each in interfaces}
        if classes and classes <= {HUB, HID, STORAGE}:
            raise Refused(f"{port} is no modem")
        if any((each / "driver").resolve().name in ETHERNET for each in interfaces):
            raise Refused(f"{port} is the box's own network")

    def _rebind(self, port: str) -> None:
        driver = self._usb / "drivers/usb"
        if not (self._usb / "devices" / port).exists():
            raise Refused(f"nothing is plugged in at {port}")
        (driver / "unbind").write_text(port, "ascii")
        (driver / "bind").write_text(port, "ascii")

    def _cycle(self, port: str) -> None:
        switch = self._usb / "devices" / switch_of(port)
        if not switch.exists():
            raise Refused(f"the hub of {port} is not there, or the kernel is older than 6.0")
        switch.write_text("1", "ascii")
        try:
            select.select((), (), (), self._off_s)
        finally:
            switch.write_text("0", "ascii")


def switch_of(port: str) -> str:
    """Where a port is switched off ("1") and on ("0"), below devices/: an attribute of the hub's port; see the kernel's
    Documentation/ABI/testing/sysfs-bus-usb."""
    hub, dot, number = port.rpartition(".")
    if dot:
        return f"{hub}:1.0/{hub}-port{number}/disable"
    bus, _, number = port.partition("-")
    return f"{bus}-0:1.0/usb{bus}-port{number}/disable"


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return ""


def peer(sock: socket.socket) -> int:
    """The user at the other end: SO_PEERCRED, unix(7)."""
    _, user, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(user)


def asked(sock: socket.socket) -> str:
    """The line that is an order. ValueError when it is none; OSError when nobody writes it."""
    sock.settimeout(PATIENCE_S)
    line = b""
    while b"\n" not in line and len(line) <= LONGEST:
        if not (some := sock.recv(LONGEST)):
            break
        line += some
    order, end, _ = line.partition(b"\n")
    if not end or len(order) > LONGEST:
        raise ValueError("an order is one line")
    return order.decode("ascii", "replace")


def answer(sock: socket.socket, user: int, ports: Ports) -> str:
    """One order from the socket; what is answered."""
    if peer(sock) != user:
        return "error: only the gateway's user may ask"
    try:
        ports.obey(asked(sock))
    except (Refused, ValueError, OSError) as error:
        return f"error: {error}"
    return "ok"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket-fd", type=int, required=True)
    parser.add_argument("--user", required=True, help="who may ask")
    parser.add_argument("--sys", type=Path, default=Path("/sys"))
    options = parser.parse_args()
    with socket.socket(fileno=options.socket_fd) as sock:
        said = answer(sock, pwd.getpwnam(options.user).pw_uid, Ports(options.sys))
        print(f"usb ports: {said}", file=sys.stderr)
        sock.sendall(said.encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
