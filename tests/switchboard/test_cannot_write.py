"""The card takes no more writes in mid-call: nobody goes on talking without a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.rehearsal.script import read_script
from appliance.rehearsal.steps import Play, perform
from appliance.rehearsal.world import World, play
from appliance.store.atomic import StoreError

TALKING = """
---
Bert answers after 1 s
Anna misses a call to gsm1
Anna's phone rings
Anna answers
the box says enter_pin
Anna keys 4711#
the box says enter_number
Anna keys 03012345678#
the box notes both are connected
"""


@pytest.mark.parametrize("then", ["Anna hangs up", "wait 61 s", "Dora calls gsm2"])
def test_every_leg_is_hung_up_and_the_next_start_mends(then: str, tmp_path: Path) -> None:
    script = read_script(TALKING, "t")

    async def story(world: World) -> None:
        await world.ready()
        stage = Play(world)
        for _, words in script.steps:
            await perform(stage, words)
        world.journal._db.execute("PRAGMA query_only = ON")
        for words in (then, "Anna's phone is free", "Bert's phone is free"):
            await perform(stage, words)
        assert isinstance(world.board.failed.exception(), StoreError)
        assert not world.board.calls
        world.journal._db.execute("PRAGMA query_only = OFF")

    world = play(tmp_path, script.settings, script.cast, story)
    mended = world.journal.mend_all(world.clock.now())
    assert [record.leg for record in mended] == ["1-a1", "1-b1"]
    assert not [loose for loose in world.loose_ends() if "record" in loose or "held" in loose]
    world.journal.close()
