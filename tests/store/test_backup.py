"""Backups: whole or refused, put back with a way back, and never half, wherever the power goes."""

from __future__ import annotations

import gzip
import io
import os
import random
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.store import backup
from appliance.store.atomic import StoreError
from appliance.store.documents import Documents
from appliance.store.journal import Journal
from appliance.vocabulary.money import Money

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def box(data: Path, country: str, cents: int) -> Path:
    data.mkdir(parents=True, exist_ok=True)
    documents = Documents(data / backup.SETTINGS)
    documents.replace_all({"country": country}, [], [])
    documents.close()
    journal = Journal(data / backup.JOURNAL, "EUR")
    journal.credit("Anna", Money(cents * 10_000, "EUR"), "paid", NOW)
    journal.close()
    return data


def what(data: Path) -> tuple[str, int]:
    documents = Documents(data / backup.SETTINGS)
    journal = Journal(data / backup.JOURNAL, "EUR")
    found = (str(documents.site["country"]), journal.balance("Anna").micros // 10_000)
    journal.close()
    documents.close()
    return found


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    target = tmp_path / "saved" / "box.tar.gz"
    backup.write_backup(box(tmp_path / "old", "AT", 500), target, "2026-03-02")
    return target


def test_a_box_is_put_back_and_that_is_undone(tmp_path: Path, saved: Path) -> None:
    data = box(tmp_path / "new", "DE", 7)
    found = backup.unpack(saved, tmp_path / "unpacked")
    assert (found.made, found.calls) == ("2026-03-02", 0)
    assert what(data) == ("DE", 7)  # a look changes nothing
    backup.stage(tmp_path / "unpacked", data)
    assert backup.take_staged(data)
    assert what(data) == ("AT", 500)
    assert not backup.take_staged(data)
    backup.undo(data)
    assert backup.take_staged(data)
    assert what(data) == ("DE", 7)
    backup.undo(data)  # and the undo is undone
    assert backup.take_staged(data)
    assert what(data) == ("AT", 500)


def test_there_is_nothing_to_undo_before_a_restore(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing was restored"):
        backup.undo(box(tmp_path / "new", "DE", 7))


def test_the_power_goes_between_any_two_steps(tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was done before the cut, the next start ends with the whole backup, and the way back is whole."""
    real = os.replace
    for cut in range(12):
        data = box(tmp_path / f"new{cut}", "DE", 7)
        backup.unpack(saved, tmp_path / f"unpacked{cut}")
        backup.stage(tmp_path / f"unpacked{cut}", data)
        left = [cut]

        def replace(old: Path, new: Path, left: list[int] = left) -> None:
            if not left[0]:
                raise SystemExit
            left[0] -= 1
            real(old, new)
        monkeypatch.setattr(os, "replace", replace)
        try:
            backup.take_staged(data)
        except SystemExit:
            monkeypatch.setattr(os, "replace", real)
            assert backup.take_staged(data)
        monkeypatch.setattr(os, "replace", real)
        assert what(data) == ("AT", 500), cut
        backup.undo(data)
        assert backup.take_staged(data)
        assert what(data) == ("DE", 7), cut


def refused(tmp_path: Path, octets: bytes) -> str:
    source = tmp_path / "x.tar.gz"
    source.write_bytes(octets)
    with pytest.raises(StoreError) as error:
        backup.unpack(source, tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()
    return str(error.value)


def test_a_damaged_backup_is_refused(tmp_path: Path, saved: Path) -> None:
    whole = saved.read_bytes()
    for cut in (0, 1, 20, len(whole) // 2):
        refused(tmp_path, whole[:cut])
    plain, chance = bytearray(gzip.decompress(whole)), random.Random(1)
    for _ in range(25):
        at = chance.randrange(len(plain))
        bad = bytearray(plain)
        bad[at] ^= 0x55
        try:
            (tmp_path / "y.tar.gz").write_bytes(gzip.compress(bytes(bad)))
            backup.unpack(tmp_path / "y.tar.gz", tmp_path / "unpacked")
        except StoreError:
            continue
        # A flip in the tar's own padding or in the file's attributes harms nothing.
        assert (tmp_path / "unpacked" / backup.JOURNAL).read_bytes() in bytes(plain)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "journal.sqlite-wal", "settings.json/x"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    assert "holds other files" in refused(tmp_path, packed.getvalue())
    assert not (tmp_path.parent / "evil").exists()


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo(backup.SETTINGS)
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    assert "holds other files" in refused(tmp_path, packed.getvalue())


def test_a_file_that_claims_to_be_huge_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo(backup.SETTINGS)
        info.size = backup.LARGEST[backup.SETTINGS] + 1
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    assert "holds other files" in refused(tmp_path, packed.getvalue())
