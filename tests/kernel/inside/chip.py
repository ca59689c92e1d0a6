"""Cologne Chip's HFC-S USB, as far as the kernel's driver hfcsusb looks at it: registers, FIFOs, layer 1 of an S0.

Time goes by in milliseconds, as many as it is told. The FIFOs hold what waits for the line, and what came from it.
"""

from __future__ import annotations

from collections import deque

CHIP_ID, STATES, SCTRL, SCTRL_R = 0x16, 0x30, 0x31, 0x33  # registers
LOAD, ACTIVATE, ACT, G2_G3 = 0x10, 0x20, 0x40, 0x80  # bits of STATES
NT_MODE = 0x04  # of SCTRL
B_IN, D_IN = {1: 0, 2: 1}, 3  # endpoints with an interrupt, and their B channel
B_OUT, D_OUT = {5: 0, 6: 1}, 7  # isochronous endpoints
FULL = 96  # octets that wait in a FIFO, above which the driver is told to slow down: its HFCUSB_TX_THRESHOLD
HOLDS = 128  # octets that an incoming FIFO keeps
B_OCTETS, D_OCTETS = 8, 2  # of the line per ms
MARK = 0xFF  # on a line that nobody drives
LARGEST = 60  # octets of a packet: a full one would go on in the next, without the chip's two octets before it


class Chip:
    """`states`: every state of layer 1 so far, F or G. `sent`: octets that the driver gave each B channel; `lacked`:
    those that the line wanted and the driver had not given, since it first gave some."""

    def __init__(self) -> None:
        self.nt = False
        self.states = [0]
        self.sent, self.lacked = [0, 0], [0, 0]
        self._allowed = False  # G2 to G3
        self._receivers = 0
        self._b_out, self._b_in = (bytearray(), bytearray()), (bytearray(), bytearray())
        self._d_out, self._on_line, self._gone = bytearray(), deque[bytes](), 0
        self._d_in = deque[tuple[int, bytes]]()

    @property
    def state(self) -> int:
        return self.states[-1]

    def _enter(self, state: int) -> None:
        if state != self.state:
            self.states.append(state)

    @property
    def up(self) -> bool:
        return self.state == (3 if self.nt else 7)

    def read(self, register: int) -> int:
        return 0x40 if register == CHIP_ID else 0

    def write(self, register: int, value: int) -> None:
        if register == SCTRL:
            self.nt = bool(value & NT_MODE)
        elif register == SCTRL_R:
            self._receivers = value
        elif register == STATES:
            self._command(value)

    def _command(self, value: int) -> None:
        self._allowed = bool(value & G2_G3)
        if value & LOAD:
            self._enter(value & 0x0F)
        elif value & ACT and self.nt:
            if not value & ACTIVATE:
                self._enter(4)
            elif self.state == 1:
                self._enter(2)

    @property
    def info(self) -> int:
        """The signal that it sends, INFO 0 to 4; I.430 § 6.2.2."""
        return ({2: 2, 3: 4} if self.nt else {4: 1, 6: 3, 7: 3}).get(self.state, 0)

    def hears(self, info: int) -> None:
        """One step of layer 1; I.430 tables 5 and 6, without its timers, which the driver keeps."""
        if self.nt:
            after = {(1, 1): 2, (2, 3): 3 if self._allowed else 2, (3, 0): 2}.get((self.state, info), self.state)
            self._enter(1 if self.state == 4 else after)
        elif self.state in (3, 4, 6, 7):
            self._enter({2: 6, 4: 7}.get(info, 4 if self.state == 4 else 3))

    def out(self, endpoint: int, packet: bytes) -> None:
        """A packet from the driver: an octet whose lowest bit says that a frame ends with it, then octets."""
        if endpoint in B_OUT:
            self._b_out[B_OUT[endpoint]].extend(packet[1:])
            self.sent[B_OUT[endpoint]] += len(packet) - 1
        elif endpoint == D_OUT:
            self._d_out += packet[1:]
            if packet[0] & 1:
                self._on_line.append(bytes(self._d_out))
                self._d_out.clear()

    def b_to_line(self, channel: int) -> bytes:
        """What one ms takes."""
        fifo = self._b_out[channel]
        octets = bytes(fifo[:B_OCTETS])
        del fifo[:B_OCTETS]
        if self.sent[channel]:
            self.lacked[channel] += B_OCTETS - len(octets)
        return octets + bytes((MARK,)) * (B_OCTETS - len(octets))

    def d_to_line(self) -> bytes | None:
        """A frame of which one ms took the last octet. None goes before layer 1 is up."""
        if not self._on_line or not self.up:
            return None
        self._gone += D_OCTETS
        if self._gone < len(self._on_line[0]) + 4:  # with its check sum and flags
            return None
        self._gone = 0
        return self._on_line.popleft()

    def b_from_line(self, channel: int, octets: bytes) -> None:
        if self._receivers >> channel & 1:
            self._b_in[channel].extend(octets)
            del self._b_in[channel][:-HOLDS]

    def d_from_line(self, frame: bytes) -> None:
        """Behind it: its check sum, which nobody looks at, and 0, for that it was right."""
        whole = frame + bytes(3)
        pieces = [whole[begin : begin + LARGEST] for begin in range(0, len(whole), LARGEST)]
        self._d_in.extend((piece is pieces[-1], piece) for piece in pieces)

    def packet(self, endpoint: int) -> bytes:
        """For an endpoint with an interrupt: the state and whether a frame ends; which FIFOs are full; octets."""
        ends, octets = 0, b""
        if endpoint in B_IN:
            fifo = self._b_in[B_IN[endpoint]]
            octets = bytes(fifo[:LARGEST])
            del fifo[:LARGEST]
        elif self._d_in:
            ends, octets = self._d_in.popleft()
        waiting = (len(self._b_out[0]), len(self._b_out[1]), len(self._d_out) + sum(map(len, self._on_line)))
        full = sum((count > FULL) << 2 * n for n, count in enumerate(waiting))
        return bytes((self.state << 4 | ends, full)) + octets
