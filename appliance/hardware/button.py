"""A button, from samples: short presses, and one held for ten seconds. Nothing here waits."""

from __future__ import annotations

from enum import Enum

SHORT_S = 2.0  # s; what is held longer and let go is a change of mind
LONG_S = 10.0  # s for what must not happen by accident
STEADY = 2  # samples alike until a level counts: contacts bounce


class Press(Enum):
    SHORT = "short"
    LONG = "long"


class Button:
    """One button. A button that is held while the box starts counts from then."""

    def __init__(self) -> None:
        self._level = self._last = self._told = False
        self._alike = 0
        self._since = 0.0

    def sampled(self, pressed: bool, now: float) -> Press | None:
        """`now` in s. What this sample completes."""
        self._alike = self._alike + 1 if pressed is self._last else 1
        self._last = pressed
        if self._alike >= STEADY and pressed is not self._level:
            return self._changed(pressed, now)
        if self._level and not self._told and now - self._since >= LONG_S:
            self._told = True
            return Press.LONG
        return None

    def _changed(self, pressed: bool, now: float) -> Press | None:
        self._level = pressed
        if pressed:
            self._since, self._told = now, False
            return None
        return Press.SHORT if not self._told and now - self._since < SHORT_S else None
