"""Whose SIM is in the modem? Number and tariff belong to one: no call is dialled before it is known. 27.007 § 5.6."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from appliance.lines.gsm.at import AtEngine

QUESTIONS = ("AT+CCID", "AT+ICCID", "AT+QCCID", "AT^ICCID?")
IMSI_S = 10.0  # s until an IMSI is taken for all that a modem tells: a SIM that is busy may tell it before its ICCID
BY_IMSI = "IMSI "  # before what a SIM is known by that has told no ICCID
LOOK_S = 1.0  # s between two questions


async def at_once(engine: AtEngine, check: Callable[[str], str]) -> tuple[str, str]:
    """(ICCID, why it must not be used). Without an ICCID nothing is known yet."""
    iccid = await _iccid(engine)
    return iccid, check(iccid) if iccid else ""


async def patiently(
    engine: AtEngine, check: Callable[[str], str], tell: Callable[[str], None], patience_s: float
) -> tuple[str, str]:
    """(the SIM's ICCID, else its IMSI with the word before it, else "", why it must not be used). One that must be
    known is asked for `patience_s`. `check` gets what the SIM told; it complains of "" where one is on record."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        if iccid := await _iccid(engine):
            return iccid, check(iccid)
        imsi, on_record = await _imsi(engine), bool(check(""))
        known = not check(imsi) if imsi and on_record else not (imsi or on_record)
        if known or loop.time() - began >= (IMSI_S if imsi else patience_s):
            return imsi, check(imsi)
        tell("waiting for the SIM to tell who it is")
        await asyncio.sleep(LOOK_S)


async def _iccid(engine: AtEngine) -> str:
    for question in QUESTIONS:
        reply = await engine.command(question, timeout=3.0)
        if reply.ok and (found := re.search(r"\b(89[0-9]{16,18})", " ".join(reply.lines))):
            return found[1]
    return ""


async def _imsi(engine: AtEngine) -> str:
    reply = await engine.command("AT+CIMI", timeout=3.0)
    found = re.search(r"\b([0-9]{14,15})\b", " ".join(reply.lines))
    return f"{BY_IMSI}{found[1]}" if reply.ok and found else ""
