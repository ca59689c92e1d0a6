"""The states of a call. Each carries exactly what it knows; which timer runs in it stands in gate.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.calls.request import Request
from appliance.routing.route import Rate, Route
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.number import Destination


class Question(StrEnum):
    """What the subscriber is being asked."""

    KEY = "key"
    PIN = "pin"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class RingGoesOn:
    """The trigger still rings; nothing costs anything yet."""

    request: Request


@dataclass(frozen=True, slots=True)
class Resting:
    """Before ringing back: the network needs a moment to clear, or the last try failed."""

    request: Request
    tries: int
    seconds: float
    avoid: str = ""  # the line that just failed


@dataclass(frozen=True, slots=True)
class Seeking:
    """FindCallbackLine is out."""

    request: Request
    tries: int
    avoid: str = ""


@dataclass(frozen=True, slots=True)
class CallingA:
    """A's phone is dialled, or rings (`alerting`). `giving_up`: it rang long enough and is being hung up; `doubted`:
    a modem had said that it was answered, and nobody was there."""

    request: Request
    tries: int
    leg: str
    line: str
    avoided: str = ""  # this try stands in for one on that line
    alerting: bool = False
    giving_up: bool = False
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """What is known while the A-leg is up. `legs_b` and `token` count B-legs and sounds; `failures` wrong answers.
    `doubtful`: a modem alone says that A answered. `tries` and `line` as of CallingA, should nobody be there."""

    request: Request
    leg: str
    verified: bool = False
    failures: int = 0
    legs_b: int = 0
    token: int = 0
    doubtful: bool = False
    tries: int = 0
    line: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question is open. While `prompting`, the prompt plays; a key ends it. `pressed` counts erased keys as well."""

    live: Live
    question: Question
    digits: str = ""
    pressed: int = 0
    prompting: bool = True


@dataclass(frozen=True, slots=True)
class CheckingPin:
    live: Live


@dataclass(frozen=True, slots=True)
class Quoting:
    live: Live
    keyed: str


@dataclass(frozen=True, slots=True)
class Holding:
    """The money for the first of `routes` is being held; `tried` routes failed before it."""

    live: Live
    number: Destination
    routes: tuple[Route, ...]
    tried: int


@dataclass(frozen=True, slots=True)
class CallingB:
    live: Live
    leg: str
    number: Destination
    routes: tuple[Route, ...]  # the first is being tried
    tried: int
    granted_s: int
    alerting: bool = False
    speaking: bool = False  # its network is heard: no ringing tone of ours
    hashes: int = 0


@dataclass(frozen=True, slots=True)
class Talking:
    """Bridged. `left_s` counts to the end of what is granted, `call_left_s` to the longest call the account allows."""

    live: Live
    leg: str
    rate: Rate
    step_s: float  # until this state's timer
    left_s: float  # money covers so many seconds after the timer was set
    call_left_s: float  # the account's longest call allows so many
    last: bool = False  # no more money to be had: the end of left_s ends the talk
    hashes: int = 0
    renewing: int = 0  # a HoldAnswer is due, for so many s


@dataclass(frozen=True, slots=True)
class ClosingB:
    """B is being hung up, for our `cause`; then A hears `message` and is asked for the next number."""

    live: Live
    leg: str
    message: str
    cause: Cause = Cause.NORMAL


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The last words to A play; then it is hung up."""

    live: Live
    outcome: str


@dataclass(frozen=True, slots=True)
class Ending:
    """Whatever is up is being hung up: ids of the legs not yet verified gone."""

    request: Request
    leg_a: str
    leg_b: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Over:
    request: Request
    outcome: str


State = (
    RingGoesOn | Resting | Seeking | CallingA | Asking | CheckingPin | Quoting | Holding | CallingB | Talking | ClosingB
    | Goodbye | Ending | Over
)
