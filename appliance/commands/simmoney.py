"""What a line's SIM has left, in its operator's words."""

from __future__ import annotations

import re
from collections.abc import Callable

from appliance.commands.live import LiveLine
from appliance.commands.operators import patterns
from appliance.lines.line import LineEvent, LineState, StateChanged
from appliance.settings.model import LineSettings, Settings
from appliance.vocabulary.money import Money

ROOM = "money"  # of the story
NO_MONEY = re.compile(
    r"(?<![0-9])[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}(?![0-9])"  # 28.11.2026, 28.11.26, 28/11/2026, 2026-11-28
    r"|(?<![0-9.,€$£])(?<![€$£]\s)(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])\.(?![0-9])"  # 28.11.
    r"|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|\b[0-9]{1,2}\.[0-9]{2}\s*(?:Uhr|h)\b"
    r"|\+?\b[0-9]{2,5}([./ -])[0-9]{2,}(?:\2[0-9]{2,})+(?![.,]?[0-9])"  # a telephone number in groups
    r"|\b[0-9]+(?:[.,][0-9]+)?\s*%", re.IGNORECASE)
HAS, LITTLE = ": its SIM has ", "only "


class SimMoney:
    """Tells the story when a SIM's money falls below what its line's `balance_below` says, and when it is above again:
    once each. `last`: the newest line of a room's story that begins so; what it says is known after a restart, too."""

    def __init__(self, settings: Callable[[], Settings], last: Callable[[str, str], str],
                 tell: Callable[[str, str], None]) -> None:
        self._settings, self._last, self._tell = settings, last, tell
        self._low: dict[str, bool] = {}

    def line_event(self, event: LineEvent) -> None:
        """For the sink of every line."""
        if not isinstance(event, StateChanged) or not event.state.balance:
            return
        line = next((each for each in self._settings().lines if each.name == event.line), None)
        if line is None or line.balance_below is None:
            return
        left = balance_of(event.state, line.balance_pattern, line.balance_below.currency)
        if left is None:
            return
        said = f"{line.name}{HAS}"
        if line.name not in self._low:
            self._low[line.name] = self._last(ROOM, said).startswith(said + LITTLE)
        low, was = left < line.balance_below, self._low[line.name]
        self._low[line.name] = low
        if low and not was:
            below = f"below {line.balance_below}; top it up, or its calls will fail"
            self._tell(f"{said}{LITTLE}{left} left, {below}", ROOM)
        elif was and not low:
            self._tell(f"{said}{left} now, enough again", ROOM)


def sim_left(line: LineSettings, now: LiveLine | None) -> Money | None:
    """None where nobody said from when on that is little, or the words cannot be read."""
    if now is None or line.balance_below is None or not now.state.balance:
        return None
    return balance_of(now.state, line.balance_pattern, line.balance_below.currency)


def balance_of(state: LineState, own_pattern: str, currency: str) -> Money | None:
    """The amount in an operator's words, by the line's own pattern, else by its operator's or the usual ones, which
    take no date, time, telephone number or percentage for money: what is unreadable is told."""
    told = state.balance[:500]
    told = told if own_pattern else NO_MONEY.sub(" _ ", told)
    found = (_amount(told, pattern, currency) for pattern in patterns(own_pattern, state))
    return next((left for left in found if left is not None), None)


def _amount(told: str, pattern: str, currency: str) -> Money | None:
    found = re.search(pattern, told, re.IGNORECASE)
    try:
        return Money.parse((found[1] if found else "").replace(",", "."), currency)
    except (ValueError, ArithmeticError, IndexError):
        return None
