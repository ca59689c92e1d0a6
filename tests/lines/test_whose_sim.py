"""Number and tariff belong to a SIM: no call is dialled before a line knows that its own one is in the modem."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.persona import PERSONAS
from appliance.lab.simcard import SimCard
from appliance.lines.line import Ended, LineHealth, StateChanged
from appliance.vocabulary.cause import Cause
from tests.contract.gsm import GsmKit, on_gsm
from tests.contract.kit import Bench

OWN, OTHER = SimCard(GsmKit.number).iccid, "8949020000000004711"
FAMILIES = pytest.mark.parametrize("persona", PERSONAS)
UNREAD = Nastiness(sim_unread_s=1e9)


class Owner:
    """The SIM of a line, as the gateway keeps it."""

    def __init__(self, sim: str = OWN) -> None:
        self.sim = sim

    def check(self, sim: str) -> str:
        self.sim = self.sim or sim
        return "" if sim == self.sim else f"another SIM: {sim}" if sim else "the SIM does not tell who it is"


def on_modem(
    story: Callable[[Bench, GsmKit, Owner], Awaitable[None]], persona: str = "quectel",
    nasty: Nastiness = BROCHURE, sim: str = OWN, ready: bool = True,
) -> None:
    owner = Owner(sim)
    on_gsm(lambda bench, kit: story(bench, kit, owner), ready=ready, persona=PERSONAS[persona], nasty=nasty,
           check_sim=owner.check)


def was_ready(on: Bench, since: int = 0) -> bool:
    return any(event.state.health is LineHealth.READY for event in on.of(StateChanged)[since:])


async def away_and_back(on: Bench, kit: GsmKit, nasty: Nastiness, card: SimCard | None = None) -> int:
    """The modem is unplugged, and plugged in as `nasty`, with another SIM perhaps. How many states were told before."""
    kit.unplug()
    await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
    seen = len(on.of(StateChanged))
    if card:
        kit.put_in(card)
    kit.modem.nasty = nasty
    kit.plug()
    return seen


async def refused(on: Bench) -> None:
    leg = f"refused-{len(on.dialled)}"
    on.dial(leg)
    assert (await on.next(Ended, leg)).cause is Cause.NETWORK_OUT_OF_ORDER


@FAMILIES
def test_another_sim_that_is_slow_to_tell_who_it_is_is_never_dialled_with(persona: str) -> None:
    """While the modem is away its SIM is changed; the new one does everything at once but tell who it is."""

    async def story(on: Bench, kit: GsmKit, owner: Owner) -> None:
        seen = await away_and_back(on, kit, Nastiness(sim_unread_s=8.0), SimCard(kit.number, iccid=OTHER))
        await on.until(lambda: "waiting for the SIM to tell who it is" in on.line.state.why, "waiting")
        await refused(on)
        await on.until(lambda: on.line.state.why == f"another SIM: {OTHER}", "the other SIM")
        await asyncio.sleep(600)
        assert not was_ready(on, seen)
        assert not kit.modem.dialled

    on_modem(story, persona)


@FAMILIES
def test_a_sim_that_never_tells_who_it_is_is_not_used_and_is_used_when_it_does(persona: str) -> None:
    async def story(on: Bench, kit: GsmKit, owner: Owner) -> None:
        seen = await away_and_back(on, kit, UNREAD)
        await on.until(lambda: on.line.state.health is LineHealth.BROKEN, "broken")
        assert on.line.state.why == "the SIM does not tell who it is"
        await refused(on)
        await asyncio.sleep(900)
        assert not was_ready(on, seen)
        kit.modem.nasty = BROCHURE
        told = asyncio.get_running_loop().time()
        await on.ready()
        assert asyncio.get_running_loop().time() - told <= 10
        assert on.line.state.sim == OWN

    on_modem(story, persona)


@pytest.mark.parametrize("sim", [OWN, ""])
def test_the_own_sim_that_tells_its_imsi_first_is_not_taken_for_another_one(sim: str) -> None:
    async def story(on: Bench, kit: GsmKit, owner: Owner) -> None:
        await away_and_back(on, kit, Nastiness(sim_unread_s=2.5))
        await on.ready()
        assert on.line.state.sim == owner.sim == OWN
        assert not any("another SIM" in event.state.why for event in on.of(StateChanged))

    on_modem(story, sim=sim, nasty=Nastiness(sim_unread_s=2.5))


def test_a_sim_that_is_changed_in_mid_service_and_does_not_tell_is_not_used() -> None:
    async def story(on: Bench, kit: GsmKit, owner: Owner) -> None:
        kit.modem.sim.registration = 0
        await on.until(lambda: on.line.state.health is LineHealth.STARTING, "away from the network")
        seen = len(on.of(StateChanged))
        kit.modem.nasty = UNREAD
        kit.put_in(SimCard(kit.number, iccid=OTHER))
        await on.until(lambda: on.line.state.health is LineHealth.BROKEN, "broken")
        assert not was_ready(on, seen)
        kit.modem.nasty = BROCHURE
        await on.until(lambda: on.line.state.why == f"another SIM: {OTHER}", "the other SIM")
        assert not was_ready(on, seen)

    on_modem(story)


def test_the_first_sim_of_a_line_is_learned_when_it_tells() -> None:
    """Nothing is on record that it could contradict, so the line serves meanwhile."""

    async def story(on: Bench, kit: GsmKit, owner: Owner) -> None:
        assert owner.sim == ""
        assert on.line.state.sim == ""
        kit.modem.nasty = BROCHURE
        await asyncio.sleep(60)
        assert owner.sim == on.line.state.sim == OWN
        assert on.line.state.health is LineHealth.READY

    on_modem(story, nasty=UNREAD, sim="")


@FAMILIES
def test_another_sim_that_finds_its_network_between_two_looks(persona: str) -> None:
    """Nothing tells of it: no port was lost, and the network was never seen to be away."""
    async def story(on: Bench, kit: GsmKit, owner: Owner) -> None:
        assert was_ready(on)
        kit.put_in(SimCard(kit.number, iccid=OTHER))
        await on.until(lambda: on.line.state.health is LineHealth.BROKEN, "broken")
        assert on.line.state.why == f"another SIM: {OTHER}"
        await refused(on)
        owner.sim = OTHER  # confirmed
        await on.until(lambda: on.line.state.health is LineHealth.READY, "ready again")

    on_modem(story, persona)
