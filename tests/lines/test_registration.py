"""What a modem says of its registration, and what the line makes of it: each <stat> of 27.007 § 7.2."""

from __future__ import annotations

import asyncio

import pytest

from appliance.lab.persona import QUECTEL
from appliance.lines.gsm.parser import parse_registration
from appliance.lines.line import LineHealth
from tests.contract.gsm import GsmKit, on_gsm
from tests.contract.kit import Bench

STATES = {  # <stat>: ready, abroad, what is said
    0: (False, False, "searching for a network"), 1: (True, False, ""), 2: (False, False, "searching for a network"),
    3: (False, False, "the network refuses this SIM"), 4: (False, False, "searching for a network"),
    5: (True, True, ""), 6: (False, False, "no calls"), 7: (False, False, "no calls"),
    8: (False, False, "searching for a network"), 9: (True, False, ""), 10: (True, True, ""),
}


@pytest.mark.parametrize("stat", STATES)
def test_every_state_of_registration(stat: int) -> None:
    ready, abroad, why = STATES[stat]

    async def story(on: Bench, kit: GsmKit) -> None:
        await asyncio.sleep(20)
        state = on.line.state
        assert (state.health is LineHealth.READY, state.roaming, why in state.why) == (ready, abroad, True)

    on_gsm(story, persona=QUECTEL, ready=False, before=lambda kit: setattr(kit.modem.sim, "registration", stat))


@pytest.mark.parametrize(("line", "stat"), [
    ("+CREG: 0,1", 1), ("+CREG: 2,10,\"00AB\",\"0012\",7", 10), ("+CREG: 9", 9), ("+CREG: 10,\"0010\",\"0001\"", 10),
    ("+CREG: 1,\"0010\",\"0001\",2", 1), ("+CEREG: 0,6", 6), ("+CREG: ", -1), ("+CREG: x,y", -1), ("", -1),
])
def test_asked_or_unasked(line: str, stat: int) -> None:
    assert parse_registration(line) == stat
