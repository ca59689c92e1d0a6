"""What can be done to a modem from outside: reset its USB port, switch its supply. The gateway hands it in."""

from __future__ import annotations

from typing import Protocol


class PowerFailed(Exception):
    """The step could not be taken; the text says why."""


class PowerStep(Protocol):
    """One way to wake a modem that answers nothing any more. Weaker steps come before stronger ones."""

    @property
    def done(self) -> str:
        """What was done, for people: "its USB port was reset"."""

    async def take(self) -> None:
        """Does it, and returns when it is done: whether it helped is seen by the line. PowerFailed says why not."""
