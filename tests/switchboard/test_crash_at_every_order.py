"""The process dies before each order that a call can issue: what is on the disk then must be enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.calls.orders import Order
from appliance.lab.virtualtime import START
from appliance.ledger.record import Record
from appliance.rehearsal.script import Script, read_script
from appliance.rehearsal.steps import Play, perform
from appliance.rehearsal.world import World, play
from appliance.switchboard.active import ActiveCall

STORY = """
[site]
callback_rest = 0
[[account]]
name = "Front desk"
spend_per_day = 2.00
---
Bert answers after 1 s
Carl is busy
Anna misses a call to gsm1
Anna's phone rings
Anna answers
the box says enter_pin
Anna keys 4711#
the box says enter_number
Anna keys 03087654321#
the box says busy, enter_number
Anna keys 03012345678#
the box notes both are connected
wait 70 s
Anna keys ##
the box says next_number, enter_number
Anna keys 112#
the box says emergency
Anna hangs up
the call is over
"""
AFTER = """
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
Anna hangs up
the call is over
"""


class Killed(SystemExit):
    """Out of the loop at once, as by SIGKILL; nothing after it reaches the disk."""


class Victim:
    """Counts orders, and dies before the one with that number."""

    def __init__(self, world: World, dies_before: int) -> None:
        self.orders: list[str] = []
        self.durable: list[str] = []  # those whose turn was committed
        self._real, self._together = world.board._deeds.perform, world.journal.together
        self._dies_before, self._board = dies_before, world.board
        world.board._deeds.perform = self.perform  # type: ignore[method-assign]
        world.journal.together = self.together  # type: ignore[method-assign, assignment]

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._together():
            yield
        self.durable = list(self.orders)

    def perform(self, call: ActiveCall, order: Order) -> None:
        if len(self.orders) == self._dies_before:
            self._board.failed.cancel()  # no turn follows
            raise Killed
        self.orders.append(type(order).__name__)
        self._real(call, order)


async def run_steps(world: World, script: Script) -> None:
    stage = Play(world)
    for _, words in script.steps:
        await perform(stage, words)


def one_life(folder: Path, dies_before: int) -> tuple[World, Victim]:
    kept: list[tuple[World, Victim]] = []
    script = read_script(STORY, "story")

    async def story(world: World) -> None:
        await world.ready()
        kept.append((world, Victim(world, dies_before)))
        await run_steps(world, script)

    with suppress(Killed):
        play(folder, script.settings, script.cast, story)
    world, victim = kept[0]
    world.journal.close()
    return world, victim


def next_life(folder: Path, mended: list[Record]) -> World:
    script = read_script(AFTER, "after")
    settings = read_script(STORY, "story").settings

    def mend(world: World) -> None:
        mended.extend(world.journal.mend_all(world.clock.now()))
        assert not list(world.loose_ends())

    async def story(world: World) -> None:
        await world.ready()
        await run_steps(world, script)

    return play(folder, settings, replace(script.cast, start=START + timedelta(hours=1)), story, mend)


def all_orders(folder: Path) -> list[str]:
    folder.mkdir()
    return one_life(folder, -1)[1].orders


def test_the_story_issues_nearly_every_kind_of_order(tmp_path: Path) -> None:
    kinds = {kind.__name__ for kind in Order.__args__}
    assert kinds - set(all_orders(tmp_path / "x")) == {"AnswerRing", "RejectRing", "Overhear"}


@pytest.mark.parametrize("part", range(4))
def test_dies_before_every_order(part: int, tmp_path: Path) -> None:
    count = len(all_orders(tmp_path / "whole"))
    for dies_before in range(part, count, 4):
        folder = tmp_path / str(dies_before)
        folder.mkdir()
        world, victim = one_life(folder, dies_before)
        assert len(victim.orders) == dies_before
        mended: list[Record] = []
        after = next_life(folder, mended)
        check(world, victim, mended, after)
        after.journal.close()


def check(world: World, victim: Victim, mended: list[Record], after: World) -> None:
    at = f"killed before order {len(victim.orders)}, after {victim.orders[-1:]}"
    records = after.records()
    before = records[:-2]
    dialled = Counter(number for modem in world.modems.values() for number in modem.dialled)
    assert not dialled - Counter(record.number for record in before), f"{at}: a call that no record knows"
    opened = Counter(victim.durable)["OpenRecord"]
    assert len(before) == opened, f"{at}: records were lost"
    assert all(record.cause is not None for record in records), f"{at}: a record is open"
    for record in before:
        assert record.price is not None
        assert record.answered or not record.price.micros, f"{at}: charged without an answer"
    assert len(mended) == opened - Counter(victim.durable)["CloseRecord"], at
    assert after.journal.held("Front desk").micros == 0, at
    assert sum(record.price.micros for record in records if record.price) <= 2_000_000, f"{at}: below the limit"


