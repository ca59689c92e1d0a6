"""The keypad: keys become an entry. Doubled keys are filtered by the audio room before they come here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

KEYS = frozenset("0123456789*#")  # A to D of ITU-T Q.23 are no keys of a telephone
MAX_KEYS = 32  # keys of one entry, erased ones included: nobody stays here for ever by correcting
REDIAL = "*0"


class Progress(Enum):
    """Where an entry stands after a key."""

    OPEN = "open"
    COMPLETE = "complete"
    TOO_LONG = "too long"  # never used as it stands: half a number may be somebody's number


@dataclass(frozen=True, slots=True)
class Entry:
    """`digits` as they count now; `pressed` keys of all, erased ones included."""

    digits: str = ""
    pressed: int = 0
    progress: Progress = Progress.OPEN


def press(entry: Entry, key: str, *, codes: bool) -> Entry:
    """One more key. `#` completes; `*` erases what was keyed.

    With `codes` (a number is asked) a `*` before any digit opens a service code; `*0` is complete by itself: redial.
    A key that no telephone has changes nothing.
    """
    if key not in KEYS:
        return entry
    pressed = entry.pressed + 1
    if key == "#":
        return Entry(entry.digits, pressed, Progress.COMPLETE)
    digits = entry.digits + key
    if key == "*":
        digits = "*" if codes and not entry.digits else ""
    if codes and digits == REDIAL:
        return Entry(digits, pressed, Progress.COMPLETE)
    return Entry(digits, pressed, Progress.TOO_LONG if pressed >= MAX_KEYS else Progress.OPEN)
