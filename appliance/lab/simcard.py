"""A SIM in the lab: who it is, where it is registered, what the network forwards for it, what USSD tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.lab.sms_pdu import septets
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
    lte: int | None = None  # as in +CEREG, where that is not the same
    ims: int | None = None  # as in +CIREG; None: the modem does not know that command
    forwarding: dict[int, str] = field(default_factory=dict)
    busy: bool = False  # whatever needs the SIM is +CME ERROR: 14
    mum: bool = False  # the network tells nothing of forwarding
    mum_of: set[int] = field(default_factory=set)  # or nothing of these reasons
    refuses: set[str] = field(default_factory=set)
    menus: set[str] = field(default_factory=set)  # codes behind whose text the network waits for a choice
    ussd: dict[str, str] = field(default_factory=lambda: {"*100#": "Guthaben: 9,80 EUR"})

    def __post_init__(self) -> None:
        self._menu_open = False
        self.iccid = self.iccid or "8949020000" + self.number[-9:]

    def registered(self) -> dict[str, str]:
        """Command -> information line."""
        lte = self.registration if self.lte is None else self.lte
        said = {"+CREG": f"+CREG: 0,{self.registration}", "+CEREG": f"+CEREG: 0,{lte}"}
        return said if self.ims is None else said | {"+CIREG": f"+CIREG: 0,{self.ims}"}

    def diverted(self, cause: Cause) -> str:
        """Where a call goes that ends so before it is answered; "" when nowhere."""
        reason = {Cause.BUSY: BUSY, Cause.REJECTED: BUSY, Cause.NO_ANSWER: NOT_ANSWERED}.get(cause)
        return self.forwarding.get(reason, "") if reason else ""

    def ccfc(self, text: str, say: Callable[[str], None]) -> str:
        """+CCFC=<reason>,<mode>: 2 asks, 4 erases; reason 4 is all of them."""
        found = re.fullmatch(r"\+CCFC=([0-5]),([0-4])", text)
        if not found:
            return "ERROR"
        reason, mode = int(found[1]), int(found[2])
        if self.mum or reason in self.mum_of:
            return "+CME ERROR: 30"  # no network service
        if mode == 4:
            if reason == 4:
                self.forwarding.clear()
            self.forwarding.pop(reason, None)
        elif mode == 2:
            number = self.forwarding.get(reason)
            say(f'+CCFC: 1,1,"{number}",145' if number else "+CCFC: 0,7")
        return "OK"

    def cusd(self, text: str, packed: bool) -> tuple[str, str]:
        """The final line, and the +CUSD line that comes later ("" for none). `packed`: the modem takes and gives
        septets. While a menu is open, a code is a choice that it does not have."""
        found = re.fullmatch(r'\+CUSD=1,"([0-9A-F*#]+)",15', text)
        if not found:
            self._menu_open = False
            return "OK", ""
        code = _unpacked(found[1]) if packed else found[1]
        if not code:
            return "ERROR", ""
        if (answer := None if self._menu_open else self.ussd.get(code)) is None:
            return "OK", "+CUSD: 2"
        self._menu_open = code in self.menus
        return "OK", f'+CUSD: {int(self._menu_open)},"{_packed(answer) if packed else answer}",15'


def _unpacked(text: str) -> str:
    """Of packed septets; "" when it is none."""
    if len(text) % 2 or not re.fullmatch("[0-9A-F]+", text):
        return ""
    bits = int.from_bytes(bytes.fromhex(text), "little")
    return "".join(chr(bits >> 7 * n & 127) for n in range(len(text) * 4 // 7)).rstrip("\r\0")


def _packed(text: str) -> str:
    units = [*(septets(text) or ()), *([13] if len(text) % 8 == 7 else [])]
    bits: int = sum(unit << 7 * n for n, unit in enumerate(units))
    return bits.to_bytes((7 * len(units) + 7) // 8, "little").hex().upper()
