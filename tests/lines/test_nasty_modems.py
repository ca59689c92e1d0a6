"""Modems behave as they were seen to behave, by seed; the driver copes. Each story ends with what the contract demands:
every leg and ring over once, nothing in use, no call left in the network, the next ring heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from appliance.lab.nasty import Nastiness
from appliance.lab.persona import PERSONAS, Persona
from appliance.lab.virtualtime import run
from appliance.lines.line import Answered, Ended, LineHealth, Rang, RingEnded, StateChanged
from appliance.vocabulary.cause import Cause
from tests.contract.gsm import PATH, GsmKit
from tests.contract.kit import Bench, on_bench

SEEDS = range(1, 4)
Story = Callable[[Bench], Awaitable[None]]


@pytest.fixture(params=list(PERSONAS.values()), ids=list(PERSONAS))
def persona(request: pytest.FixtureRequest) -> Persona:
    found: Persona = request.param
    return found


def on_modem(persona: Persona, nasty: Nastiness, story: Story, seed: int = 1) -> tuple[Bench, GsmKit]:
    bench = on_bench(partial(GsmKit, persona=persona, nasty=nasty, seed=seed), story)
    assert isinstance(bench.kit, GsmKit)
    return bench, bench.kit


async def a_day(on: Bench) -> None:
    """A missed call, a rejected one, one that is answered, three that are dialled; each may fail, none may be lost."""
    for what in ("miss", "reject", "answer"):
        rang = await on.ringing()
        if what == "reject":
            on.line.reject(rang.ring)
        elif what == "answer":
            on.answer(rang.ring, "in")
            await asyncio.sleep(20)
        on.far.hang_up()
        if what != "answer":
            await on.next(RingEnded, rang.ring)
        await asyncio.sleep(30)
    for leg, seconds in (("short", 0.3), ("longer", 8.0), ("long", 70.0)):
        await on.ready()
        on.dial(leg)
        await asyncio.sleep(seconds / 2)
        on.far.answer()
        await asyncio.sleep(seconds / 2)
        on.line.hang_up(leg)
        await on.next(Ended, leg)
        await asyncio.sleep(10)


async def a_call(on: Bench) -> None:
    """Dialled, answered, 60 s, hung up."""
    on.dial("b")
    await on.far.rung()
    await asyncio.sleep(2)
    on.far.answer()
    await on.next(Answered, "b")
    await asyncio.sleep(60)
    assert not on.of(Ended, "b")
    on.line.hang_up("b")
    assert (await on.next(Ended, "b")).cause is Cause.NORMAL


NASTY_DAYS = {
    "octets in pieces": Nastiness(fragments=1.0, extra_cr=True),
    "lines in between": Nastiness(noise=0.7, intrude=0.7),
    "dirt on the line": Nastiness(dirt=0.5),
    "late by more than the patience": Nastiness(late=0.05, late_s=7.0),
    "no answer": Nastiness(deaf=0.03),
    "obeyed in silence": Nastiness(mute=0.03),
    "a text prompt": Nastiness(prompt=0.05),
    "all of it": Nastiness(fragments=0.5, noise=0.5, intrude=0.3, dirt=0.2, late=0.02, deaf=0.02, mute=0.02,
                           prompt=0.02, late_clip_s=0.5, contexts=3, alpha=True),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("nasty", NASTY_DAYS.values(), ids=NASTY_DAYS)
def test_a_day_with(nasty: Nastiness, persona: Persona, seed: int) -> None:
    on_modem(persona, nasty, a_day, seed)


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("contexts", range(4))
def test_data_contexts_and_names_in_the_call_list(persona: Persona, contexts: int, alpha: bool) -> None:
    on_modem(persona, Nastiness(contexts=contexts, alpha=alpha), a_call)


@pytest.mark.parametrize("nasty", [Nastiness(lost_end=True), Nastiness(lost_end=True, contexts=3)])
def test_an_end_that_nobody_tells(persona: Persona, nasty: Nastiness) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.far.hang_up()
        assert (await on.next(Ended, "b")).cause is Cause.NORMAL

    on_modem(persona, nasty, story)


@pytest.mark.parametrize("knock_s", [1.0, 3.1, 30.0])
def test_somebody_calls_in_mid_call(persona: Persona, knock_s: float) -> None:
    bench, kit = on_modem(persona, Nastiness(knock_s=knock_s), a_call)
    assert len(bench.of(Rang)) == 1  # the one that settles
    assert kit.modem.dialled == [kit.far.number]


def test_a_ring_collides_with_the_dial_command(persona: Persona) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        assert (await on.next(Ended, "b")).cause.another_line_may_help
        rang = await on.next(Rang)
        await on.next(RingEnded, rang.ring)
        on.dial("c")
        await on.far.rung()
        on.line.hang_up("c")

    bench, _ = on_modem(persona, Nastiness(collision=True), story)
    assert len(bench.of(Rang)) == 2


@pytest.mark.parametrize("answers", [False, True])
def test_the_answer_that_is_none(persona: Persona, answers: bool) -> None:
    """Nobody can know; but it is told once, and ends once."""
    async def story(on: Bench) -> None:
        on.dial("b")
        await on.next(Answered, "b")
        assert on.far.stage == "alerting"
        await asyncio.sleep(3)
        if answers:
            on.far.answer()
            await asyncio.sleep(5)
            on.far.hang_up()
        await on.next(Ended, "b")

    on_modem(persona, Nastiness(early_active=True), story)


def test_a_hang_up_that_does_nothing_while_somebody_knocks(persona: Persona) -> None:
    """AT+CHLD=1 would end our call and answer him."""
    _, kit = on_modem(persona, Nastiness(deaf_verbs=2, knock_s=62.0), a_call)
    assert kit.modem.answered_triggers == 0


@pytest.mark.parametrize("verbs", [1, 2])
def test_a_hang_up_that_does_nothing(persona: Persona, verbs: int) -> None:
    async def story(on: Bench) -> None:
        await a_call(on)
        assert on.far.stage == "over"

    on_modem(persona, Nastiness(deaf_verbs=verbs), story)


@pytest.mark.parametrize("verbs", [1, 2])
def test_a_rejection_that_does_nothing_at_first(persona: Persona, verbs: int) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.line.reject(rang.ring)
        await on.next(RingEnded, rang.ring)
        assert on.far.stage == "over"

    _, kit = on_modem(persona, Nastiness(deaf_verbs=verbs), story)
    assert kit.modem.answered_triggers == 0, "no verb took the ring for a call that waits"


def test_a_modem_that_never_hangs_up_is_restarted(persona: Persona) -> None:
    """And the line says what is wrong meanwhile."""
    async def story(on: Bench) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.line.hang_up("b")
        await on.next(Ended, "b")

    bench, _ = on_modem(persona, Nastiness(deaf_verbs=99), story)
    states = [event.state for event in bench.of(StateChanged)]
    assert any(state.health is LineHealth.BROKEN and "does not end a call" in state.why for state in states)


def test_the_caller_gives_up_in_the_moment_of_the_answer(persona: Persona) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.answer(rang.ring, "a")
        await on.next(Ended, "a")

    bench, _ = on_modem(persona, Nastiness(hasty_caller=True), story)
    assert not bench.of(Answered)


@pytest.mark.parametrize("clip", ["international", "bare", "national", "unknown", "withheld", "withheld-short"])
@pytest.mark.parametrize("late", [0.0, 0.02, 0.8, 4.9, -1.0, -2.0])
def test_callers_shown_in_every_way_and_late(persona: Persona, clip: str, late: float) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        if rang.caller.digits:
            assert rang.caller.digits.endswith(on.far.number[3:])
        else:
            assert "withheld" in clip
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    on_modem(persona, Nastiness(late_clip_s=late, clip=clip), story)


@pytest.mark.parametrize("boot_s", [0.5, 1.5, 8.0, 30.0])
@pytest.mark.parametrize("busy_s", [0.0, 12.0])
def test_a_modem_that_takes_its_time_to_wake_up(persona: Persona, boot_s: float, busy_s: float) -> None:
    on_modem(persona, Nastiness(boot_s=boot_s, sim_busy_s=busy_s), a_call)


def test_a_modem_with_a_pin_is_back_after_it_had_no_power(persona: Persona) -> None:
    async def story(on: Bench) -> None:
        for _ in range(3):
            on.kit.unplug()
            await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
            on.kit.plug()
            await on.ready()

    on_bench(partial(GsmKit, persona=persona, pin="4711", nasty=Nastiness(boot_s=2.0, sim_busy_s=3.0)), story)


def test_the_last_attempt_of_a_pin_is_left_to_a_person(persona: Persona) -> None:
    """Though the PIN of this line is the right one: nobody here can know that. Not of a modem that does not count:
    there it is entered, and once."""
    counts = persona.attempts_command not in persona.refuses

    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        on.kit.unplug()
        await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
        on.kit.modem.lock.attempts = 1  # somebody typed wrong ones into a phone
        for _ in range(2 if counts else 0):
            on.kit.plug()
            await on.until(lambda: on.line.state.health is LineHealth.BROKEN, "broken")
            assert on.line.state.why == "only 1 PIN attempt is left; put the SIM in a phone and enter the PIN there"
            assert on.line.state.pin_left == 1
            await asyncio.sleep(3600)
            assert (on.line.state.health, on.kit.modem.lock.attempts) == (LineHealth.BROKEN, 1)
            on.kit.unplug()
            await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
        on.kit.modem.lock.attempts = 3  # as the phone leaves it
        on.kit.plug()
        await on.ready()

    on_bench(partial(GsmKit, persona=persona, pin="4711"), story)


def test_audio_that_is_refused_at_first(persona: Persona) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        began = asyncio.get_running_loop().time()
        await on.next(Answered, "b")
        if persona.name == "quectel":
            assert asyncio.get_running_loop().time() - began >= 6
        on.line.hang_up("b")

    refused = 6.0 if persona.name == "quectel" else 0.0  # the others start theirs at the dial command, or have none
    on_modem(persona, Nastiness(audio_refused_s=refused), story)


def test_a_call_that_the_box_lost_sight_of_is_hung_up(persona: Persona) -> None:
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.kit.bank.hiccup(PATH)
        await on.next(Ended, "b")
        await on.far.ended(15)

    on_modem(persona, Nastiness(), story)


def test_a_port_that_is_no_modems_says_so() -> None:
    async def story() -> str:
        bench = Bench(partial(GsmKit, persona=PERSONAS["plain"], nasty=Nastiness(deaf=1.0)))
        await bench.until(lambda: bench.line.state.health is LineHealth.BROKEN, "broken")
        await asyncio.sleep(100)
        bench.task.cancel()
        states = bench.of(StateChanged)
        assert len(states) == 2  # said once, however often it is tried
        return bench.line.state.why

    assert "is `at` the modem's AT port?" in run(story())
