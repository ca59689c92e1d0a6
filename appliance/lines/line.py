"""The seam between the switchboard and every kind of line.

A line tells what happens by handing events to one sink, in order; it is told what to do by the methods of
`Line`, none of which blocks or raises for trouble in the network: trouble comes back as an event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from appliance.vocabulary.cause import Cause


class LineHealth(StrEnum):
    """Where a line is in its life. "Not there" is a state, not an exception."""

    ABSENT = "absent"
    STARTING = "starting"
    READY = "ready"
    BROKEN = "broken"


class ServiceFailed(Exception):
    """The network or the modem did not do what was asked beside a call; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """The network sends calls for this line elsewhere: `when` in words, and where to."""

    when: str
    number: str


@dataclass(frozen=True, slots=True)
class LineState:
    """Health, a sentence that says why and what to do, and what the network calls itself."""

    health: LineHealth
    why: str = ""
    operator: str = ""
    signal: int | None = None  # per cent, 0 to 100
    model: str = ""
    dialect: str = ""
    sim: str = ""  # ICCID, or "IMSI ..." when the modem tells no ICCID
    roaming: bool = False
    forwarding: tuple[Forwarding, ...] | None = None  # None: not known
    forwarding_unknown: str = ""  # why it could not be asked
    ailment: str = ""  # what was wrong with its audio in the last call, and the remedy
    pin_left: int | None = None  # attempts before the SIM locks itself; known when it asked for its PIN
    balance: str = ""  # what the network said last of the SIM's money, in its own words


class Presentation(StrEnum):
    """Whether the caller showed a number. 3GPP TS 27.007 § 7.11, <CLI validity>."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"


class NumberType(StrEnum):
    """Type of number as signalled: 145 international, 129 unknown, 161 national. 3GPP TS 24.008 § 10.5.4.7."""

    INTERNATIONAL = "international"
    NATIONAL = "national"
    UNKNOWN = "unknown"


class Screening(StrEnum):
    """Who vouches for a caller's number. ITU-T Q.931 § 4.5.10; a network that does not tell counts as vouching."""

    NONE = "none"
    PASSED = "passed"
    FAILED = "failed"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who the network says is calling; `digits` is raw and hostile. Normalised by routing's dial plan."""

    digits: str = ""
    type: NumberType = NumberType.UNKNOWN
    presentation: Presentation = Presentation.SHOWN
    screening: Screening = Screening.NETWORK
    name: str = ""  # display; as hostile as the digits


@dataclass(frozen=True, slots=True)
class StateChanged:
    line: str
    state: LineState


@dataclass(frozen=True, slots=True)
class Rang:
    """An incoming call: emitted once, when the caller is known or will not become known."""

    line: str
    ring: str  # unique id of this incoming call
    caller: CallerId
    called: str = ""  # which of the line's numbers was dialled, where the network tells: an MSN or an extension


@dataclass(frozen=True, slots=True)
class StillRinging:
    """Each further ring of the same call (about every 5 s): a call-through line answers a patient caller."""

    line: str
    ring: str
    rings: int


@dataclass(frozen=True, slots=True)
class RingEnded:
    """An incoming call is over without our answer: the caller gave up or we rejected it. The channel is free."""

    line: str
    ring: str


@dataclass(frozen=True, slots=True)
class Alerting:
    """The far phone rings (a line that cannot tell may skip this)."""

    leg: str


@dataclass(frozen=True, slots=True)
class EarlyVoice:
    """Before the answer there is something to hear, such as an announcement; as Answered's `port`. Nobody pays yet."""

    leg: str
    port: str


@dataclass(frozen=True, slots=True)
class Charged:
    """Advice of charge: what the network itself counts, in units, or as an amount in its currency."""

    leg: str
    units: int
    amount: str = ""
    currency: str = ""

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}".strip() if self.amount else f"{self.units} units"


@dataclass(frozen=True, slots=True)
class Answered:
    """The far side answered, or so the network says; voices run: octets came. `port` names it in the audio process.
    `sure`: no modem that may take a ringing phone for an answer stands between."""

    leg: str
    port: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """The leg is gone and verified gone: exactly one per dial or answer, whatever happened."""

    leg: str
    cause: Cause
    note: str = ""  # the network's own words, for the log
    ago_s: float = 0.0  # s since the last sign of life: verifying that a leg is gone takes time nobody talked


@dataclass(frozen=True, slots=True)
class KeyReported:
    """The modem itself heard a DTMF key on this leg; merged with the in-band detector by the audio room."""

    leg: str
    key: str


