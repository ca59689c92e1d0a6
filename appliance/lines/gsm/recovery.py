"""What is done about a modem that stays away: steps that grow, each judged by what comes after, each limited."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

from appliance.lines.gsm.doubt import Attempt, Doubt
from appliance.lines.power import PowerFailed, PowerStep

PATIENCE_S = 20.0  # s of silence before the first step: a modem that restarts by itself is back sooner
ABSENT_S = 60.0  # s for one that is not there: most likely a person has it in his hand
UNKNOWN_S = 300.0  # s for one that was never ready: most likely the site file names another port
JUDGED_S = 45.0  # s for a modem to boot and answer, before the next step
STEP_S = 30.0  # s a step may take
PER_HOUR = 3  # times for each step: what it does not cure, it only disturbs
HOUR_S = 3600.0
SEARCH_S = 300.0  # s of searching for a network before the modem is restarted
RESTART_S = 600.0  # s between two restarts by command
MANY, MANY_S = 5, 900.0  # restarts of its own within so many s: its supply is too weak
REMEDY = "pull its plug for 10 s; if that does not help, give it another port, cable or power supply"
WEAK = ("it restarts again and again, as modems do whose supply is too weak: plug it into a hub with a supply of its "
        "own (2 A)")


class Cure(Enum):
    """Of a modem that answers and does not dial."""

    NONE = auto()
    RESTART = auto()  # by command
    STEP = auto()  # a power step is taken when this life is over
    BAR = auto()  # nothing is left: no call for a while, then one that tries


class Recovery:
    """One modem's. Times are the running loop's."""

    def __init__(self, steps: Sequence[PowerStep]) -> None:
        self._steps = steps
        self._taken: list[deque[float]] = [deque() for _ in steps]
        self._next = 0
        self._said = ""  # of the steps since it went away
        self._away_since: float | None = None
        self._absent = self._known = False
        self._judged_at = self._restart_from = 0.0
        self._restarts: deque[float] = deque(maxlen=MANY)
        self._doubt = Doubt()
        self._wanted: int | None = None  # a step that is due whether it is away or not
        self._loop = asyncio.get_running_loop()

    def here(self) -> None:
        """It answers; perhaps it wants something, but it needs no step."""
        self._away_since, self._said, self._next, self._known = None, "", 0, True

    def away(self, *, absent: bool) -> None:
        """It does not answer, or is not there (`absent`)."""
        if absent:
            self._doubt.lift()
        if self._away_since is None or absent is not self._absent:
            self._away_since, self._absent = self._loop.time(), absent

    def restarted(self) -> None:
        """By itself: nobody told it to."""
        self._restarts.append(self._loop.time())

    def may_restart(self) -> bool:
        """Whether it may be restarted by command now; if so, it counts as done."""
        now = self._loop.time()
        if now < self._restart_from:
            return False
        self._restart_from = now + RESTART_S
        return True

    def attempted(self, attempt: Attempt) -> Cure:
        """A call is over: what must be done to the modem if it does not dial."""
        if attempt.seen:
            self._doubt = Doubt()
        if attempt.seen is not False or not self._doubt.failed(attempt):
            return Cure.NONE
        if not self._doubt.restarted and self.may_restart():
            self._doubt.restarted = True
            return Cure.RESTART
        fresh = (n for n in range(len(self._steps)) if n not in self._doubt.steps and self._allowed(self._taken[n]))
        self._wanted = next(fresh, None)
        if self._wanted is not None:
            self._doubt.steps.add(self._wanted)
            return Cure.STEP
        self._doubt.bar(self._loop.time())
        return Cure.BAR

    def barred(self) -> str:
        """Why no call is dialled now, with what was done and what a person can do; "" when calls may be dialled."""
        if not self._doubt.barred(self._loop.time()):
            return ""
        done = [self._steps[n].done for n in sorted(self._doubt.steps)]
        return "; ".join((self._doubt.why, *done, f"now and then one call tries it again; {REMEDY}"))

    def told(self, why: str) -> str:
        """Why it is away, with what was done and what a person can do."""
        away = self._known and not self._absent and self._away_since is not None
        tired = away and self._loop.time() >= self._due()
        weak = len(self._restarts) == MANY and self._loop.time() - self._restarts[0] < MANY_S
        return "; ".join(filter(None, (why, self._said, WEAK if weak else REMEDY if tired or self._said else "")))

    async def help(self) -> None:
        """Takes the next step when it is due and allowed."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            return await self._take(wanted)
        if self._away_since is None or self._loop.time() < max(self._due(), self._judged_at):
            return None
        count = len(self._steps)
        turns = ((self._next + n) % count for n in range(count))
        allowed = next((n for n in turns if self._allowed(self._taken[n])), None)
        if allowed is not None:
            await self._take(allowed)
        return None

    def _due(self) -> float:
        return (self._away_since or 0.0) + (UNKNOWN_S if not self._known else ABSENT_S if self._absent else PATIENCE_S)

    def _allowed(self, taken: deque[float]) -> bool:
        while taken and self._loop.time() - taken[0] >= HOUR_S:
            taken.popleft()
        return len(taken) < PER_HOUR

    async def _take(self, n: int) -> None:
        step = self._steps[n]
        try:
            async with asyncio.timeout(STEP_S):
                await step.take()
            self._said = step.done
        except PowerFailed as error:
            self._said = str(error)
        except TimeoutError:
            self._said = f"what would wake it did not end within {STEP_S:g} s ({step.done})"
        now = self._loop.time()
        self._taken[n].append(now)
        self._next, self._judged_at = (n + 1) % len(self._steps), now + JUDGED_S
