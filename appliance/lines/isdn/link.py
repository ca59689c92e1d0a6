"""The seam between an ISDN line and its span: a process in the box, the same object in memory for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from appliance.lines.isdn.spansettings import Event

Tell = Callable[[Event], None]


class SpanLink(Protocol):
    """Orders go down, events come up."""

    async def live(self, tell: Tell) -> str:
        """One life of the span, from its start to its end; how it ended. Cancel to end it."""

    def send(self, order: Event) -> None:
        """Nothing happens when there is no span now: its end was told."""

    def source(self, leg: str) -> str:
        """Where the audio process finds that leg's voice."""

    def kill(self) -> None:
        """Ends this life at once: it hangs, or lies."""
