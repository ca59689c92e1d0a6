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
        data = json.loads(path.read_text("utf-8"))
        if not isinstance(data, dict):
            raise ValueError("no JSON object")
        return data

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
        aside = self.path.with_suffix(self.path.suffix + ".tmp")
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if self.path.exists() and not self.recovered:
            self._backup.unlink(missing_ok=True)
            os.link(self.path, self._backup)
        os.replace(aside, self.path)
        self.recovered = ""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

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
