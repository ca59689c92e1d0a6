"""What a call wants done. The switchboard has one handler for each kind, and no opinion."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.calls.admission import No
from appliance.ledger.record import Side
from appliance.routing.route import Rate
from appliance.vocabulary.cause import Cause


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of the prompt table, with values."""

    message: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ToneSound:
    """A tone of the country; until stopped when `seconds` is None."""

    name: str
    seconds: float | None = None


Heard = Spoken | ToneSound


@dataclass(frozen=True, slots=True)
class FindCallbackLine:
    """CallbackLine answers, in the same turn; money for the dialogue is held with it. `avoid`: a line that just failed.
    """

    avoid: str = ""


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Always before Dial: a call is money."""

    side: Side
    leg: str
    line: str
    number: str
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class Dial:
    leg: str
    line: str
    number: str


@dataclass(frozen=True, slots=True)
class AnswerRing:
    """Answers the trigger itself: call-through only."""

    leg: str
    line: str


@dataclass(frozen=True, slots=True)
class RejectRing:
    pass


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    leg: str


@dataclass(frozen=True, slots=True)
class CloseRecord:
    """Closed and charged; the leg is forgotten. `answered` False: nobody was there, whatever the modem said."""

    leg: str
    cause: Cause
    answered: bool = True


@dataclass(frozen=True, slots=True)
class HangUp:
    leg: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class SetTimer:
    """The call's one timer; setting it replaces what ran."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    pass


@dataclass(frozen=True, slots=True)
class Play:
    """Plays to the A-leg, replacing what plays."""

    sounds: tuple[Heard, ...]
    token: int


@dataclass(frozen=True, slots=True)
class StopSound:
    pass


@dataclass(frozen=True, slots=True)
class CheckPin:
    """PinChecked answers."""

    digits: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Quoted or Refused answers, in the same turn."""

    keyed: str


@dataclass(frozen=True, slots=True)
class Hold:
    """HoldAnswer answers, in the same turn. `rate` is the B-leg's."""

    rate: Rate
    wanted_s: int


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """B is gone: the hold shrinks to the A-leg's dialogue; with the A-leg gone too it ends."""


@dataclass(frozen=True, slots=True)
class Overhear:
    """A hears what B's network says before the answer. It ends with B's leg, or becomes the bridge."""


@dataclass(frozen=True, slots=True)
class Bridge:
    pass


@dataclass(frozen=True, slots=True)
class Unbridge:
    pass


@dataclass(frozen=True, slots=True)
class Tell:
    """A line of the story."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The call is over: no legs, no records open, no hold. `refused`: why it never was one, for the subscriber."""

    outcome: str
    refused: No | None = None


Order = (
    FindCallbackLine | OpenRecord | Dial | AnswerRing | RejectRing | AnswerRecord | CloseRecord | HangUp | SetTimer
    | StopTimer | Play | StopSound | CheckPin | Quote | Hold | ReleaseHold | Overhear | Bridge
    | Unbridge | Tell | Finished
)
