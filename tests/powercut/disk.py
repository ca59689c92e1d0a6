"""What a power cut leaves on a disk with a volatile cache: all that was flushed, and some of what came after."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

RECORD = struct.Struct("<dBQI")  # as in recorder.py, which another Python runs
SECTOR = 512  # octets: a drive writes one whole or not at all


@dataclass(frozen=True, slots=True)
class Operation:
    """`data` is None for a flush."""

    at: float
    offset: int
    data: bytes | None


def operations(log: Path) -> Iterator[Operation]:
    """The recorder's log; a record that was being written when it ended is left out."""
    content = log.read_bytes()
    place = 0
    while place + RECORD.size <= len(content):
        at, kind, offset, length = RECORD.unpack_from(content, place)
        place += RECORD.size
        if place + length > len(content):
            return
        yield Operation(at, offset, None if kind else content[place:place + length])
        place += length


class CutDisk:
    """Plays the log up to a cut. Cuts must come in order."""

    def __init__(self, base: Path, log: list[Operation]) -> None:
        self._durable = bytearray(base.read_bytes())
        self._log, self._next = log, 0
        self._pending: list[Operation] = []

    def cut(self, before: int, chance: Random) -> tuple[bytes, int]:
        """The disk when the power goes before operation `before`: each sector not yet flushed is there or not, by
        chance, in any order; and how many writes were not yet flushed."""
        for operation in self._log[self._next:before]:
            if operation.data is None:
                for pending in self._pending:
                    _put(self._durable, pending, None)
                self._pending.clear()
            else:
                self._pending.append(operation)
        self._next = before
        left = bytearray(self._durable)
        share = chance.choice((0.0, 0.5, 0.9, 1.0))
        for pending in self._pending:
            _put(left, pending, lambda: chance.random() < share)
        return bytes(left), len(self._pending)


def _put(disk: bytearray, write: Operation, keep: Callable[[], bool] | None) -> None:
    assert write.data is not None
    for start in range(0, len(write.data), SECTOR):
        if keep is None or keep():
            part = write.data[start:start + SECTOR]
            disk[write.offset + start:write.offset + start + len(part)] = part
