"""Steps of people with phones."""

from __future__ import annotations

import asyncio

from appliance.audio.frame import RATE
from appliance.lab.handset import Manner
from appliance.lab.hybrid import Hybrid
from appliance.lab.listening import heard, keys_in
from appliance.lab.network import Stage
from appliance.lab.voices import hum
from appliance.rehearsal.registry import MANNERS, PATIENCE_S, REACTION_S, SURE, Play, StepFailed, step

MENU_S = 1.0  # s in which the last digit arrives


@step("{who} calls {line}{hidden}", "Anna calls gsm1")
async def _calls(stage: Play, who: str, line: str, hidden: str | None) -> None:
    phone = stage.phone(who)
    phone.withheld = hidden is not None
    phone.call(stage.line_number(line))


@step("{who} dials {number}", "Olga dials 03012345678")
async def _dials(stage: Play, who: str, number: str) -> None:
    """From a phone behind the box, or straight to another phone."""
    stage.phone(who).call(number)


@step("{who} hangs up", "Anna hangs up")
async def _hangs_up(stage: Play, who: str) -> None:
    stage.phone(who).hang_up()


@step("after {seconds} s {who} hangs up", "after 3 s Anna hangs up")
async def _hangs_up_later(stage: Play, seconds: str, who: str) -> None:
    await asyncio.sleep(float(seconds))
    stage.phone(who).hang_up()


@step("{who} misses a call to {line}", "Anna misses a call to gsm1")
async def _misses(stage: Play, who: str, line: str) -> None:
    """One ring, then up."""
    await _calls(stage, who, line, None)
    await _hangs_up_later(stage, "3", who)


@step("{who} answers", "Anna answers")
async def _answers(stage: Play, who: str) -> None:
    stage.phone(who).answer()
    await stage.phone(who).connected(PATIENCE_S)


@step("{who} rejects", "Anna rejects")
async def _rejects(stage: Play, who: str) -> None:
    stage.phone(who).reject()


@step("{who} keys {keys}", "Anna keys 4711#")
async def _keys(stage: Play, who: str, keys: str) -> None:
    await asyncio.sleep(REACTION_S)
    await stage.phone(who).press(keys)


@step("{who} holds the keys {keys} for {seconds} s each", "Anna holds the keys 12# for 0.4 s each")
async def _holds(stage: Play, who: str, keys: str, seconds: str) -> None:
    await asyncio.sleep(REACTION_S)
    stage.phone(who).key(keys, on_ms=round(float(seconds) * 1000))
    await stage.phone(who).said()


@step("{who}'s menu heard {keys}", "Bert's menu heard 1234#")
async def _menu(stage: Play, who: str, keys: str) -> None:
    """Exactly these digits, in everything that came from the line so far."""
    await asyncio.sleep(MENU_S)
    if (told := keys_in(bytes(stage.phone(who).recording))) != keys:
        raise StepFailed(f"it heard {told or 'none'}")


@step("{who} {manner}", "Bert is busy")
async def _manner(stage: Play, who: str, manner: str) -> None:
    stage.phone(who).manner = MANNERS[manner]


@step("{who} answers after {seconds} s", "Bert answers after 2 s")
async def _answers_after(stage: Play, who: str, seconds: str) -> None:
    phone = stage.phone(who)
    phone.manner, phone.answer_after_s = Manner.ANSWER, float(seconds)


@step("{who}'s phone echoes after {seconds} s, {count} dB softer", "Bert's phone echoes after 0.18 s, 20 dB softer")
async def _echoes(stage: Play, who: str, seconds: str, count: str) -> None:
    """What is heard there, as an analog telephone's hybrid does."""
    stage.phone(who).hybrid = Hybrid(float(seconds), float(count))


@step("{who} says {text}", "Anna says Good morning, Bert")
async def _says(stage: Play, who: str, text: str) -> None:
    stage.said[who] = hum(text, who)
    stage.phone(who).say(stage.said[who])
    await stage.phone(who).said()


@step("{who} hears {other}", "Bert hears Anna")
async def _hears(stage: Play, who: str, other: str) -> None:
    """What the other said last is in what was heard since."""
    original = stage.said.get(other)
    if original is None:
        raise StepFailed(f"{other} has said nothing; say it before: {other} says Hello")
    ear = stage.phone(who).recording[-(len(original) + 2 * RATE) :]
    likeness = heard(bytes(ear), original)
    if likeness < SURE:
        raise StepFailed(f"{who} did not hear {other} (likeness {likeness:.2f}, {SURE} is sure)")


@step("{who}'s phone rings", "Anna's phone rings")
async def _rings(stage: Play, who: str) -> None:
    await stage.phone(who).rung(PATIENCE_S)


@step("{who}'s phone shows {line}", "Anna's phone shows gsm1")
async def _shows(stage: Play, who: str, line: str) -> None:
    shown, wanted = stage.phone(who).caller_shown, stage.line_number(line)
    if shown != wanted:
        raise StepFailed(f"{who}'s phone shows {shown or 'no number'}, not {wanted}")


@step("{who} is connected", "Bert is connected")
async def _connected(stage: Play, who: str) -> None:
    await stage.phone(who).connected(PATIENCE_S)


@step("{who}'s phone is free", "Anna's phone is free")
async def _free(stage: Play, who: str) -> None:
    await stage.phone(who).ended(PATIENCE_S)


@step("{who}'s phone stays quiet for {seconds} s", "Anna's phone stays quiet for 30 s")
async def _quiet(stage: Play, who: str, seconds: str) -> None:
    phone = stage.phone(who)
    for _ in range(int(float(seconds) * 10)):
        if phone.stage is not Stage.OVER:
            raise StepFailed(f"{who}'s phone is {phone.stage}, called by {phone.caller_shown or 'a hidden number'}")
        await asyncio.sleep(0.1)
