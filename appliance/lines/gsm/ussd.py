"""USSD: the network's own services, such as a SIM's balance. 3GPP TS 27.007 § 7.15, 23.038 § 5 and 6.1.2.3, 22.090."""

from __future__ import annotations

import asyncio
import re
from enum import Enum, auto

from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.parser import fields, integer
from appliance.lines.gsm.pdu import unpacked
from appliance.lines.line import ServiceFailed

NETWORK_S = 20.0  # s for OK
USSD_S = 30.0  # s from OK to +CUSD
UCS2, PLAIN = range(64, 80), 15  # data coding
OVER, MENU = 0, 1  # <m> of +CUSD with a text: that was all; the network waits for a choice
PLAIN_SHARE = 0.7  # of its characters are ASCII letters, digits and points in any text that people read in Latin script


class Form(Enum):
    """How a modem takes the code."""

    TEXT = auto()
    PACKED = auto()  # septets packed into octets, as hexadecimal digits


class Refused(ServiceFailed):
    """By modem or network; in another form it may be taken."""


class Ussd:
    """One USSD dialogue at a time; the network answers when it likes, with +CUSD."""

    def __init__(self, engine: AtEngine, forms: tuple[Form, ...]) -> None:
        self._engine, self._forms = engine, forms
        self._answer: asyncio.Future[tuple[int, str]] | None = None

    async def ask(self, code: str) -> str:
        """The network's text. Raises ServiceFailed with words for people."""
        if not re.fullmatch(r"[0-9*#]{1,40}", code, re.ASCII):
            raise ServiceFailed(f"{code[:40]!r} is no service code; write one such as *100#")
        if self._answer:
            raise ServiceFailed("another service code is being asked; try again in a moment")
        try:
            return await self._in_a_form(code)
        except TimeoutError:
            await self._engine.command("AT+CUSD=2")
            raise ServiceFailed(f"the network did not answer {code} within {USSD_S:g} s; try again later") from None
        finally:
            self._answer = None

    async def _in_a_form(self, code: str) -> str:
        """What was taken once is tried first from then on."""
        first, *others = self._forms
        try:
            return await self._asked(code, first)
        except Refused:
            for form in others:
                try:
                    text = await self._asked(code, form)
                except Refused:
                    continue
                self._forms = (form, *(each for each in self._forms if each is not form))
                return text
            raise

    async def _asked(self, code: str, form: Form) -> str:
        answer: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._answer = answer
        written = packed(code) if form is Form.PACKED else code
        reply = await self._engine.command(f'AT+CUSD=1,"{written}",{PLAIN}', timeout=NETWORK_S)
        if not reply.ok:
            raise Refused(f"the network refused {code} ({reply.final}); does this SIM's operator know it?")
        async with asyncio.timeout(USSD_S):
            more, text = await answer
        if more == MENU:  # nobody will choose: until it is told so, the network takes no other code
            await self._engine.command("AT+CUSD=2")
        return text

    def told(self, line: str) -> None:
        """A +CUSD line: `<m>[,<text>,<dcs>]`; m 0 and 1 bring a text, the others an end without one."""
        if self._answer is None or self._answer.done():
            return
        parts = fields(line) + [""] * 3
        if (more := integer(parts[0])) in (OVER, MENU) and parts[1]:
            self._answer.set_result((more, decode(parts[1], integer(parts[2], PLAIN))))
        else:
            self._answer.set_exception(Refused("the network ended it without an answer"))


def packed(code: str) -> str:
    """Digits, * and #, which GSM 7 has where ASCII has them. Seven bits left over would be an @: CR fills them."""
    septets = code + "\r" * (len(code) % 8 == 7)
    bits = sum(ord(septet) << 7 * n for n, septet in enumerate(septets))
    return bits.to_bytes((7 * len(septets) + 7) // 8, "little").hex().upper()


def decode(text: str, coding: int) -> str:
    """Hexadecimal digits are UCS-2 or packed septets, whatever the modem says of their coding: what reads like a text.
    Other text as it is. At most 500 characters."""
    if len(text) % 2 == 0 and len(text) >= 4 and re.fullmatch(r"[0-9A-Fa-f]+", text, re.ASCII):
        octets = bytes.fromhex(text)
        narrow, wide = unpacked(octets), octets.decode("utf-16-be", "replace") if len(octets) % 2 == 0 else ""
        if wide and coding in UCS2:
            text = wide
        elif _plain(narrow):
            text = narrow
        elif wide and _printable(wide):
            text = wide
    return "".join(c if c.isprintable() else " " for c in text)[:500].strip()


def _printable(text: str) -> bool:
    return all(char.isprintable() or char in "\r\n" for char in text)


def _plain(text: str) -> bool:
    plain = sum(char.isascii() and (char.isalnum() or char in " .,:;-+*#/()!?%\r\n") for char in text)
    return plain >= PLAIN_SHARE * len(text) > 0
