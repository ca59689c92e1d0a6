"""What the last update was to become, on disk before the box restarts into it: the next life says how it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.store.atomic import AtomicStorage, StoreError


@dataclass(frozen=True, slots=True)
class Attempt:
    """`slot` ran when it was begun. `outcome`: "" until it is known, then "kept" or "left"; `seen`: by an admin."""

    version: str
    before: str
    slot: str
    at: str
    outcome: str = ""
    seen: bool = False


class LastUpdate:
    """One attempt in a file of its own, durable."""

    def __init__(self, path: Path) -> None:
        self._file = AtomicStorage(path)

    def read(self) -> Attempt | None:
        """None when there was none, or nobody can say any more what it was."""
        try:
            found = (self._file.read() or {}).get("attempt", {}).get("1")
            return Attempt(**found) if found else None
        except (StoreError, TypeError):
            return None

    def keep(self, attempt: Attempt) -> None:
        """StoreError when it cannot be written."""
        self._file.write({"attempt": {"1": asdict(attempt)}})
