"""What may ail a modem's audio, and how often it must be started anew until it is well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ailment(StrEnum):
    """In the words of scenario files: "gsm1's audio stops"."""

    NEVER = "never starts"
    STOPS = "stops"
    ZEROS = "gives zeros"
    DEAF = "takes nothing"


@dataclass
class AudioHealth:
    """A modem's. `cure`: starts anew that cure it; 0 when nothing does."""

    ailment: Ailment | None = None
    cure: int = 0

    def falls_ill(self, ailment: Ailment, cure: int = 0) -> None:
        """From now on. What never starts has its first start before it, which is none anew."""
        self.ailment, self.cure = ailment, cure + 1 if cure and ailment is Ailment.NEVER else cure

    def started(self) -> None:
        """The box started the audio, or opened the port, anew."""
        if self.cure:
            self.cure -= 1
            if not self.cure:
                self.ailment = None

    def opened(self, start_command: str) -> None:
        """The audio port was opened: with a family that has no command for it, that is the start."""
        if not start_command:
            self.started()

    def given(self, frame: bytes) -> bytes:
        """What the audio port gives for that frame."""
        if self.ailment in (Ailment.NEVER, Ailment.STOPS):
            return b""
        return bytes(len(frame)) if self.ailment is Ailment.ZEROS else frame

    @property
    def takes(self) -> bool:
        return self.ailment is not Ailment.DEAF
