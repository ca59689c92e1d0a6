"""What can happen to a call. Facts only; what follows from them is decided in callback.py."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.calls.admission import No
from appliance.ledger.record import Side
from appliance.routing.route import Rate, Route
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.number import Destination


@dataclass(frozen=True, slots=True)
class RingOver:
    """The incoming call that asked for this callback is over; its channel is free."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    name: str


@dataclass(frozen=True, slots=True)
class CallbackLine:
    """The answer to FindCallbackLine: `line` None means none, `why` says it; `retry` that a later try may help."""

    line: str | None
    rate: Rate | None = None
    why: str = ""
    retry: bool = False
    reason: No = No.NO_LINE
    dialled: str = ""  # what leaves the box, when that is not the number as it is


@dataclass(frozen=True, slots=True)
class LegAlerting:
    side: Side


@dataclass(frozen=True, slots=True)
class LegSpeaks:
    """Something is to be heard before the answer."""

    side: Side


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """`sure` False: a modem says so, and some say it while the phone still rings."""

    side: Side
    sure: bool = True


@dataclass(frozen=True, slots=True)
class LegHeard:
    """Somebody is there: the first sound that no network makes."""

    side: Side


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The leg is verified gone."""

    side: Side
    cause: Cause


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One key of the A-leg: 0-9, * or #."""

    key: str


@dataclass(frozen=True, slots=True)
class SoundOver:
    token: int
    finished: bool


@dataclass(frozen=True, slots=True)
class PinChecked:
    ok: bool
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Quoted:
    """Routes for what was keyed, cheapest first; never empty."""

    number: Destination
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What was keyed leads nowhere: `message` names the prompt, `why` is for the record."""

    message: str
    why: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """Seconds of B-talk from now that the account's money covers; 0 means refused. `rate`: the row that was asked
    about, with what is reserved of a bundle."""

    granted_s: int
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class HangUpAsked:
    """An admin pressed hang up, or the money of the dialogue ran out."""

    why: str


@dataclass(frozen=True, slots=True)
class ShutdownAsked:
    pass


@dataclass(frozen=True, slots=True)
class AudioFailed:
    side: Side
    why: str


Event = (
    RingOver | TimerFired | CallbackLine | LegAlerting | LegSpeaks | LegAnswered | LegHeard | LegEnded | KeyPressed
    | SoundOver | PinChecked
    | Quoted | Refused | HoldAnswer | HangUpAsked | ShutdownAsked | AudioFailed
)
