"""The steps a scenario file can have: each is a pattern of words, what it does, and an example for who mistypes it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from appliance.audio.frame import RATE
from appliance.lab.handset import Handset, LabTimeout, Manner
from appliance.lab.listening import heard
from appliance.lab.network import Stage
from appliance.lab.simcard import BUSY, MAILBOX
from appliance.lab.voices import hum
from appliance.lines.line import LineHealth, ServiceFailed
from appliance.rehearsal.world import World

PATIENCE_S = 300.0  # s a step waits for what must come; nothing in a call takes longer
REACTION_S = 0.5  # s from what somebody hears to his key
SURE = 0.6  # correlation of loudness from which on a voice was heard
MANNERS = {"is busy": Manner.BUSY, "does not answer": Manner.IGNORE, "rejects calls": Manner.REJECT,
           "has a voicemail": Manner.VOICEMAIL, "answers by hand": Manner.BY_HAND}


class StepFailed(Exception):
    """What the step says did not happen."""


@dataclass(frozen=True, slots=True)
class Step:
    """`pattern` with {line}, {who}, {number}...: see WORDS."""

    example: str
    pattern: re.Pattern[str]
    do: Callable[..., Awaitable[None]]


WORDS = {"who": r"(?P<who>[A-Z][a-z]+)", "other": r"(?P<other>[A-Z][a-z]+)", "line": r"(?P<line>[a-z]+[0-9]+)",
         "number": r"(?P<number>\+?[0-9]+)", "seconds": r"(?P<seconds>[0-9.]+)", "keys": r"(?P<keys>[0-9*#ABCD]+)",
         "text": r"(?P<text>.+)", "code": r"(?P<code>[0-9*#]+)", "side": r"(?P<side>[AB])",
         "count": r"(?P<count>[0-9]+)",
         "manner": f"(?P<manner>{'|'.join(MANNERS)})", "unit": r"(?P<unit>s|minutes?)",
         "amount": r"(?P<amount>[0-9.]+ [A-Z]{3}|nothing)", "hidden": r"(?P<hidden> without showing the number)?"}
STEPS: list[Step] = []


def step(words: str, example: str) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Declares a step."""
    pattern = re.compile(re.sub(r"\{([a-z]+)\}", lambda found: WORDS[found[1]], words))

    def declared(do: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        STEPS.append(Step(example, pattern, do))
        return do

    return declared


class Play:
    """What the steps act on: the world, and how far the story was read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = 0
        self.said: dict[str, bytes] = {}

    def phone(self, name: str) -> Handset:
        try:
            return self.world.phones[name]
        except KeyError:
            raise StepFailed(f"nobody is called {name}; there are {', '.join(self.world.phones)}") from None

    def line_number(self, name: str) -> str:
        try:
            return self.world.modems[name].number
        except KeyError:
            raise StepFailed(f"there is no line {name}; there are {', '.join(self.world.modems)}") from None

    async def told(self, text: str, seconds: float = PATIENCE_S) -> None:
        """Waits for a line of the story that holds the text, after the last that was waited for."""
        story = self.world.story
        end = self.world.clock.monotonic() + seconds
        while True:
            for at in range(self.read, len(story)):
                if text in story[at].text:
                    self.read = at + 1
                    return
            if self.world.clock.monotonic() >= end:
                raise StepFailed(f"within {seconds:g} s the box did not say {text!r}")
            await asyncio.sleep(0.02)


async def perform(stage: Play, words: str) -> None:
    """Does one step. StepFailed says what did not happen, or which words were not understood."""
    for known in STEPS:
        if match := known.pattern.fullmatch(words):
            try:
                return await known.do(stage, **match.groupdict())
            except (LabTimeout, ValueError) as error:
                raise StepFailed(str(error)) from error
    raise StepFailed(f"these words are not understood; {suggestion(words, (known.example for known in STEPS))}")


def suggestion(words: str, examples: Iterable[str]) -> str:
    near = get_close_matches(words, list(examples), n=1, cutoff=0.3)
    return f"did you mean: {near[0]}" if near else "the steps are listed by: ringback lab steps"


# People


@step("{who} calls {line}{hidden}", "Anna calls gsm1")
async def _calls(stage: Play, who: str, line: str, hidden: str | None) -> None:
    phone = stage.phone(who)
    phone.withheld = hidden is not None
    phone.call(stage.line_number(line))


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


@step("{who} {manner}", "Bert is busy")
async def _manner(stage: Play, who: str, manner: str) -> None:
    stage.phone(who).manner = MANNERS[manner]


@step("{who} answers after {seconds} s", "Bert answers after 2 s")
async def _answers_after(stage: Play, who: str, seconds: str) -> None:
    phone = stage.phone(who)
    phone.manner, phone.answer_after_s = Manner.ANSWER, float(seconds)


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


# The box


@step("the box says {text}", "the box says enter_pin")
async def _box_says(stage: Play, text: str) -> None:
    """A prompt, by its name in the prompt table; several with commas."""
    await stage.told(f"says: {text}")


@step("the box notes {text}", "the box notes PIN is right")
async def _box_notes(stage: Play, text: str) -> None:
    await stage.told(text)


@step("the call is over", "the call is over")
async def _call_over(stage: Play) -> None:
    end = stage.world.clock.monotonic() + PATIENCE_S
    while stage.world.board.calls:
        if stage.world.clock.monotonic() >= end:
            raise StepFailed(f"within {PATIENCE_S:g} s the call was not over")
        await asyncio.sleep(0.02)


@step("the admin hangs up", "the admin hangs up")
async def _admin(stage: Play) -> None:
    for call in list(stage.world.board.calls):
        stage.world.board.hang_up(call, "an admin hung up")


@step("the admin asks for a call to {number} for {who}", "the admin asks for a call to 03012345678 for Anna")
async def _asked(stage: Play, number: str, who: str) -> None:
    wanted = stage.phone(who).number
    account = next((a for a in stage.world.settings.accounts if wanted in map(str, a.numbers)), None)
    if account is None:
        raise StepFailed(f"{who} has no account; give one {wanted}")
    call, why = stage.world.board.intake.request(account, number)
    if not call:
        raise StepFailed(f"the box declined: {why}")


@step("the box is shut down", "the box is shut down")
async def _shut_down(stage: Play) -> None:
    await stage.world.board.shut_down()


@step("wait {seconds} {unit}", "wait 5 s")
async def _wait(stage: Play, seconds: str, unit: str) -> None:
    await asyncio.sleep(float(seconds) * (1 if unit == "s" else 60))


# Lines


@step("{line} is unplugged", "gsm1 is unplugged")
async def _unplugged(stage: Play, line: str) -> None:
    stage.line_number(line)
    stage.world.bank.unplug(f"/lab/{line}")


@step("{line} is plugged in", "gsm1 is plugged in")
async def _plugged(stage: Play, line: str) -> None:
    stage.line_number(line)
    stage.world.bank.plug(f"/lab/{line}", stage.world.modems[line])


@step("{line} hangs", "gsm1 hangs")
async def _freezes(stage: Play, line: str) -> None:
    """No answer, no voice, and the network keeps its call."""
    stage.line_number(line)
    stage.world.modems[line].freeze()


@step("{line} comes back", "gsm1 comes back")
async def _thaws(stage: Play, line: str) -> None:
    stage.line_number(line)
    stage.world.modems[line].thaw()


@step("within {seconds} s {text}", "within 5 s the call is over")
async def _within(stage: Play, seconds: str, text: str) -> None:
    """Any step that waits, but no longer."""
    try:
        async with asyncio.timeout(float(seconds)):
            await perform(stage, text)
    except TimeoutError:
        raise StepFailed(f"not within {seconds} s") from None


@step("{line} is out of service", "gsm1 is out of service")
async def _out(stage: Play, line: str) -> None:
    stage.line_number(line)
    end = stage.world.clock.monotonic() + PATIENCE_S
    while stage.world.board.lines[line].state.health is LineHealth.READY:
        if stage.world.clock.monotonic() >= end:
            raise StepFailed(f"{line} was ready all the time")
        await asyncio.sleep(0.05)


@step("{line} is congested", "gsm3 is congested")
async def _congested(stage: Play, line: str) -> None:
    stage.world.network.congested.add(stage.line_number(line))


@step("{line} works again", "gsm3 works again")
async def _works(stage: Play, line: str) -> None:
    stage.world.network.congested.discard(stage.line_number(line))


@step("{line} forwards when busy", "gsm1 forwards when busy")
async def _forwards(stage: Play, line: str) -> None:
    """To a mailbox, which answers: the caller pays."""
    stage.line_number(line)
    stage.world.modems[line].sim.forwarding[BUSY] = MAILBOX
    if "Mailbox" not in stage.world.phones:
        mailbox = stage.world.phones["Mailbox"] = Handset(stage.world.network, MAILBOX, "Mailbox", Manner.ANSWER)
        mailbox.answer_after_s = 0.5


@step("the forwarding of {line} is erased", "the forwarding of gsm1 is erased")
async def _erased(stage: Play, line: str) -> None:
    stage.line_number(line)
    try:
        left = await stage.world.board.lines[line].erase_forwarding()
    except ServiceFailed as why:
        raise StepFailed(str(why)) from why
    if left:
        raise StepFailed(f"the network still forwards to {left[0].number}")


@step("{line} is known to forward to {number}", "gsm1 is known to forward to +4915100000055")
async def _known_to_forward(stage: Play, line: str, number: str) -> None:
    stage.line_number(line)
    known = stage.world.board.lines[line].state.forwarding
    if number not in [each.number for each in known or ()]:
        raise StepFailed("the box was told nothing yet" if known is None else f"the box knows of {known}")


@step("{line} is abroad", "gsm1 is abroad")
async def _abroad(stage: Play, line: str) -> None:
    stage.line_number(line)
    stage.world.modems[line].sim.registration = 5


@step("{line} answers the code {code} with {text}", "gsm1 answers the code *100# with Guthaben: 9,80 EUR")
async def _ussd(stage: Play, line: str, code: str, text: str) -> None:
    stage.line_number(line)
    try:
        told = await stage.world.board.lines[line].ussd(code)
    except ServiceFailed as why:
        told = str(why)
    if text not in told:
        raise StepFailed(f"the network said {told!r}")


@step("all lines are ready", "all lines are ready")
async def _ready(stage: Play) -> None:
    await stage.world.ready()


# The bill


@step("the bill has {count} legs?", "the bill has 2 legs")
async def _legs(stage: Play, count: str) -> None:
    legs = [f"{record.side.upper()}-leg on {record.line} to {record.number}" for record in stage.world.records()]
    if len(legs) != int(count):
        raise StepFailed(f"the bill has {len(legs)}: {'; '.join(legs) or 'none'}")


@step("an? {side}-leg on {line} costs {amount} and ended {text}", "a B-leg on gsm3 costs 0.0600 EUR and ended normal")
async def _leg(stage: Play, side: str, line: str, amount: str, text: str) -> None:
    there = []
    for record in stage.world.records():
        price = "nothing" if record.price is None or not record.price.micros else str(record.price)
        cause = record.cause.name.lower().replace("_", " ") if record.cause else "open"
        if (record.side.upper(), record.line, price, cause) == (side, line, amount, text):
            return
        there.append(f"{record.side.upper()}-leg on {record.line} costs {price} and ended {cause}")
    raise StepFailed(f"the bill has no such leg; it has: {'; '.join(there) or 'none'}")


@step("{who}'s account has spent {amount}", "Anna's account has spent 0.1500 EUR")
async def _spent(stage: Play, who: str, amount: str) -> None:
    total = sum(record.price.micros for record in stage.world.records() if record.price)
    said = f"{total / 1e6:.4f} {stage.world.settings.site.currency}" if total else "nothing"
    if said != amount:
        raise StepFailed(f"{said} was spent")
