"""A clock that never steps, for libpri. It asks gettimeofday for its timers: a step of two hours backwards froze every
one of them for two hours (measured). Its one reference to that function is pointed at a clock of ours.

ELF-64, little endian: the table of imported functions, DT_JMPREL.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

NAME = b"gettimeofday"
DYNAMIC = 2  # program header type
SYMTAB, STRTAB, JMPREL, PLTRELSZ = 6, 5, 23, 2  # dynamic tags
SYMBOL, RELOCATION = 24, 24  # octets of an entry
WRITABLE, READABLE = mmap.PROT_WRITE, mmap.PROT_READ
_FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_kept: list[object] = []  # what the library points at must live as long as it


class Mapping(NamedTuple):
    """Where a library lies in memory."""

    base: int
    path: str


def mapped(name: str) -> Mapping | None:
    """The library of that name in this process."""
    for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and Path(parts[5]).name.startswith(name) and int(parts[2], 16) == 0:
            return Mapping(int(parts[0].split("-")[0], 16), parts[5])
    return None


def slots(image: bytes, name: bytes) -> Iterator[int]:
    """Offsets, from where the library lies, of the pointers to that imported function."""
    if image[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit little-endian library")
    tags = _tags(image)
    for at in range(tags[JMPREL], tags[JMPREL] + tags[PLTRELSZ], RELOCATION):
        offset, info, _ = struct.unpack_from("<QQq", image, at)
        (string,) = struct.unpack_from("<I", image, tags[SYMTAB] + (info >> 32) * SYMBOL)
        start = tags[STRTAB] + string
        if image[start : image.index(b"\0", start)] == name:
            yield offset


def _tags(image: bytes) -> dict[int, int]:
    """The dynamic section. The tables it names lie in the first segment, where file and memory offsets agree."""
    at, size, count = (*struct.unpack_from("<Q", image, 32), *struct.unpack_from("<HH", image, 54))
    for header in range(at, at + size * count, size):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", image, header)
        if kind == DYNAMIC:
            return dict(struct.unpack_from("<QQ", image, entry) for entry in range(offset, offset + length, 16))
    raise ValueError("no dynamic section")


def give_clock(library: str, seconds: Callable[[], float]) -> bool:
    """From now on the library takes `seconds` for the time of day. False where that cannot be done."""
    place = mapped(library)
    if place is None:
        return False
    try:
        found = list(slots(Path(place.path).read_bytes(), NAME))
    except (OSError, ValueError, KeyError, struct.error):
        return False
    clock = _FUNCTION(_clock(seconds))
    _kept.append(clock)
    pointer = ctypes.cast(clock, ctypes.c_void_p).value
    assert pointer
    return bool(found) and all(_point(place.base + offset, pointer) for offset in found)


def _clock(seconds: Callable[[], float]) -> Callable[[int, int], int]:
    packed = struct.Struct("=qq").pack

    def gettimeofday(timeval: int, _: int) -> int:
        whole, part = divmod(seconds(), 1)
        ctypes.memmove(timeval, packed(int(whole), int(part * 1_000_000)), 16)
        return 0

    return gettimeofday


def _point(address: int, target: int) -> bool:
    """Writes one pointer into a page that the linker has sealed."""
    page = address & -mmap.PAGESIZE
    protect = ctypes.CDLL(None).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(page, mmap.PAGESIZE, READABLE | WRITABLE):
        return False
    ctypes.c_uint64.from_address(address).value = target
    protect(page, mmap.PAGESIZE, READABLE)
    return True
