"""The emulated adapters without a kernel: what they answer over a socket pair, as vhci_hcd would ask."""

from __future__ import annotations

import socket
import struct

import pytest

from tests.kernel.inside.adapter import CONFIGURATION, DEVICE, Adapter
from tests.kernel.inside.bus import Bus
from tests.kernel.inside.chip import SCTRL, SCTRL_R, STATES
from tests.kernel.inside.usbip import CANCELLED, STALL, SUBMIT, SUBMITTED, UNLINK, UNLINKED, Wire

IN, OUT = 1, 0
Answer = tuple[int, int, int, bytes]  # command, number, status, what comes behind the head


class Host:
    """The kernel's end."""

    def __init__(self) -> None:
        self._sock, theirs = socket.socketpair()
        self._sock.settimeout(5)
        self.adapter = Adapter(Wire(theirs))

    def submit(self, number: int, endpoint: int, way: int, length: int, rest: bytes = b"", packets: int = 0,
               setup: bytes = bytes(8)) -> None:
        self._sock.sendall(struct.pack(">5I5i8s", SUBMIT, number, 2, way, endpoint, 0, length, 0, packets, 1, setup)
                           + rest)
        self.adapter.readable()

    def unlink(self, number: int, urb: int) -> None:
        self._sock.sendall(struct.pack(">6I24x", UNLINK, number, 2, OUT, 0, urb))
        self.adapter.readable()

    def control(self, *setup: int, data: bytes = b"") -> Answer:
        way = IN if setup[0] & 0x80 else OUT
        self.submit(99, 0, way, setup[4], data, setup=struct.pack("<BBHHH", *setup))
        return self.answer()

    def set_register(self, register: int, value: int) -> None:
        assert self.control(0x40, 0, value, register, 0)[:3] == (SUBMITTED, 99, 0)

    def answer(self) -> Answer:
        """A whole one: its lengths must fit what is there."""
        octets = self._sock.recv(4096)
        command, number, _, _, _, status, length, _, packets = struct.unpack_from(">5I4i", octets)
        rest = octets[48:]
        if command == SUBMITTED and packets:
            assert sum(actual for _, _, actual, _ in struct.iter_unpack(">4i", rest)) == length
            assert len(rest) == 16 * packets
        elif command == SUBMITTED:
            assert len(rest) in (0, length)
        return command, number, status, rest

    def sends(self, number: int, endpoint: int, *packets: bytes) -> None:
        offsets = [sum(map(len, packets[:n])) for n in range(len(packets))]
        told = b"".join(struct.pack(">4i", offset, len(packet), 0, 0)
                        for offset, packet in zip(offsets, packets, strict=True))
        data = b"".join(packets).ljust(128, b"\0")
        self.submit(number, endpoint, OUT, len(data), data + told, len(packets))


@pytest.fixture
def host() -> Host:
    return Host()


def test_the_driver_finds_its_device(host: Host) -> None:
    assert host.control(0x80, 6, 0x0100, 0, 64)[3] == DEVICE
    assert host.control(0x80, 6, 0x0200, 0, 9)[3] == CONFIGURATION[:9]
    assert host.control(0x80, 6, 0x0200, 0, 255)[3] == CONFIGURATION
    assert len(CONFIGURATION) == struct.unpack_from("<H", CONFIGURATION, 2)[0]
    assert host.control(0xC0, 1, 0, 0x16, 1)[3] == b"\x40"
    assert host.control(0x00, 9, 1, 0, 0)[2] == 0
    assert host.control(0x80, 6, 0x0600, 0, 10)[2] == STALL


def test_a_request_in_pieces_is_one(host: Host) -> None:
    host.submit(1, 5, OUT, 4, b"\0\1", 1)
    host._sock.sendall(b"\2\3" + struct.pack(">4i", 0, 4, 0, 0))
    host.adapter.readable()
    host.adapter.millisecond()
    assert host.answer()[:3] == (SUBMITTED, 1, 0)
    assert host.adapter.chip.sent == [3, 0]


def test_a_transfer_is_taken_back(host: Host) -> None:
    host.submit(7, 3, IN, 64)
    host.unlink(8, 7)
    assert host.answer()[:3] == (UNLINKED, 8, CANCELLED)
    host.unlink(9, 7)
    assert host.answer()[:3] == (UNLINKED, 9, 0)


@pytest.fixture
def sides() -> tuple[Host, Host, Bus]:
    """A terminal and an exchange, as the driver opens them, at rest."""
    te, nt = Host(), Host()
    for host, mode, state in ((te, 0x40, 3), (nt, 0x44, 1)):
        host.set_register(SCTRL, mode)
        host.set_register(STATES, 0x10 | state)
        host.set_register(STATES, state)
    return te, nt, Bus(te.adapter, nt.adapter)


def woken(sides: tuple[Host, Host, Bus]) -> None:
    te, nt, bus = sides
    te.set_register(STATES, 0x14)
    te.set_register(STATES, 0x04)
    bus.pass_time()
    nt.set_register(STATES, 2 | 0x80)
    for _ in range(3):
        bus.pass_time()


def test_a_terminal_wakes_the_line_and_the_exchange_puts_it_to_rest(sides: tuple[Host, Host, Bus]) -> None:
    te, nt, bus = sides
    woken(sides)
    assert (te.adapter.chip.states, nt.adapter.chip.states) == ([0, 3, 4, 6, 7], [0, 1, 2, 3])
    nt.set_register(STATES, 0x40)
    bus.pass_time()
    bus.pass_time()
    assert (te.adapter.chip.state, nt.adapter.chip.state) == (3, 1)


def test_a_frame_waits_for_the_line_and_comes_in_packets(sides: tuple[Host, Host, Bus]) -> None:
    te, nt, bus = sides
    frame = bytes(range(100))
    te.sends(1, 7, *(b"\0" + frame[n : n + 15] for n in range(0, 90, 15)), b"\1" + frame[90:])
    for _ in range(5):
        bus.pass_time()
    assert te.answer()[:3] == (SUBMITTED, 1, 0)
    woken(sides)
    got, status = b"", 0
    for number in range(100):
        nt.submit(number, 3, IN, 64)
        bus.pass_time()
        packet = nt.answer()[3]
        assert packet[0] >> 4 == nt.adapter.chip.state
        got, status = got + packet[2:], packet[0] & 1
        if status:
            break
    assert got == frame + bytes(3)
    assert status == 1
    assert number >= 100 // 8  # 16 kbit/s


def test_a_b_channel_is_as_fast_as_the_line(sides: tuple[Host, Host, Bus]) -> None:
    te, nt, bus = sides
    nt.set_register(SCTRL_R, 1)
    te.sends(1, 5, *(bytes(13) for _ in range(8)))
    heard = b""
    for number in range(2, 12):
        nt.submit(number, 1, IN, 64)
        bus.pass_time()
        heard += nt.answer()[3][2:]
    assert heard == bytes(96) + b"\xff" * (10 * 32 - 96)
    assert te.adapter.chip.sent == [96, 0]


def test_a_full_fifo_is_told(host: Host) -> None:
    host.sends(1, 6, *(bytes(15) for _ in range(8)))
    for _ in range(8):
        host.adapter.millisecond()
    assert host.adapter.chip.packet(3)[1] == 1 << 2
