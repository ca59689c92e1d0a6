"""A whole box in one file: settings and journal with their check sums; put back only when it is whole."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from appliance.store.atomic import StoreError, sync_folder
from appliance.store.documents import Documents
from appliance.store.schema import VERSION

SETTINGS, JOURNAL, MANIFEST = "settings.json", "journal.sqlite", "manifest.json"
LARGEST = {MANIFEST: 64 * 1024, SETTINGS: 64 * 1024**2, JOURNAL: 2 * 1024**3}  # octets, unpacked
FORMAT = 1
STAGED, BEFORE, READY = "restore", "before-restore", "ready"
PIECE = 1024**2  # octets read at a time


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds. `made` as it was written, ISO 8601."""

    made: str
    settings: Mapping[str, Any]  # the documents' tables
    calls: int
    newest: str  # when its newest leg was opened, "" for none


def write_backup(data: Path, target: Path, made: str) -> None:
    """While the gateway runs: on a connection of its own, so that no call waits. Not in the event loop."""
    folder = target.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = folder / f"{target.name}.{JOURNAL}"
    try:
        copy.unlink(missing_ok=True)
        db = sqlite3.connect(data / JOURNAL)
        try:
            db.execute("VACUUM INTO ?", (str(copy),))
        finally:
            db.close()
        settings = (data / SETTINGS).read_bytes() if (data / SETTINGS).exists() else b"{}"
        sums = {SETTINGS: hashlib.sha256(settings).hexdigest(), JOURNAL: _sum(copy)}
        manifest = {"format": FORMAT, "made": made, "journal_version": VERSION, "sha256": sums}
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file, \
                gzip.GzipFile("", "wb", 6, file, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
            for name, octets in ((MANIFEST, json.dumps(manifest).encode()), (SETTINGS, settings)):
                _add(tar, name, io.BytesIO(octets), len(octets))
            with open(copy, "rb") as journal:
                _add(tar, JOURNAL, journal, copy.stat().st_size)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"the backup cannot be written: {error}; make room on the card") from error
    finally:
        copy.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)


def _sum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(source: Path, folder: Path) -> Contents:
    """Checks every octet of a backup and leaves it unpacked in `folder`. StoreError says what is wrong with it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        _extract(source, folder)
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT or manifest["journal_version"] > VERSION:
            raise StoreError("this backup was made by a newer Ringback; install that version first")
        for name in (SETTINGS, JOURNAL):
            if _sum(folder / name) != manifest["sha256"][name]:
                raise StoreError(f"this backup is damaged: {name} is not what it was; take another one")
        calls, newest = _look_into(folder / JOURNAL)
        documents = Documents(folder / SETTINGS)
        tables = {"site": documents.site, "line": documents.lines, "account": documents.accounts}
        documents.close()
        return Contents(str(manifest["made"]), tables, calls, newest)
    except (OSError, EOFError, ValueError, KeyError, TypeError, tarfile.TarError, sqlite3.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(f"this is no backup of a box, or it is damaged ({type(error).__name__})") from error
    except StoreError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _extract(source: Path, folder: Path) -> None:
    """Only our three names, as plain files, none larger than it may be."""
    with tarfile.open(source, "r:gz") as tar:
        for member in tar:
            if member.name not in LARGEST or not member.isfile() or member.size > LARGEST[member.name]:
                raise StoreError("this is no backup of a box: it holds other files")
            inner = tar.extractfile(member)
            assert inner
            with open(os.open(folder / member.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                shutil.copyfileobj(inner, out, PIECE)


def _look_into(path: Path) -> tuple[int, str]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StoreError("this backup is damaged: its journal cannot be read; take another one")
        calls, newest = db.execute("SELECT COUNT(DISTINCT call), MAX(opened) FROM record").fetchone()
        return int(calls), newest or ""
    finally:
        db.close()


def stage(unpacked: Path, data: Path) -> None:
    """What was unpacked is taken at the next start. The mark comes last: a power cut leaves the old box."""
    staged = data / STAGED
    shutil.rmtree(staged, ignore_errors=True)
    os.replace(unpacked, staged)
    sync_folder(staged)
    (staged / READY).touch()
    sync_folder(staged)
    sync_folder(data)


def take_staged(data: Path) -> bool:
    """At a start, before anything is open. What was there is kept for `undo`. Goes on where a power cut stopped it."""
    staged, before = data / STAGED, data / BEFORE
    if not (staged / READY).exists():
        return False
    if not (staged / BEFORE).exists():
        shutil.rmtree(before, ignore_errors=True)
        (staged / BEFORE).touch()  # from here on, `before` is of this restore
        sync_folder(staged)
    before.mkdir(mode=0o700, exist_ok=True)
    for name in (SETTINGS, JOURNAL):
        if not (staged / name).exists():
            continue
        for old in (name, f"{name}.bak", f"{name}-wal", f"{name}-shm"):
            if (data / old).exists() and not (before / old).exists():
                os.replace(data / old, before / old)
        sync_folder(before)
        if (staged / f"{name}-wal").exists():  # of a box that was not closed in order
            os.replace(staged / f"{name}-wal", data / f"{name}-wal")
        os.replace(staged / name, data / name)
        sync_folder(data)
    shutil.rmtree(staged)
    return True


def undo(data: Path) -> None:
    """Stages what the last restore replaced. StoreError when there was none."""
    if not can_undo(data):
        raise StoreError("nothing was restored that could be undone")
    stage(data / BEFORE, data)


def can_undo(data: Path) -> bool:
    return (data / BEFORE / JOURNAL).exists()
