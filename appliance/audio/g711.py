"""A-law, ITU-T G.711: what ISDN carries. Pure; octets with the most significant bit first, as a B channel has them."""

from __future__ import annotations

import sys
from array import array

assert sys.byteorder == "little"  # PCM is little-endian here, and so are the machines this runs on


def _decoded(octet: int) -> int:
    """Table 1a: sign, chord, step; every other bit inverted."""
    value = octet ^ 0x55
    chord, step = value >> 4 & 7, value & 15
    size = (step << 4) + 8 if chord == 0 else (step << 4) + 0x108 << chord - 1
    return size if value & 0x80 else -size


def _encoded(size: int) -> int:
    """A positive value of 12 bits."""
    chord = max(0, size.bit_length() - 5)
    return (0x80 | chord << 4 | size >> (chord or 1) & 15) ^ 0x55


_LINEAR = array("h", (_decoded(octet) for octet in range(256)))
_POSITIVE = b"".join(bytes((_encoded(size),)) * 8 for size in range(4096))
_ALAW = _POSITIVE + bytes(octet ^ 0x80 for octet in _POSITIVE[::-1])


def pcm_of(alaw: bytes) -> bytes:
    """Octets of A-law as signed 16-bit little-endian PCM, twice as many."""
    return array("h", map(_LINEAR.__getitem__, alaw)).tobytes()


def alaw_of(pcm: bytes) -> bytes:
    """Signed 16-bit little-endian PCM as octets of A-law, half as many."""
    return bytes(map(_ALAW.__getitem__, memoryview(pcm).cast("H")))
