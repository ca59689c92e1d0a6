"""The disk of the power-cut proof: flushed is there, the rest is there by sectors, or not."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.powercut.disk import RECORD, SECTOR, CutDisk, Operation, operations

A, B = b"a" * 2 * SECTOR, b"b" * 2 * SECTOR


def disk(tmp_path: Path, *log: Operation) -> CutDisk:
    base = tmp_path / "base"
    base.write_bytes(bytes(8 * SECTOR))
    return CutDisk(base, list(log))


def test_flushed_is_there_and_the_rest_by_sectors(tmp_path: Path) -> None:
    log = (Operation(1, 0, A), Operation(2, 0, None), Operation(3, 2 * SECTOR, B), Operation(4, 0, None))
    seen = set()
    for seed in range(60):
        content, pending = disk(tmp_path, *log).cut(3, Random(seed))
        assert content[:2 * SECTOR] == A
        assert pending == 1
        sectors = (content[2 * SECTOR:3 * SECTOR], content[3 * SECTOR:4 * SECTOR])
        assert all(sector in (bytes(SECTOR), B[:SECTOR]) for sector in sectors)
        seen.add(tuple(sector[:1] for sector in sectors))
    assert len(seen) == 4  # none, either half, all: a write can be torn


def test_nothing_is_there_that_was_not_written_before_the_cut(tmp_path: Path) -> None:
    cut = disk(tmp_path, Operation(1, 0, A), Operation(2, 0, None), Operation(3, 0, B), Operation(4, 0, None))
    assert cut.cut(0, Random(1)) == (bytes(8 * SECTOR), 0)
    assert cut.cut(2, Random(1))[0][:2 * SECTOR] == A
    content, pending = cut.cut(4, Random(1))
    assert content[:2 * SECTOR] == B
    assert pending == 0


def test_the_log_is_read_up_to_a_record_that_was_cut_itself(tmp_path: Path) -> None:
    log = tmp_path / "log"
    whole = RECORD.pack(1.5, 0, 512, 3) + b"abc" + RECORD.pack(2.5, 1, 0, 0)
    log.write_bytes(whole + RECORD.pack(3.5, 0, 0, 9) + b"half")
    assert list(operations(log)) == [Operation(1.5, 512, b"abc"), Operation(2.5, 0, None)]
