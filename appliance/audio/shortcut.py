"""Two legs of one ISDN card: their voices need not come here to be passed on. Each still is heard here, for keys; and
what a leg is to hear is ours again whenever a prompt or a clean key is to be heard."""

from __future__ import annotations

from typing import Protocol


class Shortcut(Protocol):
    """One leg's end at its card. While it is joined, frames written to it go nowhere."""

    @property
    def card(self) -> str: ...

    @property
    def leg(self) -> str: ...

    def join(self, leg: str, *, untouched: bool) -> None:
        """It hears that leg of the same card from now on; what follows the last frame that came from it. `untouched`:
        keys pass as they come, so nothing of it will be taken back."""

    def take(self) -> None:
        """It hears what is written. What it was given of the last frame of the other leg is taken back, if not too
        late: the frame that is written next takes its place."""


def can_join(one: Shortcut | None, two: Shortcut | None) -> bool:
    return one is not None and two is not None and bool(one.card) and one.card == two.card
