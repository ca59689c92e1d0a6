"""A +CUSD answer whose text has line breaks: it comes as several lines, and only its quotes say where it ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

OPENS = re.compile(r'\+CUSD: *[0-9] *, *"')  # 3GPP TS 27.007 § 7.15
ENDS = re.compile(r'" *(, *[0-9]* *)?')
LINES, WAIT_S = 16, 2.0  # of one text, which is 182 characters at most; s from its first line


class BrokenText:
    """Joins it with blanks. A text that is never closed is handed on as far as it came, after LINES or WAIT_S."""

    def __init__(self, hand_on: Callable[[str], None]) -> None:
        self._hand_on, self._loop = hand_on, asyncio.get_running_loop()
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def takes(self, line: str, known: Callable[[str], bool]) -> bool:
        """Whether the line is part of such a text. `known`: it may be something else by its beginning."""
        if found := OPENS.match(line):
            self.flush()
            if _closed(line[found.end():]):
                return False
            self._timer = self._loop.call_later(WAIT_S, self.flush)
        elif not self._lines or known(line):
            return False
        self._lines.append(line)
        if len(self._lines) == LINES or (not found and _closed(line)):
            self.flush()
        return True

    def flush(self) -> None:
        text, self._lines = " ".join(self._lines), []
        self.close()
        if text:
            self._hand_on(text)

    def close(self) -> None:
        self._lines = []
        if self._timer:
            self._timer.cancel()
            self._timer = None


def _closed(text: str) -> bool:
    """Its end is looked for where it can only be, lest a hostile line takes long."""
    return (at := text.rfind('"')) >= 0 and ENDS.fullmatch(text, at) is not None
