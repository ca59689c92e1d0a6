"""A disk below the loop device, as a file on FUSE: writes down every write and every flush, in the order they came.

Run by the system's Python: `recorder.py MOUNTPOINT BASE LOG`. BASE is the disk's content at the beginning. A record of
LOG is the time (CLOCK_MONOTONIC, s), kind (0 write, 1 flush), offset and length (octets), then the octets written.
"""

from __future__ import annotations

import errno
import stat
import struct
import sys
import time
from pathlib import Path
from typing import Any

from fusepy import FUSE, FuseOSError, Operations  # type: ignore[import-not-found, unused-ignore]

RECORD = struct.Struct("<dBQI")  # as in disk.py, which another Python runs
NAME = "/disk"


class Disk(Operations):  # type: ignore[misc, unused-ignore]
    def __init__(self, content: bytearray, log: Path) -> None:
        self._content = content
        self._log = log.open("wb", buffering=0)

    def getattr(self, path: str, handle: Any = None) -> dict[str, int]:
        if path == "/":
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        if path != NAME:
            raise FuseOSError(errno.ENOENT)
        return {"st_mode": stat.S_IFREG | 0o600, "st_nlink": 1, "st_size": len(self._content)}

    def readdir(self, path: str, handle: Any) -> list[str]:
        return [".", "..", NAME[1:]]

    def open(self, path: str, info: Any) -> int:
        info.direct_io = 1  # no page cache between the loop device and us: a write is a write
        return 0

    def read(self, path: str, size: int, offset: int, info: Any) -> bytes:
        return bytes(self._content[offset:offset + size])

    def write(self, path: str, data: bytes, offset: int, info: Any) -> int:
        self._log.write(RECORD.pack(time.monotonic(), 0, offset, len(data)) + data)
        self._content[offset:offset + len(data)] = data
        return len(data)

    def fsync(self, path: str, datasync: int, info: Any) -> int:
        self._log.write(RECORD.pack(time.monotonic(), 1, 0, 0))
        return 0


def main(mountpoint: str, base: str, log: str) -> None:
    FUSE(Disk(bytearray(Path(base).read_bytes()), Path(log)), mountpoint, foreground=True, nothreads=True, raw_fi=True,
         big_writes=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
