"""The story the product exists for: a missed call becomes two bridged, billed legs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from appliance.lab.network import Stage
from appliance.vocabulary.cause import Cause
from tests.scenarios.world import World, play


async def dial_through(world: World, talk_s: float = 20.0) -> None:
    """Anna misses a call, is rung back, keys PIN and number, talks, hangs up."""
    await world.miss_a_call()
    await world.anna.until(Stage.ALERTING)
    world.anna.answer()
    await asyncio.sleep(2)
    world.anna.key("4711#")
    await asyncio.sleep(4)
    world.anna.key("03012345678#")
    await world.bert.until(Stage.ACTIVE)
    await asyncio.sleep(talk_s)
    world.anna.hang_up()
    await world.over()


def test_a_missed_call_becomes_a_bridged_billed_call(tmp_path: Path) -> None:
    world = play(tmp_path, dial_through)
    a_leg, b_leg = world.records()
    assert (a_leg.line, a_leg.number) == ("gsm1", world.anna.number)
    assert (b_leg.line, b_leg.number) == ("gsm3", world.bert.number)
    assert a_leg.cause is Cause.NORMAL
    assert b_leg.talk_s >= 19
    assert str(b_leg.price) == "0.0600 EUR"
    assert not world.journal.open_records()
    assert sum(modem.answered_triggers for modem in world.modems) == 0
    assert world.journal.held("Front desk").micros == 0
