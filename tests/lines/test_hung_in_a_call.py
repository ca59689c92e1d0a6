"""A modem that hangs while a call is set up: whoever waits and pays hears of it soon, and the record says why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.persona import PERSONAS
from appliance.lines.line import Alerting, Ended, StateChanged
from appliance.vocabulary.cause import Cause
from tests.contract.gsm import GsmKit
from tests.contract.kit import Bench, on_bench

FAMILIES = pytest.mark.parametrize("persona", PERSONAS)
SOON_S, LIVES_S = 5.0, 2.0  # s until a call that is set up is over; until a modem that does not answer counts as hung
UNKNOWN = ("plain", "stubborn")  # families that may say OK when the far side answers


def now() -> float:
    return asyncio.get_running_loop().time()


def play(persona: str, story: Callable[[Bench], Awaitable[None]], nasty: Nastiness = BROCHURE) -> None:
    on_bench(partial(GsmKit, persona=PERSONAS[persona], nasty=nasty), story)


@FAMILIES
@pytest.mark.parametrize("after_s", [0.6, 1.4, 3.3, 20.0])
def test_while_it_rings(persona: str, after_s: float) -> None:
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        on.dial("b")
        await on.far.rung()
        await asyncio.sleep(after_s)
        on.kit.modem.freeze()
        hung = now()
        assert (await on.next(Ended, "b")).cause is Cause.OUT_OF_ORDER
        assert now() - hung <= SOON_S
        on.kit.modem.thaw()
        await on.far.ended(15)

    play(persona, story)


@FAMILIES
def test_between_the_answer_and_the_first_octet_of_voice(persona: str) -> None:
    """A sound card streams on, so voice proves nothing there."""

    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        on.kit.modem.freeze()
        hung = now()
        assert (await on.next(Ended, "b")).cause.another_line_may_help
        assert now() - hung <= SOON_S
        on.kit.modem.thaw()
        await on.far.ended(15)

    play(persona, story)


@FAMILIES
@pytest.mark.parametrize("gives_up", [False, True])
def test_before_it_is_told_to_dial(persona: str, gives_up: bool) -> None:
    """Nobody's phone rang: that is the line's fault, also when the call is hung up meanwhile."""

    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        await asyncio.sleep(70)
        on.kit.modem.freeze()
        hung = now()
        on.dial("b")
        if gives_up:
            await asyncio.sleep(5)
            on.line.hang_up("b", Cause.NO_ANSWER)
        assert (await on.next(Ended, "b")).cause is Cause.OUT_OF_ORDER
        assert now() - hung <= (30.0 if persona in UNKNOWN else 10.0) + LIVES_S
        assert not on.of(Alerting)
        on.kit.modem.thaw()

    play(persona, story)


@FAMILIES
def test_a_modem_that_neither_obeys_nor_answers_the_dial_command_is_restarted(persona: str) -> None:
    """All else it answers; it never had a call."""

    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        for leg in ("one", "two"):
            began = now()
            on.dial(leg)
            assert (await on.next(Ended, leg)).cause.another_line_may_help
            assert now() - began <= (30.0 if persona in UNKNOWN else 10.0) + 2 * LIVES_S
        assert not on.of(Alerting)
        await on.until(lambda: any("takes dial commands and does nothing with them; it was restarted" in event.state.why
                                   for event in on.of(StateChanged)), "the reason")
        await on.ready()
        on.dial("last")
        await on.far.rung()
        on.line.hang_up("last")

    play(persona, story, Nastiness(ignores_dial=True))
