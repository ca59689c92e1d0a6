"""What lamps show: patterns of light for states of the box. Nothing here waits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

Pattern = tuple[float, ...]  # s on, s off, s on, ... and again from the start; () is dark
ON: Pattern = (1.0,)
DARK: Pattern = ()
FAST: Pattern = (0.1, 0.1)
SLOW: Pattern = (0.5, 0.5)
TWICE: Pattern = (0.1, 0.2, 0.1, 1.2)
FLASH: Pattern = (0.1, 1.9)
BLINK_S, PAUSE_S = 0.3, 1.2  # s of a blink of a code and of the dark after it; s before it is shown again


class State(IntEnum):
    """The worst that is true. The number is how often the lamp blinks when the button is pressed."""

    FINE = 1
    BOX = 2  # supply, temperature, memory, clock: ringback check says
    LINE_AWAY = 3  # a line is broken or absent; others work
    NO_CALLS = 4  # fewer than two channels: no callback can be made
    STARTING = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """One pattern for each of the three lamps: green, yellow, red."""

    ok: Pattern
    call: Pattern
    trouble: Pattern


def show(state: State, calls: int) -> Shown:
    """`calls`: how many are running. A box with the green lamp only tells everything by that one."""
    ok = {State.STARTING: FAST, State.NO_CALLS: FLASH, State.LINE_AWAY: SLOW}.get(state, ON)
    if calls and state not in (State.STARTING, State.NO_CALLS):
        ok = TWICE
    trouble = {State.NO_CALLS: ON, State.LINE_AWAY: SLOW, State.BOX: FLASH}.get(state, DARK)
    return Shown(ok, ON if calls else DARK, trouble)


def code(state: State) -> Pattern:
    """As many blinks as the state's number, then a pause."""
    return (BLINK_S,) + (BLINK_S, BLINK_S) * (state - 1) + (PAUSE_S,)


def lit(pattern: Pattern, since_s: float) -> bool:
    """Whether a lamp is on, so many seconds after its pattern began."""
    whole = sum(pattern)
    if len(pattern) < 2 or whole <= 0:
        return bool(pattern)
    at, on = since_s % whole, True
    for length in pattern:
        if at < length:
            return on
        at, on = at - length, not on
    return False
