"""The seam between whoever speaks Q.931 and libpri: in this process, or in one of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.lines.isdn.reports import Report

READY = "ready"  # what a process with libpri says first


@dataclass(frozen=True, slots=True)
class Party:
    """A number as Q.931 carries it: type of number and plan (§ 4.5.10), presentation and screening."""

    number: str = ""
    plan: int = 0
    presentation: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """What an exchange says that a call costs: `units`, or a decimal number in a currency."""

    units: int = 0
    amount: str = ""
    currency: str = ""


class Signalling(Protocol):
    """One D channel. Orders for a call that is gone do nothing; `call` is a number that reports told."""

    def received(self, frame: bytes) -> None:
        """One frame of layer 2, without its check sum."""

    def setup(self, channel: int, called: str, plan: int, caller: Party, *, exclusive: bool, complete: bool) -> int:
        """Dials; the call's number. `complete` False: digits follow by `information`."""

    def information(self, call: int, digits: str) -> None: ...
    def more_digits(self, call: int, channel: int, *, inband: bool) -> None:
        """SETUP ACKNOWLEDGE."""

    def proceeding(self, call: int, channel: int) -> None: ...
    def progress(self, call: int, channel: int) -> None:
        """There is something to hear before the answer."""

    def alerting(self, call: int, channel: int) -> None: ...
    def answer(self, call: int, channel: int) -> None: ...
    def hang_up(self, call: int, cause: int) -> None:
        """Ended follows, when the other side has agreed."""

    def ignore(self, call: int) -> None:
        """As if it had never come: on a bus, a SETUP for somebody else's number. No word goes out."""

    def charge(self, call: int, charge: Charge, *, during: bool) -> None:
        """Advice of charge, from an exchange: while the call runs (AOC-D), or at its end (AOC-E)."""

    def restart(self, channel: int) -> None: ...
    def set_timer(self, name: str, seconds: float) -> None:
        """One of Q.931's, such as T303."""

    def close(self) -> None:
        """No more turns. libpri has no way to free a controller."""


MakeSignalling = Callable[[str, str, Callable[[bytes], None], Callable[[Report], None], Callable[[], float]],
                          Signalling]
