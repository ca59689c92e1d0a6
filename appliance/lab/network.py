"""The exchange of the lab: numbers, circuits between them, and what each end is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from appliance.lab.codec import Codec
from appliance.lab.simcard import SimCard
from appliance.lab.sms_centre import MessageCentre
from appliance.vocabulary.cause import Cause

SET_UP_S = 0.4  # s from dialling to the far phone's ring; real networks take 2 to 5
CALL_BY_CALL = re.compile(r"^010(?:0[0-9]{2}|[1-9][0-9])(?=0)")
RINGING_S = 75.0  # s until the network gives up on a phone that nobody answers; T310 and T301 of mobile networks


class Stage(StrEnum):
    DIALLING = "dialling"
    ALERTING = "alerting"
    ACTIVE = "active"
    OVER = "over"


class Party(Protocol):
    """A phone or a modem at the end of a circuit."""

    number: str

    def offered(self, circuit: Circuit) -> Cause | None:
        """A call comes in: None = it rings here, else why not."""

    def changed(self, circuit: Circuit) -> None:
        """The circuit's stage is another."""

    def diverted(self, circuit: Circuit) -> None:
        """The call that rang here is forwarded: here it is over, with circuit.cause."""

    def heard(self, frame: bytes) -> None:
        """20 ms from the far side."""

    def keyed(self, key: str) -> None:
        """The far side begins to key this digit; its tone follows in the voice."""


class Circuit:
    """One call between two parties. `withheld`: the caller does not show his number (CLIR)."""

    def __init__(
        self, network: Network, caller: Party, callee: Party | None, dialled: str, withheld: bool = False
    ) -> None:
        self._network = network
        self.caller, self.callee, self.dialled, self.withheld = caller, callee, dialled, withheld
        self.stage = Stage.DIALLING
        self.cause: Cause | None = None
        self.ended_by: Party | None = None
        self._air = {id(party): network.codec() for party in (caller, callee) if party}

    def other(self, party: Party) -> Party | None:
        return self.callee if party is self.caller else self.caller

    def taken_by(self, party: Party) -> None:
        """The number's owner lets somebody of his own take the call: one of many channels."""
        self.callee = party
        self._air[id(party)] = self._network.codec()

    def answer(self) -> None:
        if self.stage is Stage.ALERTING:
            self._go(Stage.ACTIVE)

    def end(self, cause: Cause = Cause.NORMAL, by: Party | None = None) -> None:
        if self.stage is Stage.OVER:
            return None
        self.cause, self.ended_by = cause, by
        if by is not self.caller and self.stage is not Stage.ACTIVE and (mailbox := self._forwarded(cause)):
            return self._divert(mailbox)
        self._network.released(self)
        return self._go(Stage.OVER)

    def _forwarded(self, cause: Cause) -> Party | None:
        card = self._network.cards.get(self.callee.number) if self.callee else None
        return self._network.party(card.diverted(cause)) if card else None

    def _divert(self, to: Party) -> None:
        """The caller hears nothing of it, and pays when it is answered there."""
        left, self.callee = self.callee, to
        self._air[id(to)] = self._network.codec()
        if left:
            left.diverted(self)
        self.cause, self.ended_by, self.stage = None, None, Stage.DIALLING
        self.offer()

    def send(self, party: Party, frame: bytes) -> None:
        """20 ms from one party, through the air, to the other."""
        far = self.other(party)
        if self.stage is not Stage.ACTIVE or far is None:
            return
        passed = self._air[id(party)].pass_through(frame)
        if self._network.delay_s:
            self._network.later(self._network.delay_s, self._arrive, far, passed)
        else:
            far.heard(passed)

    def _arrive(self, far: Party, frame: bytes) -> None:
        if self.stage is Stage.ACTIVE:
            far.heard(frame)

    def key(self, party: Party, key: str) -> None:
        """One party begins to key a digit: the network tells the other's modem, besides the tone."""
        far = self.other(party)
        if self.stage is Stage.ACTIVE and far:
            far.keyed(key)

    def offer(self) -> None:
        """The set-up time is over: the far side rings, or says why not."""
        if self.stage is not Stage.DIALLING:
            return None
        if self.callee is None:
            return self.end(Cause.UNALLOCATED)
        if self._network.engaged(self.callee, self):
            return self.end(Cause.BUSY)
        if (cause := self.callee.offered(self)) is not None:
            return self.end(cause)
        self._network.later(RINGING_S, self._give_up)
        return self._go(Stage.ALERTING)

    def _give_up(self) -> None:
        if self.stage is Stage.ALERTING:
            self.end(Cause.NO_ANSWER)

    def _go(self, stage: Stage) -> None:
        self.stage = stage
        for party in (self.caller, self.callee):
            if party:
                party.changed(self)


class Network:
    """Parties by number. Everything happens on the running loop's time. `delay_s`: s a voice takes, one way."""

    def __init__(self, codec: Callable[[], Codec], country_code: str = "49", delay_s: float = 0.0) -> None:
        self.codec, self.delay_s = codec, delay_s
        self._country_code = country_code
        self._parties: dict[str, Party] = {}
        self.trunk: Party | None = None  # takes calls to numbers that nobody here has
        self._circuits: set[Circuit] = set()
        self._loop = asyncio.get_running_loop()
        self.cards: dict[str, SimCard] = {}
        self.messages = MessageCentre()
        self.congested: set[str] = set()  # numbers whose outgoing calls the network refuses

    def join(self, party: Party) -> None:
        self._parties[party.number] = party

    def party(self, number: str) -> Party | None:
        return self._parties.get(number)

    def later(self, seconds: float, what: Callable[..., None], *args: object) -> None:
        """Does something in a while."""
        self._loop.call_later(seconds, what, *args)

    def call(self, caller: Party, dialled: str, *, withheld: bool = False) -> Circuit:
        """Dials; what becomes of it is told through Party.changed."""
        callee = self._parties.get(self.normal(dialled)) or (self.trunk if caller is not self.trunk else None)
        circuit = Circuit(self, caller, callee, dialled, withheld)
        self._circuits.add(circuit)
        if caller.number in self.congested:
            self._loop.call_later(SET_UP_S, circuit.end, Cause.CONGESTION)
        else:
            self._loop.call_later(SET_UP_S, circuit.offer)
        return circuit

    def normal(self, dialled: str) -> str:
        """In E.164 form; call-by-call carriers are the network's own affair."""
        if self._country_code == "49":
            dialled = CALL_BY_CALL.sub("", dialled)
        if dialled.startswith("00"):
            return "+" + dialled[2:]
        if dialled.startswith("0"):
            return f"+{self._country_code}{dialled[1:]}"
        return dialled

    def engaged(self, party: Party, but: Circuit) -> bool:
        """Whether the party is in another call, or dialling one."""
        return any(
            other.caller is party or (other.callee is party and other.stage is not Stage.DIALLING)
            for other in self._circuits if other is not but
        )

    def released(self, circuit: Circuit) -> None:
        self._circuits.discard(circuit)
