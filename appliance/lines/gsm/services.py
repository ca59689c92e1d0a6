"""What the network does for a SIM beside calls: forwarding, USSD. 3GPP TS 27.007 § 7.11, 7.15, 8."""

from __future__ import annotations

import asyncio
import re

from appliance.lines.gsm.at import AtEngine, Reply
from appliance.lines.gsm.parser import fields, integer
from appliance.lines.line import Forwarding, ServiceFailed

NETWORK_S = 20.0  # s; the network itself answers these, mostly within 3
USSD_S = 30.0  # s from OK to +CUSD
REASONS = {0: "always", 1: "when busy", 2: "when not answered", 3: "when not reachable"}  # § 7.11
VOICE = 1  # class, a bit
UCS2, PLAIN = range(64, 80), 15  # data coding of a USSD; 3GPP TS 23.038 § 5


async def ask_forwarding(engine: AtEngine) -> tuple[Forwarding, ...]:
    """Where the network sends calls for this SIM. ServiceFailed when it does not tell."""
    found: list[Forwarding] = []
    for reason, when in REASONS.items():
        reply = await engine.command(f"AT+CCFC={reason},2", expect="+CCFC:", timeout=NETWORK_S)
        if not reply.ok:
            raise ServiceFailed(f"the network does not tell whether it forwards calls {when} ({reply.final[:40]})")
        found += [Forwarding(when, number) for number in map(_active, reply.lines) if number]
    return tuple(found)


def _active(line: str) -> str:
    """The number of a forwarding that is on for voice: `+CCFC: <status>,<class>[,<number>,<type>...]`."""
    parts = fields(line) + [""] * 3
    on = integer(parts[0]) == 1 and integer(parts[1], VOICE) & VOICE
    return (parts[2][:24] or "a number the network does not tell") if on else ""


async def erase_forwarding(engine: AtEngine) -> tuple[Forwarding, ...]:
    """Erases all at once, else one by one; what the network kept on is the answer. ServiceFailed when it does not tell.
    """
    if not (await engine.command("AT+CCFC=4,4", timeout=NETWORK_S)).ok:
        for reason in REASONS:
            await engine.command(f"AT+CCFC={reason},4", timeout=NETWORK_S)
    return await ask_forwarding(engine)


class Ussd:
    """One USSD dialogue at a time; the network answers when it likes, with +CUSD."""

    def __init__(self, engine: AtEngine) -> None:
        self._engine = engine
        self._answer: asyncio.Future[str] | None = None

    async def ask(self, code: str) -> str:
        """The network's text. Raises ServiceFailed with words for people."""
        if not re.fullmatch(r"[0-9*#]{1,40}", code, re.ASCII):
            raise ServiceFailed(f"{code[:40]!r} is no service code; write one such as *100#")
        if self._answer:
            raise ServiceFailed("another service code is being asked; try again in a moment")
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._asked(code)
        except TimeoutError:
            await self._engine.command("AT+CUSD=2")
            raise ServiceFailed(f"the network did not answer {code} within {USSD_S:g} s; try again later") from None
        finally:
            self._answer = None

    async def _asked(self, code: str) -> str:
        assert self._answer
        reply: Reply = await self._engine.command(f'AT+CUSD=1,"{code}",{PLAIN}', timeout=NETWORK_S)
        if not reply.ok:
            raise ServiceFailed(f"the network refused {code} ({reply.final}); does this SIM's operator know it?")
        async with asyncio.timeout(USSD_S):
            return await self._answer

    def told(self, line: str) -> None:
        """A +CUSD line: `<m>[,<text>,<dcs>]`; m 0 and 1 bring a text, the others an end without one."""
        if self._answer is None or self._answer.done():
            return
        parts = fields(line) + [""] * 3
        if integer(parts[0]) in (0, 1) and parts[1]:
            self._answer.set_result(decode_ussd(parts[1], integer(parts[2], PLAIN)))
        else:
            self._answer.set_exception(ServiceFailed("the network ended it without an answer"))


def decode_ussd(text: str, coding: int) -> str:
    """UCS-2 comes as hexadecimal whatever the modem says of its coding; other text as it is. At most 500 characters."""
    if len(text) % 4 == 0 and len(text) >= 4 and re.fullmatch(r"[0-9A-Fa-f]+", text, re.ASCII):
        decoded = bytes.fromhex(text).decode("utf-16-be", "replace")
        if coding in UCS2 or decoded.isprintable():
            text = decoded
    return "".join(c if c.isprintable() else " " for c in text)[:500].strip()
