"""The seam between a span and what carries it: frames of the D channel, octets of the B channels, the state of layer 1.

Kinds: `pair` (a socket to the lab's exchange), `misdn` (the kernel's mISDN). DAHDI would be the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

BRI_CHANNELS = (1, 2)
PRI_CHANNELS = tuple(n for n in range(1, 32) if n != 16)  # 16 is the D channel of an E1; G.704


class TransportError(OSError):
    """The port cannot be opened; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears what comes in. `lost`: the port is gone, why."""

    d: Callable[[bytes], None]  # one frame of layer 2, without check sum
    b: Callable[[int, bytes], None]  # a B channel's A-law octets, most significant bit first, any count
    layer1: Callable[[bool], None]
    lost: Callable[[str], None]


class Transport(Protocol):
    """An open port. None of these blocks or raises."""

    def send_d(self, frame: bytes) -> None:
        """One frame; on an idle S0 layer 1 is woken first, and the frame is kept until it is."""

    def send_b(self, channel: int, octets: bytes) -> None:
        """As many A-law octets as came in: the card is the clock."""

    def open_b(self, channel: int) -> None:
        """Octets of that channel from now on."""

    def close_b(self, channel: int) -> None: ...
    def join(self, one: int, two: int) -> None:
        """These two open channels hear each other past us from now on, where the card's driver can do that; what is
        sent to them goes nowhere, what comes in still is told. Where it cannot, nothing changes."""

    def split(self, channel: int) -> None:
        """Undoes that, if it was done."""

    def close(self) -> None: ...


OpenTransport = Callable[[Ears], Transport]
