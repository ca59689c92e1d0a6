"""A SIM in the lab: who it is, where it is registered, what the network forwards for it, what USSD tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.vocabulary.cause import Cause

MAILBOX = "+4915100000055"
BUSY, NOT_ANSWERED = 1, 2  # reasons of 3GPP TS 27.007 § 7.11
ANSWERS_S = 2.0  # s the network takes for an answer


class SimLock:
    """What the PIN protects, until it was entered. Three attempts."""

    def __init__(self, pin: str) -> None:
        self._pin, self.attempts, self.locked = pin, 3, bool(pin)

    def lock(self) -> None:
        """The SIM had no power."""
        self.locked = bool(self._pin)

    def cpin(self, text: str, say: Callable[[str], None]) -> str:
        """+CPIN? asks, +CPIN=... enters it: the final line."""
        if text.endswith("?"):
            say("+CPIN: " + ("SIM PUK" if not self.attempts else "SIM PIN" if self.locked else "READY"))
            return "OK"
        if self.attempts and self.locked:
            if text.split("=")[1].strip('"') == self._pin:
                self.locked, self.attempts = False, 3
                return "OK"
            self.attempts -= 1
        return "+CME ERROR: 16"


@dataclass
class SimCard:
    """`registration` as in +CREG; `forwarding` reason -> number; `ussd` code -> text; `refuses`: numbers that its owner
    may not dial (fixed dialling)."""

    number: str
    iccid: str = ""
    registration: int = 1
    forwarding: dict[int, str] = field(default_factory=dict)
    busy: bool = False  # whatever needs the SIM is +CME ERROR: 14
    mum: bool = False  # the network tells nothing of forwarding
    refuses: set[str] = field(default_factory=set)
    ussd: dict[str, str] = field(default_factory=lambda: {"*100#": "Guthaben: 9,80 EUR"})

    def __post_init__(self) -> None:
        self.iccid = self.iccid or "8949020000" + self.number[-9:]

    def diverted(self, cause: Cause) -> str:
        """Where a call goes that ends so before it is answered; "" when nowhere."""
        reason = {Cause.BUSY: BUSY, Cause.REJECTED: BUSY, Cause.NO_ANSWER: NOT_ANSWERED}.get(cause)
        return self.forwarding.get(reason, "") if reason else ""

    def ccfc(self, text: str, say: Callable[[str], None]) -> str:
        """+CCFC=<reason>,<mode>: 2 asks, 4 erases; reason 4 is all of them."""
        found = re.fullmatch(r"\+CCFC=([0-5]),([0-4])", text)
        if not found:
            return "ERROR"
        if self.mum:
            return "+CME ERROR: 30"  # no network service
        reason, mode = int(found[1]), int(found[2])
        if mode == 4:
            if reason == 4:
                self.forwarding.clear()
            self.forwarding.pop(reason, None)
        elif mode == 2:
            number = self.forwarding.get(reason)
            say(f'+CCFC: 1,1,"{number}",145' if number else "+CCFC: 0,7")
        return "OK"

    def cusd(self, text: str) -> tuple[str, str]:
        """The final line, and the +CUSD line that comes later ("" for none)."""
        found = re.fullmatch(r'\+CUSD=1,"([0-9*#]+)",15', text)
        if not found:
            return "OK", ""
        answer = self.ussd.get(found[1])
        return "OK", f'+CUSD: 0,"{answer}",15' if answer is not None else "+CUSD: 4"
