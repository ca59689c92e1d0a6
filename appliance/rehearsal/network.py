"""Steps of lines, SIMs and the network."""

from __future__ import annotations

import asyncio
import re

from appliance.lab.ailing import Ailment
from appliance.lab.handset import Handset, Manner
from appliance.lab.simcard import BUSY, MAILBOX
from appliance.lines.line import LineHealth, ServiceFailed
from appliance.rehearsal.registry import PATIENCE_S, Play, StepFailed, perform, step


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


@step("{line}'s audio {ailment}{cure}", "gsm1's audio stops until it is started anew 2 times")
async def _ails(stage: Play, line: str, ailment: str, cure: str | None) -> None:
    """Without a cure, for good."""
    stage.line_number(line)
    times = re.search("[0-9]+", cure or "")
    stage.world.modems[line].voice.health.falls_ill(Ailment(ailment), int(times[0]) if times else int(bool(cure)))


@step("{line} is known to ail: {text}", "gsm1 is known to ail: gives no audio")
async def _known_to_ail(stage: Play, line: str, text: str) -> None:
    stage.line_number(line)
    ailment = stage.world.board.lines[line].state.ailment
    if text not in ailment:
        raise StepFailed(f"the box says {ailment!r}" if ailment else "the box knows of nothing")


@step("{line} is known to be well", "gsm1 is known to be well")
async def _known_well(stage: Play, line: str) -> None:
    stage.line_number(line)
    if ailment := stage.world.board.lines[line].state.ailment:
        raise StepFailed(f"the box says {ailment}")


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
