"""Does the modem still dial? Calls in a row of which nothing was ever seen, over all lives of the modem."""

from __future__ import annotations

from dataclasses import dataclass

FRUITLESS = 2  # calls in a row of which nothing was seen, until something is done about the modem
BAR_S, BAR_MOST_S = 300.0, 3600.0  # s without calls for a modem that nothing cures; twice as long each time
SIM_ERRORS = ("+CME ERROR: 13", "+CME ERROR: 14", "+CME ERROR: 15")  # failure, busy, wrong: no number's fault; § 9.2


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that was to be dialled. `final`: ATD's last line; `seen`: the network had a call; None: nobody knows."""

    number: str = ""
    final: str = ""
    seen: bool | None = None

    @property
    def why(self) -> str:
        if self.final in ("OK", "timeout"):
            return "the modem takes dial commands and does nothing with them"
        return f"the modem refuses to dial ({self.final[:40]})"


class Doubt:
    """Cleared by the first call that is seen. `restarted`, `steps`: what was done since it arose."""

    def __init__(self) -> None:
        self.restarted = False
        self.steps: set[int] = set()
        self._failed: list[Attempt] = []
        self._bar_s, self._until = BAR_S, 0.0

    @property
    def why(self) -> str:
        return self._failed[-1].why + (", also after a restart" if self.restarted else "")

    def failed(self, attempt: Attempt) -> bool:
        """One more of which nothing was seen; whether that is enough. A number may be at fault that is refused."""
        self._failed = [*self._failed, attempt][-FRUITLESS:]
        refused = {each.number for each in self._failed if each.final not in ("OK", "timeout", *SIM_ERRORS)}
        return len(self._failed) == FRUITLESS and len(refused) != 1

    def bar(self, now: float) -> float:
        """No call for so many s."""
        bar_s, self._bar_s = self._bar_s, min(2 * self._bar_s, BAR_MOST_S)
        self._until = now + bar_s
        return bar_s

    def lift(self) -> None:
        """A person was there: perhaps it is cured."""
        self._until, self._bar_s = 0.0, BAR_S

    def barred(self, now: float) -> bool:
        return now < self._until
