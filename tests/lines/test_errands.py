"""What a line asks the network beside calls: forwarding and balance, of this SIM only, and again when refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appliance.lab.persona import PERSONAS
from appliance.lab.simcard import BUSY, MAILBOX, NOT_ANSWERED, SimCard
from appliance.lines.gsm.errands import SETTLE_S
from appliance.lines.gsm.line import LOOK_S
from appliance.lines.line import Forwarding, LineHealth, ServiceFailed, StateChanged
from tests.contract.gsm import PATH, GsmKit, on_gsm
from tests.contract.kit import Bench

SOON_S = SETTLE_S + LOOK_S + 5
FORWARDED = (Forwarding("when busy", MAILBOX),)


def play(
    story: Callable[[Bench, GsmKit], Awaitable[None]], before: Callable[[GsmKit], None] = lambda kit: None,
) -> None:
    async def later(bench: Bench, kit: GsmKit) -> None:
        await asyncio.sleep(SOON_S)
        await story(bench, kit)

    on_gsm(later, before=before, persona=PERSONAS["quectel"], balance_code="*100#")


def another(kit: GsmKit, forwards: bool = True) -> SimCard:
    card = SimCard(kit.number, iccid="8949020000000004711", ussd={"*100#": "Guthaben: 1,20 EUR"})
    if forwards:
        card.forwarding[BUSY] = MAILBOX
    return card


def test_what_another_sim_forwards_and_has_left_is_asked_anew() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        assert on.line.state.forwarding == ()
        assert "9,80" in on.line.state.balance
        kit.unplug()
        await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
        kit.put_in(another(kit))
        kit.plug()
        await on.ready()
        assert on.line.state.forwarding is None
        assert on.line.state.balance == ""
        await asyncio.sleep(SOON_S)
        assert on.line.state.forwarding == FORWARDED
        assert "1,20" in on.line.state.balance

    play(story)


def test_a_sim_that_is_changed_while_the_modem_has_power_is_another_sim() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.sim.registration = 0
        await on.until(lambda: on.line.state.health is LineHealth.STARTING, "away from the network")
        kit.put_in(another(kit))
        await on.ready()
        assert on.line.state.sim == "8949020000000004711"
        await asyncio.sleep(SOON_S)
        assert on.line.state.forwarding == FORWARDED

    play(story)


def test_a_modem_that_says_the_sim_is_gone_is_believed() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.put_in(another(kit))
        kit.modem.say(b"\r\n+CPIN: NOT READY\r\n")
        await on.until(lambda: on.line.state.sim == "8949020000000004711", "the other SIM")

    play(story)


def test_the_same_sim_is_not_asked_again() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.sim.forwarding[BUSY] = MAILBOX  # nobody told the box
        kit.bank.hiccup(PATH)
        await on.until(lambda: on.line.state.health is not LineHealth.READY, "away")
        await on.ready()
        await asyncio.sleep(SOON_S)
        assert on.line.state.forwarding == ()

    play(story)


def test_a_network_that_does_not_tell_counts_as_unknown_and_is_asked_again() -> None:
    def mum(kit: GsmKit) -> None:
        kit.modem.sim.mum = True
        kit.modem.sim.forwarding[BUSY] = MAILBOX

    async def story(on: Bench, kit: GsmKit) -> None:
        assert on.line.state.forwarding is None
        assert "+CME ERROR: 30" in on.line.state.forwarding_unknown
        kit.modem.sim.mum = False
        await asyncio.sleep(60 + SOON_S)
        assert on.line.state.forwarding == FORWARDED
        assert on.line.state.forwarding_unknown == ""

    play(story, mum)


def test_what_the_network_tells_counts_whatever_it_does_not_tell() -> None:
    """The forwarding that costs callers money is known, and what is not known is asked again."""

    def mum(kit: GsmKit) -> None:
        kit.modem.sim.mum_of = {2, 3}
        kit.modem.sim.forwarding[BUSY] = MAILBOX

    async def story(on: Bench, kit: GsmKit) -> None:
        assert on.line.state.forwarding == FORWARDED
        assert on.line.state.forwarding_unknown == (
            "the network does not tell whether it forwards calls when not answered or when not reachable "
            "(+CME ERROR: 30)")
        told = [event for event in on.of(StateChanged) if event.state.forwarding]
        assert told[0].state.forwarding == FORWARDED
        kit.modem.sim.mum_of = set()
        kit.modem.sim.forwarding[NOT_ANSWERED] = MAILBOX
        await asyncio.sleep(60 + SOON_S)
        both: tuple[Forwarding, ...] = (*FORWARDED, Forwarding("when not answered", MAILBOX))
        assert on.line.state.forwarding is not None
        assert set(on.line.state.forwarding) == set(both)
        assert on.line.state.forwarding_unknown == ""
        kit.modem.sim.mum_of = {1}
        with pytest.raises(ServiceFailed, match="when busy"):
            await on.line.erase_forwarding()  # of the others nothing is left
        assert on.line.state.forwarding is None

    play(story, mum)


def test_it_is_asked_less_and_less_often() -> None:
    asked: list[str] = []

    def mum(kit: GsmKit) -> None:
        kit.modem.sim.mum = True
        kit.line.listeners.append(lambda way, line: asked.append(line) if line == "AT+CCFC=0,2" else None)

    async def story(on: Bench, kit: GsmKit) -> None:
        await asyncio.sleep(6 * 3600)
        assert 6 <= len(asked) <= 16

    play(story, mum)
