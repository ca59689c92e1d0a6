"""The contract of lines.line.Line: a kind of line is done when this is green. A new kind is one more row in MAKERS."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appliance.lab.handset import Manner
from appliance.lines.line import Alerting, Answered, Ended, LineHealth, NumberType, Presentation, Rang, RingEnded
from appliance.vocabulary.cause import Cause
from tests.contract import gsm, isdn
from tests.contract.kit import Bench, MakeKit, on_bench

MAKERS: dict[str, MakeKit] = {**gsm.KITS, **isdn.KITS}


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> MakeKit:
    if request.param in isdn.KITS and (why := isdn.missing()):
        pytest.skip(why)
    maker: MakeKit = MAKERS[request.param]
    return maker


# Rings

def test_a_missed_call(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        assert rang.caller.digits.lstrip("+") == on.far.number.lstrip("+")
        assert (rang.caller.type, rang.caller.presentation) == (NumberType.INTERNATIONAL, Presentation.SHOWN)
        assert on.line.busy == 1
        await asyncio.sleep(17)
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    bench = on_bench(make, story)
    assert len(bench.of(Rang)) == 2  # this one, and the one that settles


def test_a_caller_who_withholds_his_number(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        on.far.withheld = True
        rang = await on.ringing()
        assert rang.caller.presentation is not Presentation.SHOWN
        assert rang.caller.digits == ""
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    on_bench(make, story)


@pytest.mark.parametrize("seconds", [0.0, 0.41, 0.5, 1.0, 4.9, 5.0, 5.1, 30.0])
def test_a_caller_who_gives_up_at_any_time(make: MakeKit, seconds: float) -> None:
    async def story(on: Bench) -> None:
        on.far.call(on.kit.number)
        await asyncio.sleep(seconds)
        on.far.hang_up()

    on_bench(make, story)


def test_a_rejected_ring(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.line.reject(rang.ring)
        on.line.reject(rang.ring)
        await on.next(RingEnded, rang.ring)
        assert await on.far.ended() in (Cause.REJECTED, Cause.BUSY, Cause.NORMAL)

    on_bench(make, story)


def test_unknown_rings_and_legs_are_ignored(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        on.line.reject("no such ring")
        on.line.hang_up("no such leg")
        on.line.send_keys("no such leg", "123")
        rang = await on.ringing()
        on.line.reject("no such ring")
        on.line.reject("")
        await asyncio.sleep(6)
        assert not on.of(RingEnded)
        assert on.far.stage == "alerting"
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)
        on.line.reject(rang.ring)

    on_bench(make, story)


def test_unplugged_while_it_rings(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.kit.unplug()
        await on.next(RingEnded, rang.ring)
        await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
        on.far.hang_up()
        on.kit.plug()

    on_bench(make, story)


# Answering

async def _answered(on: Bench) -> Rang:
    rang = await on.ringing()
    on.answer(rang.ring, "a")
    await on.next(Answered, "a")
    assert on.far.stage == "active"
    assert on.line.busy == 1
    return rang


def test_answered_and_the_caller_hangs_up(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        await _answered(on)
        await asyncio.sleep(10)
        on.far.hang_up()
        assert (await on.next(Ended, "a")).cause is Cause.NORMAL

    assert not on_bench(make, story).of(RingEnded, "ring-1")


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 10.0])
def test_answered_and_we_hang_up(make: MakeKit, seconds: float) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.answer(rang.ring, "a")
        await asyncio.sleep(seconds)
        on.line.hang_up("a")
        assert (await on.next(Ended, "a")).cause is Cause.NORMAL
        assert await on.far.ended() in (Cause.NORMAL, Cause.REJECTED)

    on_bench(make, story)


def test_answered_too_late(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)
        on.answer(rang.ring, "a")
        await on.next(Ended, "a")
        on.answer("no such ring", "b")
        await on.next(Ended, "b")

    on_bench(make, story)


@pytest.mark.parametrize("seconds", [0.0, 0.002, 0.01, 0.05])
def test_the_caller_gives_up_in_the_moment_of_answering(make: MakeKit, seconds: float) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.answer(rang.ring, "a")
        await asyncio.sleep(seconds)
        on.far.hang_up()

    on_bench(make, story)


def test_unplugged_after_the_answer(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        await _answered(on)
        on.kit.unplug()
        assert (await on.next(Ended, "a")).cause.another_line_may_help
        on.kit.plug()

    on_bench(make, story)


# Dialling

def _dialled(manner: Manner, far_cause: Callable[[Cause], bool], answered: bool) -> Callable[[Bench], Awaitable[None]]:
    async def story(on: Bench) -> None:
        on.far.manner = manner
        on.dial("b")
        assert on.line.busy == 1
        assert far_cause((await on.next(Ended, "b")).cause)
        assert bool(on.of(Answered, "b")) is answered
        on.far.manner = Manner.BY_HAND

    return story


def test_dialled_and_busy(make: MakeKit) -> None:
    on_bench(make, _dialled(Manner.BUSY, lambda cause: cause is Cause.BUSY, answered=False))


def test_dialled_and_not_answered(make: MakeKit) -> None:
    story = _dialled(Manner.IGNORE, lambda cause: not cause.another_line_may_help, answered=False)
    assert on_bench(make, story).of(Alerting, "b")


def test_dialled_and_rejected(make: MakeKit) -> None:
    on_bench(make, _dialled(Manner.REJECT, lambda cause: not cause.another_line_may_help, answered=False))


def test_dialled_and_answered_until_the_far_side_hangs_up(make: MakeKit) -> None:
    story = _dialled(Manner.VOICEMAIL, lambda cause: cause is Cause.NORMAL, answered=True)
    bench = on_bench(make, story)
    assert bench.of(Answered, "b")[0].port


def test_a_number_nobody_has(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        on.dial("b", on.kit.nowhere)
        await on.next(Ended, "b")

    assert not on_bench(make, story).of(Answered, "b")


def test_a_congested_network(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        on.kit.congest()
        on.dial("b")
        assert (await on.next(Ended, "b")).cause.another_line_may_help

    assert not on_bench(make, story).of(Answered, "b")


STAGES = {"at once": 0.0, "just sent": 0.001, "dialling": 0.2, "just ringing": 0.4001, "ringing": 3.0}


@pytest.mark.parametrize("stage", STAGES)
def test_we_hang_up_before_the_answer(make: MakeKit, stage: str) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        await asyncio.sleep(STAGES[stage])
        on.line.hang_up("b")
        on.line.hang_up("b")
        assert not (await on.next(Ended, "b")).cause.another_line_may_help

    assert not on_bench(make, story).of(Answered, "b")


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.1, 1.0, 60.0])
def test_we_hang_up_after_the_answer(make: MakeKit, seconds: float) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await asyncio.sleep(seconds)
        on.line.hang_up("b")
        assert (await on.next(Ended, "b")).cause is Cause.NORMAL
        assert on.far.stage == "over"

    on_bench(make, story)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.1, 1.0, 60.0])
def test_the_far_side_hangs_up_after_the_answer(make: MakeKit, seconds: float) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await asyncio.sleep(seconds)
        on.far.hang_up()
        await on.next(Ended, "b")

    on_bench(make, story)


@pytest.mark.parametrize("stage", [*STAGES, "answered"])
def test_unplugged(make: MakeKit, stage: str) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        if stage == "answered":
            await on.far.rung()
            on.far.answer()
            await on.next(Answered, "b")
        else:
            await asyncio.sleep(STAGES[stage])
        on.kit.unplug()
        assert (await on.next(Ended, "b")).cause.another_line_may_help
        await on.until(lambda: on.line.state.health is LineHealth.ABSENT, "absent")
        assert on.line.state.why
        on.dial("c")
        assert (await on.next(Ended, "c")).cause.another_line_may_help
        await asyncio.sleep(20)
        on.kit.plug()

    on_bench(make, story)


@pytest.mark.parametrize("number", [
    "", "+", ";", "123;ATH", "+49\r", "\rATH", "+49;+CFUN=0", "A" * 500, "1" * 500, "+49 30", "٣٤٥", "\0", "tel:112",
    "+49>",
])
def test_a_hostile_number(make: MakeKit, number: str) -> None:
    async def story(on: Bench) -> None:
        on.dialled.add("b")
        on.line.dial("b", number)
        await on.next(Ended, "b")

    bench = on_bench(make, story)
    assert not bench.of(Answered, "b")
    assert not bench.of(Alerting, "b")


def test_no_more_legs_than_channels(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        legs = [f"b{n}" for n in range(on.line.channels + 1)]
        for leg in legs:
            on.dial(leg)
        assert (await on.next(Ended, legs[-1])).cause is Cause.NO_CHANNEL
        assert on.line.busy == on.line.channels
        for leg in legs:
            on.line.hang_up(leg)

    on_bench(make, story)


def test_one_call_after_another(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        on.far.manner, on.far.answer_after_s = Manner.ANSWER, 0.5
        for turn in range(10):
            on.dial(f"b{turn}")
            await on.next(Answered, f"b{turn}")
            on.line.hang_up(f"b{turn}") if turn % 2 else on.far.hang_up()
            assert (await on.next(Ended, f"b{turn}")).cause is Cause.NORMAL
        on.far.manner = Manner.BY_HAND

    on_bench(make, story)


def test_the_callback_follows_the_ring_at_once(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)
        assert on.line.busy == 0
        on.dial("a")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "a")
        on.far.hang_up()

    on_bench(make, story)


# The end

@pytest.mark.parametrize("stage", [*STAGES, "answered"])
def test_stopping_hangs_up_first(make: MakeKit, stage: str) -> None:
    async def story(on: Bench) -> None:
        on.dial("b")
        if stage == "answered":
            await on.far.rung()
            on.far.answer()
            await on.next(Answered, "b")
        else:
            await asyncio.sleep(STAGES[stage])
        on.task.cancel()
        await asyncio.gather(on.task, return_exceptions=True)
        assert on.task.cancelled()
        assert len(on.of(Ended, "b")) == 1
        assert on.line.busy == 0
        assert on.far.stage == "over"

    on_bench(make, story, settled=False)


def test_stopping_while_it_rings(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        rang = await on.ringing()
        on.task.cancel()
        await asyncio.gather(on.task, return_exceptions=True)
        assert on.of(RingEnded, rang.ring)

    on_bench(make, story, settled=False)


def test_it_runs_again_after_it_was_stopped(make: MakeKit) -> None:
    async def story(on: Bench) -> None:
        on.task.cancel()
        await asyncio.gather(on.task, return_exceptions=True)
        on.task = asyncio.ensure_future(on.line.run())
        await on.ready()

    on_bench(make, story)
