"""Steps of the box and its admin."""

from __future__ import annotations

import asyncio

from appliance.rehearsal.registry import PATIENCE_S, Play, StepFailed, step


@step("the box says {text}", "the box says enter_pin")
async def _box_says(stage: Play, text: str) -> None:
    """A prompt, by its name in the prompt table; several with commas."""
    await stage.told(f"says: {text}")


@step("the box notes {text}", "the box notes PIN is right")
async def _box_notes(stage: Play, text: str) -> None:
    await stage.told(text)


@step("the box did not note {text}", "the box did not note silence")
async def _box_did_not_note(stage: Play, text: str) -> None:
    """Not once in the whole story so far."""
    if told := next((line.text for line in stage.world.story if text in line.text), ""):
        raise StepFailed(f"it did: {told}")


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
