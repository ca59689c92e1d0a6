"""From an open port to a modem that is prepared, unlocked and registered: a straight story."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from appliance.lines.gsm.at import AtEngine, Reply
from appliance.lines.gsm.dialects import Dialect, named, recognise
from appliance.lines.gsm.parser import (
    INCOMING,
    WAITING,
    parse_attempts,
    parse_clcc,
    parse_operator,
    parse_registration,
    parse_signal,
)

REGISTERED = {1: "home", 5: "roaming", 9: "home", 10: "roaming"}  # <stat> of 27.007 § 7.2
SMS_ONLY = (6, 7)  # home, roaming: an LTE network that has no calls for this SIM
CLIP_TRIES = 20
SIM_S = 120.0  # s for a SIM to be ready; the slowest need 30
SIM_GONE = ("+CPIN: NOT READY", "+CPIN: NOT INSERTED", "+CPIN: SIM REMOVED")  # said unasked
LOOK_S = 1.0  # s between looks at a SIM or network that is not ready yet


class NotUsable(Exception):
    """The modem cannot be used; the text says why and what to do. `later`: looking again may help.
    `pin_left`: PIN attempts that the SIM still gives, where it asked for its PIN and told."""

    def __init__(self, text: str, *, later: bool = True, pin_left: int | None = None) -> None:
        super().__init__(text)
        self.later, self.pin_left = later, pin_left


@dataclass(frozen=True, slots=True)
class Identity:
    model: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Network:
    operator: str
    signal: int | None
    roaming: bool = False


async def identify(engine: AtEngine, wanted: str) -> Identity:
    """Echo off, who are you, which dialect. When nothing answers, the engine ends this life."""
    await engine.command("ATE0", timeout=1.0, tries=3)
    said: list[str] = []
    for question in ("AT+CGMI", "AT+CGMM", "AT+CGMR"):
        reply = await engine.command(question, timeout=2.0, tries=2)
        said.append(_answer(reply, question.removeprefix("AT")) if reply.ok else "")
    dialect = (named(wanted) if wanted != "auto" else None) or recognise(" ".join(said))
    return Identity(" ".join(filter(None, said[:2])) or "unknown model", dialect)


def _answer(reply: Reply, prefix: str) -> str:
    """The first line that answers. What a family says unasked is not known yet: ^RSSI:19 is no model."""
    plain = (line.removeprefix(f"{prefix}:").strip() for line in reply.lines)
    return next((line[:40] for line in plain if not re.match(r"[+^#*$%][A-Z]+ ?:", line)), "")


def no_sim(done: str = "") -> str:
    """Why a modem cannot be used whose SIM is never ready."""
    return (f"the SIM was not ready within {SIM_S / 60:g} minutes{done}; take it out, wipe its contacts and put it in "
            "again; if that does not help, try it in a phone")


async def unlocked(
    engine: AtEngine, dialect: Dialect, pin: str, tried: set[str], tell: Callable[[str], None]
) -> bool:
    """False when the SIM is not ready within SIM_S. The rest as `unlock`."""
    try:
        async with asyncio.timeout(SIM_S):
            await unlock(engine, dialect, pin, tried, tell)
    except TimeoutError:
        return False
    return True


async def unlock(
    engine: AtEngine, dialect: Dialect, pin: str, tried: set[str], tell: Callable[[str], None]
) -> None:
    """Waits for the SIM, enters its PIN once, and never when one attempt or fewer would be left to a person.

    `tried`: PINs that were sent and not accepted; it outlives the modem's unplugging."""
    while True:
        state = await engine.command("AT+CPIN?", expect="+CPIN:", timeout=5.0)
        word = state.info("+CPIN:").partition(":")[2].strip()
        if word == "READY":
            return tried.clear()
        if word == "SIM PIN":
            await _enter(engine, dialect, pin, tried)
        elif word in ("NOT INSERTED", "SIM REMOVED"):
            raise NotUsable("no SIM in the modem; put one in")
        elif word and word != "NOT READY":
            raise NotUsable(f"the SIM asks for {word[:20]}; put it in a phone and unlock it there", later=False)
        elif "10" in state.final.split():
            raise NotUsable("no SIM in the modem; put one in")
        else:
            tell(f"waiting for the SIM ({word or state.final})")
        await asyncio.sleep(LOOK_S)


