"""Many things at once: nothing stays blocked, nothing is lost, nobody is charged for what did not happen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.lab.handset import Handset, Manner
from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.network import Stage
from appliance.lab.persona import PERSONAS
from appliance.ledger.record import Side
from appliance.lines.line import LineHealth
from appliance.rehearsal.script import read_script
from appliance.rehearsal.steps import Play, perform
from appliance.rehearsal.world import World, play

FAMILIES = ("quectel", "huawei", "plain", "sim7600")  # as different as they come; all of them take too long here
OPEN_BRAKES = """
[site]
callback_rest = 0
[site.brakes]
repeat_window_s = 0
caller_per_hour = 1000
caller_per_day = 1000
box_per_hour = 1000
[[account]]
name = "Front desk"
verify = "none"
---
"""
CALL = ("Anna misses a call to gsm1", "Anna's phone rings", "Anna answers", "the box says enter_number",
        "Anna keys 03012345678#", "the box notes both are connected")
OUT_OF_THE_BLUE = ("NO CARRIER", "NO DIALTONE", "NO DIAL TONE", "BUSY", "NO ANSWER", "RING", "OK", "ERROR", "> ",
                   '+CLIP: "",128', '+CMTI: "SM",3', "+CMT: ,24", "^CEND:1,0,28,16",
                   '+QIND: "ccinfo",1,0,-1,0,0,"",129', "+CME ERROR: 14", "CONNECT", "VOICE CALL: END", "RDY")


def storm(folder: Path, story: object, persona: str = "quectel", nasty: Nastiness = BROCHURE) -> World:
    script = read_script(OPEN_BRAKES, "storm")
    cast = replace(script.cast, personas=(PERSONAS[persona],), nasty=nasty)

    async def ready(world: World) -> None:
        await world.ready()
        world.phones["Bert"].manner, world.phones["Bert"].answer_after_s = Manner.ANSWER, 1.0
        await story(world)  # type: ignore[operator]

    world = play(folder, script.settings, cast, ready)
    assert not list(world.loose_ends())
    world.journal.close()
    return world


async def do(world: World, *steps: str) -> None:
    stage = Play(world)
    stage.read = len(world.story)
    for words in steps:
        await perform(stage, words)


@pytest.mark.parametrize("persona", FAMILIES)
def test_both_ends_hang_up_in_the_same_instant_twenty_times(persona: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(20):
            await do(world, *CALL)
            world.phones["Anna"].hang_up()
            world.phones["Bert"].hang_up()
            await do(world, "the call is over", "Anna's phone is free", "Bert's phone is free")
        assert all(line.busy == 0 for line in world.board.lines.values())
        records = world.records()
        assert len(records) == 40
        assert all(record.price and record.price.micros for record in records)

    storm(tmp_path, story, persona)


@pytest.mark.parametrize("persona", FAMILIES)
@pytest.mark.parametrize("when", ["idle", "ringing", "dialling", "talking"])
def test_lines_out_of_the_blue(persona: str, when: str, tmp_path: Path) -> None:
    """Each of them on every modem: the box may take it for an end, but is ready for the next call."""

    async def story(world: World) -> None:
        for said in OUT_OF_THE_BLUE:
            steps = {"idle": (), "ringing": ("Anna calls gsm1",), "talking": CALL,
                     "dialling": (*CALL[:4], "Anna keys 03012345678#", "the box notes dials +4930")}[when]
            await do(world, *steps)
            for modem in world.modems.values():
                modem.say(f"\r\n{said}\r\n".encode())
            await asyncio.sleep(5)
            for phone in world.phones.values():
                phone.hang_up()
            await do(world, "wait 40 s")
            for call in list(world.board.calls):
                world.board.hang_up(call, "enough")
            await do(world, "the call is over", "all lines are ready")
            for phone in world.phones.values():
                phone.hang_up()
            await do(world, "wait 12 s")
        await do(world, *CALL, "Anna hangs up", "the call is over")

    storm(tmp_path, story, persona)


@pytest.mark.parametrize("persona", FAMILIES)
def test_two_hundred_missed_calls_a_minute(persona: str, tmp_path: Path) -> None:
    """Each of them rings and is told with its number; then Anna's own is served as ever."""

    async def story(world: World) -> None:
        strangers = [Handset(world.network, f"+4917900{n:05}", f"S{n}") for n in range(20)]

        async def missed(n: int) -> None:
            """A line is rung every 0.9 s: 0.4 s until it rings, then one ring."""
            strangers[n % 20].call(world.modems[f"gsm{n % 3 + 1}"].number)
            await asyncio.sleep(0.75)
            strangers[n % 20].hang_up()

        began, calls = world.clock.monotonic(), []
        for n in range(200):
            calls.append(asyncio.ensure_future(missed(n)))
            await asyncio.sleep(0.3)
        await asyncio.gather(*calls)
        assert world.clock.monotonic() - began < 61
        await asyncio.sleep(20)
        for n in range(20):
            rang = [line for line in world.story if f"rings: {strangers[n].number}" in line.text]
            assert len(rang) == 10, strangers[n].number
        assert not world.board.calls
        assert not world.records()
        assert len(world.story) < 2000
        await do(world, *CALL, "Anna hangs up", "the call is over")

    storm(tmp_path, story, persona)


def test_anna_rings_sixty_times_and_is_served_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        anna = world.phones["Anna"]
        for _ in range(60):
            if anna.stage is Stage.OVER:
                anna.call(world.modems["gsm1"].number)
                await asyncio.sleep(0.9)
                anna.hang_up()
            await asyncio.sleep(0.1)
        await do(world, "wait 10 s")
        for call in list(world.board.calls):
            world.board.hang_up(call, "enough")
        await do(world, "the call is over")
        calls = {record.call for record in world.records()}
        assert len(calls) < 60
        assert all(line.state.health is LineHealth.READY for line in world.board.lines.values())
        assert not [r for r in world.records() if r.side is Side.B]

    storm(tmp_path, story)


@pytest.mark.parametrize("persona", FAMILIES)
def test_messages_in_every_moment_of_every_call(persona: str, tmp_path: Path) -> None:
    """Between ATD and its answer, while it rings, in mid-call: no call and no message is lost to the other."""
    nasty = Nastiness(sms_dialling=True, sms_twice=True, sms_places=6, noise=0.2, intrude=0.2, fragments=0.3)

    async def story(world: World) -> None:
        strangers = [Handset(world.network, f"+4917900{n:05}", f"S{n}") for n in range(10)]

        async def write() -> None:
            for n in range(120):
                line = world.modems[f"gsm{n % 3 + 1}"]
                strangers[n % 10].sms.send(line.number, f"Message {n}")
                await asyncio.sleep(0.7)

        await asyncio.sleep(15)
        writing = asyncio.ensure_future(write())
        for _ in range(4):
            await do(world, *CALL, "wait 5 s", "Anna hangs up", "the call is over", "Bert's phone is free")
        await writing
        await asyncio.sleep(900)
        came = [message.text for message in world.journal.inbox.listing(limit=1000)]
        written = [text for text in came if text.startswith("Message")]
        assert sorted(written) == sorted(f"Message {n}" for n in range(120))
        assert len([text for text in came if text.startswith("While you dialled")]) == 8
        assert not any(modem.sms.stores[name] for modem in world.modems.values() for name in modem.sms.stores)
        assert len(world.records()) == 8
        assert all(record.answered for record in world.records())

    storm(tmp_path, story, persona, nasty)
