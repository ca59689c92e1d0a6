"""Files between their preview and "take it over": in memory, for the session that sent them, for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from appliance.vocabulary.clock import Clock, token

KEPT = 4  # files; together 24 MB at most
HOLDS_S = 1800.0  # s


class NoText(ValueError):
    """The file is no text; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    owner: str
    name: str
    text: str
    at: float  # s, monotonic


class Uploads:
    """The oldest goes when there are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, owner: str, name: str, text: str) -> str:
        """A name by which the same owner finds it again."""
        number = token(8)
        with self._lock:
            self._kept[number] = Upload(owner, name, text, self._clock.monotonic())
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return number

    def find(self, number: str, owner: str) -> Upload | None:
        with self._lock:
            found = self._kept.get(number)
        if found is None or found.owner != owner or self._clock.monotonic() - found.at > HOLDS_S:
            return None
        return found

    def forget(self, number: str) -> None:
        with self._lock:
            self._kept.pop(number, None)


def text_of(octets: bytes) -> str:
    """UTF-8, or what spreadsheets save otherwise (Windows-1252). NoText for anything else."""
    if b"\0" in octets:
        raise NoText("this is no text file; save it as CSV")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