async def _enter(engine: AtEngine, dialect: Dialect, pin: str, tried: set[str]) -> None:
    reply = await engine.command(dialect.pin_attempts, expect=dialect.pin_attempts_answer)
    left = parse_attempts(reply.info(dialect.pin_attempts_answer))
    if not re.fullmatch(r"[0-9]{4,8}", pin, re.ASCII):
        raise NotUsable("the SIM wants its PIN; give `sim_pin` for this line", later=False, pin_left=left)
    if pin in tried:
        raise NotUsable("the SIM refused `sim_pin`; correct it, it is not tried again", later=False, pin_left=left)
    if left is not None and left <= 1:
        raise NotUsable(f"only {left} PIN attempt is left; put the SIM in a phone and enter the PIN there", later=False,
                        pin_left=left)
    tried.add(pin)
    final = (await engine.command(f'AT+CPIN="{pin}"', timeout=10.0)).final
    if final not in ("OK", "timeout"):  # without an answer, the next look at the SIM tells
        raise NotUsable("the SIM refused `sim_pin`; correct it, it is not tried again", later=False,
                        pin_left=left and left - 1)


async def prepare(engine: AtEngine, dialect: Dialect) -> None:
    """The family's settings, then caller ids. A refused setting is not fatal: the call list finds the truth."""
    for command in dialect.prepare:
        await engine.command(command, tries=2)
    for _ in range(CLIP_TRIES):  # a SIM that is busy refuses it for a while
        if (await engine.command("AT+CLIP=1", tries=2)).ok:
            break
        await asyncio.sleep(LOOK_S)
    else:
        raise NotUsable("the modem does not show who calls (AT+CLIP=1 refused); is the SIM's caller display on?")


async def clear(engine: AtEngine, dialect: Dialect) -> None:
    """Hangs up what is left from before: when the box died or lost the port in mid-call, the call still costs money."""
    for verb in dialect.hang_up:
        reply = await engine.command("AT+CLCC", expect="+CLCC:", tries=2)
        calls = [call for call in map(parse_clcc, reply.lines) if call and call.voice]
        ours = [call.index for call in calls if call.state not in (INCOMING, WAITING)]
        if not ours:
            return
        await engine.command(verb.format(index=ours[0]), timeout=10.0)
        await asyncio.sleep(LOOK_S)


async def register(engine: AtEngine, tell: Callable[[str], None]) -> Network:
    """Waits until the network accepts calls for the SIM."""
    while True:
        stat = parse_registration((await engine.command("AT+CREG?", expect="+CREG:")).info("+CREG:"))
        if stat in REGISTERED:
            return await look(engine, roaming=REGISTERED[stat] == "roaming")
        lte = parse_registration((await engine.command("AT+CEREG?", expect="+CEREG:")).info("+CEREG:"))
        if lte in REGISTERED and await _calls_by_ims(engine):
            return await look(engine, roaming=REGISTERED[lte] == "roaming")
        if lte in REGISTERED or stat in SMS_ONLY:
            tell("the network gives this SIM data over LTE and no calls; switch on VoLTE in the modem "
                 "(ringback modem prepare LINE) and in the SIM's contract")
        elif stat == 3:
            tell("the network refuses this SIM; is it active and paid for?")
        else:
            tell("searching for a network")
        await asyncio.sleep(LOOK_S)


async def _calls_by_ims(engine: AtEngine) -> bool:
    """Whether calls go over LTE, on a network that has nothing else for them. Many modems do not tell; then the first
    call does. 27.007 § 8.71."""
    reply = await engine.command("AT+CIREG?", expect="+CIREG:")
    return parse_registration(reply.info("+CIREG:")) != 0


async def look(engine: AtEngine, *, roaming: bool = False) -> Network:
    """Operator and signal now."""
    operator: Reply = await engine.command("AT+COPS?", expect="+COPS:")
    signal = await engine.command("AT+CSQ", expect="+CSQ:")
    return Network(parse_operator(operator.info("+COPS:")), parse_signal(signal.info("+CSQ:")), roaming)
