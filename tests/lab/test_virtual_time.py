"""Time that jumps: order kept, no wall time spent, deadlocks told."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

from appliance.lab.virtualtime import START, Deadlock, LoopClock, run
from appliance.vocabulary.clock import SystemClock


def test_an_hour_takes_no_time() -> None:
    async def story() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = SystemClock().monotonic()
    assert run(story()) == pytest.approx(3600)
    assert SystemClock().monotonic() - began < 1


def test_timers_fire_in_order() -> None:
    async def story() -> list[int]:
        fired: list[int] = []
        loop = asyncio.get_running_loop()
        for seconds in (3, 1, 2):
            loop.call_later(seconds, fired.append, seconds)
        await asyncio.sleep(4)
        return fired

    assert run(story()) == [1, 2, 3]


def test_the_clock_follows_the_loop() -> None:
    other = datetime(2027, 1, 1, 23, 59, tzinfo=UTC)

    async def story() -> tuple[datetime, datetime, float]:
        clock = LoopClock(asyncio.get_running_loop())
        before = clock.now()
        await asyncio.sleep(90)
        return before, clock.now(), clock.monotonic()

    assert run(story())[0] == START
    before, after, monotonic = run(story(), start=other)
    assert (before, after - before) == (other, timedelta(seconds=90))
    assert monotonic == pytest.approx(90)


def test_waiting_for_the_impossible_is_told() -> None:
    async def story() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match="cannot happen"):
        run(story())


def test_a_readable_file_comes_before_time() -> None:
    async def story() -> float:
        read, write = os.pipe()
        loop = asyncio.get_running_loop()
        seen: asyncio.Queue[float] = asyncio.Queue()
        loop.add_reader(read, lambda: seen.put_nowait(loop.time()))
        loop.call_later(5, seen.put_nowait, 99.0)
        os.write(write, b"x")
        at = await seen.get()
        loop.remove_reader(read)
        os.close(read)
        os.close(write)
        return at

    assert run(story()) < 5
