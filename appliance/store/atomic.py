"""TinyDB storage that a power cut cannot hurt, and a lock that keeps the data directory to one owner."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from tinydb.storages import Storage


class StoreError(Exception):
    """The data directory or a file in it cannot be used; the text says which and what to do."""


def sync_folder(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class AtomicStorage(Storage):
    """Serialise first, write aside, fsync, keep the last good copy as .bak, rename, fsync the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recovered = ""  # says what was lost when the .bak had to be used

    def read(self) -> dict[str, dict[str, Any]] | None:
        """The document, or that of the .bak; None when there is neither. StoreError when neither is readable."""
        if not self.path.exists() and not self._backup.exists():
            return None
        try:
            return self._load(self.path)
        except (OSError, ValueError) as error:
            return self._from_backup(error)

    def _from_backup(self, error: Exception) -> dict[str, dict[str, Any]]:
        try:
            data = self._load(self._backup)
        except (OSError, ValueError):
            raise StoreError(
                f"{self.path} is unreadable ({error}) and so is its copy {self._backup.name}; "
                "move both away and apply your site file again"
            ) from error
        self.recovered = f"{self.path} was unreadable ({error}); the copy before its last change is in use"
        return data

    @property
    def _backup(self) -> Path:
        return self.path.with_suffix(self.path.suffix + ".bak")

    @staticmethod
    def _load(path: Path) -> dict[str, dict[str, Any]]:
        try:
            data = json.loads(path.read_text("utf-8"))
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(data, dict):
            raise ValueError("no JSON object")
        for name, table in data.items():
            if not isinstance(table, dict) or not all(isinstance(doc, dict) for doc in table.values()):
                raise ValueError(f"{name!r} is no table of documents")
            if not all(number.isascii() and number.isdigit() for number in table):
                raise ValueError(f"{name!r} has a document without a number")
        return data

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Durable when this returns. StoreError leaves everything as it was."""
        aside = self.path.with_suffix(self.path.suffix + ".tmp")
        try:
            self._write_aside(aside, json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8"))
            self._keep_copy()
            os.replace(aside, self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise StoreError(
                f"{self.path} cannot be written: {error.strerror}; make room on the card, or give the file to the user "
                "that runs the gateway (chown)"
            ) from error
        except UnicodeEncodeError as error:
            raise StoreError(f"{self.path} is not written: {error.object[error.start]!r} is no character") from error
        self.recovered = ""

    @staticmethod
    def _write_aside(aside: Path, content: bytes) -> None:
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _keep_copy(self) -> None:
        """The present file becomes the .bak by a rename, so that at no moment there is none."""
        if self.path.exists() and not self.recovered:
            link = self._backup.with_suffix(".link")
            link.unlink(missing_ok=True)
            os.link(self.path, link)
            os.replace(link, self._backup)
            link.unlink(missing_ok=True)  # a rename onto another name of the same file does nothing

    def close(self) -> None:
        pass


class Owner:
    """The one process that may write a data directory. StoreError when another one does."""

    def __init__(self, data: Path) -> None:
        try:
            data.mkdir(parents=True, exist_ok=True)
            self._file = os.open(data / "owner.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(f"{data} cannot be written: {error.strerror}; choose another with --data") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.read(self._file, 32).decode("ascii", "replace").strip() or "?"
            os.close(self._file)
            raise StoreError(f"{data} is in use by process {pid}; stop it first, or talk to it") from None
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())

    def close(self) -> None:
        os.close(self._file)
