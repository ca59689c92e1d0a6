"""Notes that one page leaves for the next ("the account was saved"): shown once, kept in memory only."""

from __future__ import annotations

import threading
from collections import OrderedDict

KEPT = 200  # sessions
EACH = 5  # notes


class Notes:
    """By session."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, list[str]] = OrderedDict()
        self._lock = threading.Lock()

    def leave(self, session: str, note: str) -> None:
        with self._lock:
            self._left.setdefault(session, []).append(note[:2000])
            del self._left[session][:-EACH]
            while len(self._left) > KEPT:
                self._left.popitem(last=False)

    def take(self, session: str) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._left.pop(session, ()))
