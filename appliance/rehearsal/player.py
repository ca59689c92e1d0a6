"""Plays a scenario file and says at which line, and why, it does not go as written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.lab.virtualtime import Deadlock
from appliance.rehearsal.script import Script, read_script
from appliance.rehearsal.steps import Play, StepFailed, perform
from appliance.rehearsal.world import World, play


@dataclass(frozen=True, slots=True)
class Outcome:
    """`failure` is "" when all went as written; `seconds` of the story's own time."""

    script: Script
    failure: str
    story: str
    seconds: float


def play_script(script: Script, folder: Path) -> Outcome:
    """Plays it in an empty folder."""
    failure: list[str] = []
    last: list[World] = []

    async def scenario(world: World) -> None:
        last.append(world)
        stage = Play(world)
        for number, words in script.steps:
            try:
                await perform(stage, words)
            except StepFailed as why:
                failure.append(f"{script.name}:{number}: {words}: {why}")
                return
        failure.extend(f"{script.name}: at the end: {loose}" for loose in world.loose_ends())

    async def story(world: World) -> None:
        await world.ready()
        await scenario(world)

    try:
        world = play(folder, script.settings, script.cast, story)
    except Deadlock as error:
        return Outcome(script, f"{script.name}: {error}", last[0].told() if last else "", 0.0)
    outcome = Outcome(script, "\n".join(failure), world.told(), world.clock.monotonic())
    world.journal.close()
    return outcome


def play_file(path: Path) -> Outcome:
    """Reads and plays a scenario file. Raises ScriptError and OSError."""
    script = read_script(path.read_text("utf-8"), path.name)
    with TemporaryDirectory() as folder:
        return play_script(script, Path(folder))
