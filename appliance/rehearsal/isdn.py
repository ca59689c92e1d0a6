"""Steps of ISDN ports and their exchange."""

from __future__ import annotations

import asyncio

from appliance.audio.frame import level_dbm0
from appliance.audio.tones import mix
from appliance.lab.isdnbench import MemoryPort
from appliance.lines.isdn.signalling import Charge
from appliance.rehearsal.registry import Play, StepFailed, step
from appliance.vocabulary.cause import Cause

TONE_LOOKS = 10  # of half a second
DIAL_TONE_DBM0 = -20.0  # one such tone has -13
RUBBISH = (b"", b"\0", b"\2\1", b"\2\1\1\1", b"\xff" * 260, b"\2\1\0\0\x08", b"\2\1\0\0\x08\1",
           b"\2\1\0\0\x08\1\1\5\x04\x20", b"\2\xff\3\x08\1\1\5\x70\x40", bytes(range(256)))
UNKNOWN_ELEMENTS = b"\x4f\3abc" b"\x9f\x12\2xy"  # Q.931 § 4.5.1: no meaning; shift to codeset 7, an element of it
UNSCREENED = 0x00
SAID_S = 2.0  # s that an announcement takes


def _port(stage: Play, line: str) -> MemoryPort:
    stage.line_number(line)
    if line not in stage.world.ports:
        raise StepFailed(f"{line} is no ISDN line")
    return stage.world.ports[line]


@step("the cable of {line} is cut", "the cable of isdn1 is cut")
async def _cut(stage: Play, line: str) -> None:
    _port(stage, line).layer1(False)


@step("the cable of {line} is mended", "the cable of isdn1 is mended")
async def _mended(stage: Play, line: str) -> None:
    _port(stage, line).layer1(True)


@step("the card of {line} is pulled out", "the card of isdn1 is pulled out")
async def _pulled(stage: Play, line: str) -> None:
    _port(stage, line).unplug()


@step("the card of {line} is put back", "the card of isdn1 is put back")
async def _put_back(stage: Play, line: str) -> None:
    _port(stage, line).plug()


@step("{who} lifts the phone", "Olga lifts the phone")
async def _lifts(stage: Play, who: str) -> None:
    """Without a number: a dial tone comes."""
    stage.phone(who).call("")


@step("{who} hears a dial tone", "Olga hears a dial tone")
async def _dial_tone(stage: Play, who: str) -> None:
    for _ in range(TONE_LOOKS):
        began = len(stage.phone(who).recording)
        await asyncio.sleep(0.5)
        if level_dbm0(bytes(stage.phone(who).recording[began:])) > DIAL_TONE_DBM0:
            return
    raise StepFailed(f"{who} hears nothing")


@step("{who} sends the digits {keys}", "Olga sends the digits 03012345678")
async def _sends(stage: Play, who: str, keys: str) -> None:
    """In the D channel, one by one."""
    if not any(port.exchange.sends(stage.phone(who), keys) for port in stage.world.ports.values()):
        raise StepFailed(f"{who} has not lifted the phone")


@step("the exchange of {line} is deaf", "the exchange of isdn1 is deaf")
async def _deaf(stage: Play, line: str) -> None:
    """The D channel is dead one way."""
    _port(stage, line).deaf = True


@step("the exchange of {line} hears again", "the exchange of isdn1 hears again")
async def _hears(stage: Play, line: str) -> None:
    _port(stage, line).deaf = False


@step("the exchange of {line} sends rubbish", "the exchange of isdn1 sends rubbish")
async def _rubbish(stage: Play, line: str) -> None:
    """Truncated frames, and what is no frame."""
    for frame in RUBBISH:
        _port(stage, line).hostile(frame)
        await asyncio.sleep(0.05)


@step("the exchange of {line} adds unknown elements", "the exchange of isdn1 adds unknown elements")
async def _unknown(stage: Play, line: str) -> None:
    """To each SETUP: of codeset 0, and of a network's own codeset."""
    _port(stage, line).spice = UNKNOWN_ELEMENTS


@step("the exchange of {line} vouches for nobody", "the exchange of isdn1 vouches for nobody")
async def _unscreened(stage: Play, line: str) -> None:
    """Callers' numbers are as the callers gave them: user-provided, not screened; Q.931 § 4.5.10."""
    _port(stage, line).exchange.screening = UNSCREENED


@step("the exchange of {line} restarts", "the exchange of isdn1 restarts")
async def _restarts(stage: Play, line: str) -> None:
    _port(stage, line).exchange.restart()


@step("the exchange of {line} says that {number} is unknown", "the exchange of isdn1 says that +4930555 is unknown")
async def _announces(stage: Play, line: str, number: str) -> None:
    """In words, in the channel, before any answer."""
    _port(stage, line).exchange.announcements[number] = (mix((950,), round(8000 * SAID_S), -10.0), Cause.UNALLOCATED)


@step("the exchange of {line} counts {count} units", "the exchange of isdn1 counts 3 units")
async def _counts(stage: Play, line: str, count: str) -> None:
    """Advice of charge, at the end of each call of the box."""
    _port(stage, line).exchange.charge = Charge(int(count))


@step("the box wrote down {text} of the network", "the box wrote down 3 units of the network")
async def _advice(stage: Play, text: str) -> None:
    written = [record.advice for record in stage.world.records() if record.advice]
    if text not in written:
        raise StepFailed(f"it wrote down {written or 'nothing'}")