@dataclass(frozen=True, slots=True)
class KeysRefused:
    """The line could not send this key, and will not send others: they must go as tones."""

    leg: str
    key: str
    why: str


def _not_asked() -> None:
    """Nobody waits for it."""


@dataclass(frozen=True, slots=True)
class MessagePart:
    """Which part of a long message this is: `number` of `total`, from 1; `reference` is alike in all parts."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """An SMS, or one part of a long one. Told again until `kept` was called: then it is durable, and the line forgets
    it."""

    line: str
    sender: CallerId  # without digits when the sender has a name
    name: str  # an alphanumeric sender; nobody can answer it
    text: str  # of a part: half of a surrogate pair may stand at its ends
    sent: datetime | None  # by the network's clock
    part: MessagePart | None = None
    raw: str = ""  # as the modem gave it: the same message has the same
    fault: str = ""  # why it cannot be read; then only `raw` is left of it
    kept: Callable[[], None] = field(default=_not_asked, compare=False)


class MessageFate(StrEnum):
    SENT = "sent"  # the network has taken it
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have gone out: the modem never said
    DELIVERED = "delivered"  # the phone has it
    UNDELIVERED = "undelivered"  # the network gave up


@dataclass(frozen=True, slots=True)
class MessageReport:
    """What became of a message. SENT, FAILED or UNKNOWN comes once for each that was handed to the line, with its id;
    what the network reports later knows only number and reference."""

    line: str
    fate: MessageFate
    message: str = ""
    why: str = ""
    number: str = ""
    references: tuple[int, ...] = ()  # one for each part
    kept: Callable[[], None] = field(default=_not_asked, compare=False)


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """Something of a leg's audio that belongs into the call's story."""

    leg: str
    text: str


@dataclass(frozen=True, slots=True)
class VoiceLost:
    """The audio of an answered leg is gone, and what the line can do about it was done: the leg carries nothing."""

    leg: str
    why: str


LineEvent = (
    StateChanged | Rang | StillRinging | RingEnded | Alerting | Answered | Ended | KeyReported | MessageReceived
    | KeysRefused | MessageReport | VoiceNote | VoiceLost | EarlyVoice | Charged
)
Sink = Callable[[LineEvent], None]


class Line(Protocol):
    """One line. The contract suite in tests/contract/ is the definition of correct."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> LineState: ...

    @property
    def channels(self) -> int:
        """How many legs the line can carry at once."""

    @property
    def busy(self) -> int:
        """Channels in use now, rings included."""

    @property
    def has_audio(self) -> bool:
        """False: the line hears triggers and sends SMS, but carries no leg."""

    async def run(self) -> None:
        """Lives for ever: opens, prepares, supervises and reopens. Cancel to stop; legs end first."""

    def reject(self, ring: str) -> None:
        """Ends an incoming call unanswered; RingEnded follows. Unknown ring: ignored."""

    def answer(self, ring: str, leg: str) -> None:
        """Answers an incoming call as `leg`; Answered or Ended follows. Call-through lines only."""

    def dial(self, leg: str, number: str) -> None:
        """Dials `number` ("+49..." or digits as the network takes them); Alerting, Answered, Ended follow."""

    def hang_up(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        """Ends a leg; Ended follows once it is verified gone. Unknown leg: ignored."""

    async def ussd(self, code: str) -> str:
        """Asks the network's service, such as *100#. ServiceFailed says why not."""

    async def erase_forwarding(self) -> tuple[Forwarding, ...]:
        """Erases the network's call forwarding; what is left of it. ServiceFailed says why not."""

    @property
    def has_messages(self) -> bool:
        """Whether this kind of line can send SMS."""

    def send_message(self, message: str, number: str, text: str) -> None:
        """Sends an SMS when the line is free; MessageReport follows with `message` as its id."""

    def send_keys(self, leg: str, keys: str) -> None:
        """Sends DTMF to the far side of an answered leg."""


@runtime_checkable
class Overheard(Protocol):
    """A line whose dialog with its modem can be listened to."""

    @property
    def listeners(self) -> list[Callable[[str, str], None]]:
        """Whoever is in it hears every line: "> " (sent) or "< ", and the text. A PIN is masked."""


@runtime_checkable
class Traced(Protocol):
    """A line whose signalling can be looked at."""

    def trace(self, tracer: Callable[[str, bytes], None]) -> Callable[[], None]:
        """Every frame of the D channel from now on, with ">" (sent) or "<"; the returned function ends that."""
