"""Modems that stay away: each is back in service by itself, through steps that grow and have limits; what cannot be
cured says what a person can do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from appliance.lab.handset import Manner
from appliance.lab.nasty import Nastiness
from appliance.lab.persona import PERSONAS
from appliance.lines.gsm.recovery import PER_HOUR, REMEDY, WEAK
from appliance.lines.line import Answered, Ended, LineHealth, RingEnded, StateChanged
from appliance.lines.power import PowerFailed
from appliance.vocabulary.cause import Cause
from tests.contract.gsm import PATH, GsmKit, on_gsm
from tests.contract.kit import Bench, on_bench

FAMILIES = pytest.mark.parametrize("persona", PERSONAS)


class Step:
    """A power step that does what it is told to, and counts."""

    def __init__(self, done: str, act: Callable[[], None] = lambda: None) -> None:
        self.done, self.act = done, act
        self.taken: list[float] = []

    async def take(self) -> None:
        self.taken.append(asyncio.get_running_loop().time())
        self.act()


def on_modem(
    story: Callable[[Bench, GsmKit], Awaitable[None]], *steps: Step, persona: str = "quectel",
    nasty: Nastiness = Nastiness(),  # noqa: B008
) -> None:
    """A line that is ready, with these power steps."""
    on_gsm(story, persona=PERSONAS[persona], nasty=nasty, power=steps)


def now() -> float:
    return asyncio.get_running_loop().time()


async def away(on: Bench) -> None:
    await on.until(lambda: on.line.state.health is not LineHealth.READY, "away")


def test_the_weaker_step_comes_first_and_the_stronger_one_cures() -> None:
    weak = Step("its USB port was reset")
    strong = Step("its supply was switched off and on")

    async def story(on: Bench, kit: GsmKit) -> None:
        def cycle() -> None:
            kit.modem.thaw()
            kit.modem.restart()

        strong.act = cycle
        kit.modem.freeze()
        await away(on)
        await on.ready()
        assert len(weak.taken) == len(strong.taken) == 1
        assert weak.taken < strong.taken
        assert any("its USB port was reset" in event.state.why for event in on.of(StateChanged))
        assert on.line.state.why == ""

    on_modem(story, weak, strong)


def test_steps_have_limits_and_the_line_says_what_a_person_can_do() -> None:
    steps = Step("its USB port was reset"), Step("its supply was switched off and on")

    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.freeze()
        began = now()
        await asyncio.sleep(5 * 3600)
        for step in steps:
            assert PER_HOUR < len(step.taken) <= 5 * PER_HOUR + 1  # it goes on trying, and never in a hurry
            for at in step.taken:
                assert sum(at <= other < at + 3600 for other in step.taken) <= PER_HOUR
        assert min(steps[0].taken) - began > 20
        assert REMEDY in on.line.state.why
        kit.modem.thaw()
        thawed = now()
        await on.ready()
        assert now() - thawed <= 10

    on_modem(story, *steps)


def test_without_steps_the_line_says_what_a_person_can_do() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.freeze()
        await asyncio.sleep(300)
        assert on.line.state.health is LineHealth.BROKEN
        assert REMEDY in on.line.state.why
        assert len(on.of(StateChanged)) < 10  # told when it changes, not with every try

    on_modem(story)


def test_a_step_that_fails_says_why_and_the_next_one_is_taken() -> None:
    def denied() -> None:
        raise PowerFailed("its USB port could not be reset: permission denied")

    first, second = Step("its USB port was reset", denied), Step("its supply was switched off and on")

    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.freeze()
        await on.until(lambda: "permission denied" in on.line.state.why, "the reason")
        await on.until(lambda: bool(second.taken), "the second step")

    on_modem(story, first, second)


def test_nothing_is_done_to_a_modem_that_a_person_has_in_his_hand() -> None:
    step = Step("its USB port was reset")

    async def story(on: Bench, kit: GsmKit) -> None:
        kit.unplug()
        await asyncio.sleep(55)
        assert on.line.state.health is LineHealth.ABSENT
        assert not step.taken
        kit.plug()
        plugged = now()
        await on.ready()
        assert now() - plugged <= 3
        kit.unplug()
        await asyncio.sleep(120)
        assert step.taken  # but one that fell off the bus is

    on_modem(story, step)


@FAMILIES
def test_a_modem_that_resets_itself_as_some_do_once_a_day(persona: str) -> None:
    """Idle or in mid-call: noticed, prepared anew, and the next call has a number. Some say nothing of it."""
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        await asyncio.sleep(86400 - 60)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        await on.next(Ended, "b")  # the reset
        assert now() < 86400 + 8
        await on.ready()
        assert on.kit.modem.clip, "callers are shown again"
        await asyncio.sleep(86400 + 60)  # idle: noticed at the next look, if it says nothing of it
        assert on.line.state.health is LineHealth.READY
        assert on.kit.modem.clip

    on_bench(partial(GsmKit, persona=PERSONAS[persona], nasty=Nastiness(resets_every_s=86400.0)), story)


def test_a_modem_that_restarts_again_and_again_has_too_weak_a_supply() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        for _ in range(5):
            kit.modem.restart()
            await away(on)
            await on.ready()
        kit.modem.restart()
        await away(on)
        assert WEAK in " ".join(event.state.why for event in on.of(StateChanged))

    on_modem(story)


@FAMILIES
def test_the_network_goes_and_comes_back(persona: str) -> None:
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        on.kit.modem.sim.registration = 2
        await on.until(lambda: on.line.state.health is LineHealth.STARTING, "searching")
        assert "searching for a network" in on.line.state.why
        await asyncio.sleep(60)
        on.kit.modem.sim.registration = 1
        back = now()
        await on.ready()
        assert now() - back <= 10

    on_bench(partial(GsmKit, persona=PERSONAS[persona]), story)


@FAMILIES
@pytest.mark.parametrize("ims", [1, None])
def test_a_network_that_has_lte_only_is_a_network(persona: str, ims: int | None) -> None:
    """Its calls go over LTE; a modem that does not tell whether they do is tried."""
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        sim = on.kit.modem.sim
        sim.registration, sim.lte, sim.ims = 0, 1, ims
        on.kit.bank.hiccup(PATH)
        await away(on)
        await on.ready()
        await asyncio.sleep(1800)
        assert len([event for event in on.of(StateChanged) if event.state.health is LineHealth.READY]) == 2
        assert not on.line.state.roaming
        sim.lte = 5
        await asyncio.sleep(60)
        assert on.line.state.roaming

    on_bench(partial(GsmKit, persona=PERSONAS[persona]), story)


def test_a_network_that_has_lte_and_no_calls_says_so() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        sim = kit.modem.sim
        sim.registration, sim.lte, sim.ims = 0, 1, 0
        await on.until(lambda: on.line.state.health is LineHealth.STARTING, "no calls")
        assert "data over LTE and no calls; switch on VoLTE" in on.line.state.why
        await asyncio.sleep(60)
        assert on.line.state.health is LineHealth.STARTING
        sim.ims = 1
        back = now()
        await on.ready()
        assert now() - back <= 10

    on_modem(story)


def test_a_modem_that_stopped_looking_for_a_network_is_restarted_now_and_then() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        restarts: list[float] = []
        restart = kit.modem.restart

        def counted() -> None:
            restarts.append(now())
            restart()

        kit.modem.restart = counted  # type: ignore[method-assign]
        kit.modem.sim.registration = 0
        await asyncio.sleep(3600)
        assert 3 <= len(restarts) <= 6
        assert any("antenna" in event.state.why for event in on.of(StateChanged))
        kit.modem.sim.registration = 1
        back = now()
        await on.ready()
        assert now() - back <= 10

    on_modem(story)


@pytest.mark.parametrize("persona", [name for name, persona in PERSONAS.items() if persona.noise])
def test_a_modem_that_chatters_all_day(persona: str) -> None:
    """Fifty lines a second are a nuisance; calls go on."""
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        assert rang.caller.digits == on.far.number
        on.far.hang_up()
        await asyncio.sleep(15)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        await asyncio.sleep(20)
        assert not on.of(Ended, "b")
        on.line.hang_up("b")
        await on.next(Ended, "b")

    on_bench(partial(GsmKit, persona=PERSONAS[persona], nasty=Nastiness(chatter=50.0)), story)


@FAMILIES
def test_a_sim_that_is_never_ready_is_told_in_plain_words_and_believed_when_it_is(persona: str) -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        restarts: list[float] = []
        restart = kit.modem.restart
        kit.modem.restart = lambda: (restarts.append(now()), restart())[1]  # type: ignore[method-assign,func-returns-value]
        kit.modem.sim.busy = True
        kit.bank.hiccup(PATH)
        await away(on)
        await asyncio.sleep(900)
        assert on.line.state.health is LineHealth.BROKEN
        assert "the SIM was not ready within 2 minutes" in on.line.state.why
        assert "put it in again" in on.line.state.why
        assert 1 <= len(restarts) <= 2
        kit.modem.sim.busy = False
        back = now()
        await on.ready()
        assert now() - back <= 15

    on_modem(story, persona=persona)


@FAMILIES
def test_a_sim_that_is_busy_in_mid_service_costs_one_restart(persona: str) -> None:
    """Calls are refused with +CME ERROR: 14 whatever the number, until the modem has restarted."""
    async def story(on: Bench, kit: GsmKit) -> None:
        restart = kit.modem.restart

        def mended() -> None:
            kit.modem.sim.busy = False
            restart()

        kit.modem.restart = mended  # type: ignore[method-assign]
        kit.modem.sim.busy = True
        for leg in ("one", "two"):
            await fruitless(on, leg)
        await on.until(lambda: any("refuses to dial (+CME ERROR: 14); it was restarted" in event.state.why
                                   for event in on.of(StateChanged)), "the reason")
        await on.ready()
        on.dial("last")
        await on.far.rung()

    on_modem(story, persona=persona)


INCURABLE = Nastiness(incurable=True)


async def fruitless(on: Bench, leg: str) -> None:
    on.dial(leg)
    await on.next(Ended, leg)
    assert not on.of(Answered, leg)


async def out_of_service(on: Bench) -> None:
    await on.until(lambda: on.line.state.health is LineHealth.BROKEN, "broken")


@FAMILIES
def test_a_modem_that_does_not_dial_after_a_restart_either_gets_the_next_step(persona: str) -> None:
    step, strong = Step("its USB port was reset"), Step("its supply was switched off and on")

    async def story(on: Bench, kit: GsmKit) -> None:
        def cures() -> None:
            kit.modem.nasty = Nastiness()
            kit.modem.restart()

        step.act = kit.modem.restart
        strong.act = cures
        for n, taken in enumerate(([], [], [step], [step, strong])):  # two calls until a restart, then one a step
            await fruitless(on, f"b{n}")
            await on.ready()
            await asyncio.sleep(30)
            assert [each for each in (step, strong) if each.taken] == taken
        on.dial("last")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "last")
        on.line.hang_up("last")
        await on.next(Ended, "last")
        assert len(step.taken) == len(strong.taken) == 1

    on_modem(story, step, strong, persona=persona, nasty=INCURABLE)


def test_a_modem_that_nothing_makes_dial_is_out_of_service_and_says_so_and_is_tried_now_and_then() -> None:
    step = Step("its USB port was reset")

    async def story(on: Bench, kit: GsmKit) -> None:
        began, tried = now(), 0
        while now() - began < 3600:
            if on.line.state.health is LineHealth.READY:
                tried += 1
                await fruitless(on, f"b{tried}")
            await asyncio.sleep(60)
        assert 4 <= tried <= 8  # not one a minute
        assert len(step.taken) == 1
        await out_of_service(on)
        for words in ("takes dial commands and does nothing", "after a restart", "its USB port was reset", REMEDY):
            assert words in on.line.state.why
        rang = await on.ringing()  # who calls is heard all the same: another line rings him back
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)
        on.dial("refused")
        assert (await on.next(Ended, "refused")).cause is Cause.NETWORK_OUT_OF_ORDER
        kit.modem.nasty = Nastiness()  # somebody pulls the plug and puts it in again
        kit.unplug()
        await away(on)
        await asyncio.sleep(5)
        kit.plug()
        plugged = now()
        await on.ready()
        assert now() - plugged <= 3
        on.dial("last")
        await on.far.rung()

    on_modem(story, step, nasty=INCURABLE)


@pytest.mark.parametrize("manner", [Manner.BUSY, Manner.REJECT])
@FAMILIES
def test_people_who_are_busy_are_no_fault_of_the_modem(persona: str, manner: Manner) -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.far.manner = manner
        for n in range(4):
            on.dial(f"b{n}")
            await on.next(Ended, f"b{n}")
            await on.ready()
            await asyncio.sleep(2)
        assert not any("does nothing" in event.state.why for event in on.of(StateChanged))

    on_modem(story, persona=persona)


def test_a_number_that_the_modem_refuses_is_no_fault_of_the_modem() -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.sim.refuses.add("+4930000001")
        for n in range(5):
            on.dial(f"b{n}", "+4930000001")
            await on.next(Ended, f"b{n}")
            await asyncio.sleep(5)
        assert on.line.state.health is LineHealth.READY
        assert not any("restarted" in event.state.why for event in on.of(StateChanged))

    on_modem(story)


def test_the_port_is_away_for_a_moment_and_nobody_takes_a_step() -> None:
    step = Step("its USB port was reset")

    async def story(on: Bench, kit: GsmKit) -> None:
        for _ in range(20):
            kit.bank.hiccup(PATH)
            await away(on)
            await on.ready()
        assert not step.taken

    on_modem(story, step)
