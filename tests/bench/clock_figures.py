"""Figures of clocks: what is left of a stall of the machine, and an hour of two clocks that differ."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from tests.audio.drifting import Pair
from tests.bench.child import Child
from tests.bench.figure import Figure, share
from tests.bench.key_figures import on_every_core
from tests.bench.voice_figures import box

BEFORE_S, STALL_S, AFTER_S, LOOK_S = 4.0, 0.2, 5.0, 1.0
DRIFT_PPM, HOUR_S = 200.0, 3600.0
SETTLE_S = 60.0  # s in which the drift is measured and evened out


async def stalled(folder: Path, times: int) -> list[Figure]:
    """The audio process is stopped for a while; devices go on playing, as devices do."""
    moves = [await _stall(folder) for _ in range(times)]
    worst = max(moves, key=lambda move: move[1] - move[0])
    return [Figure("mouth to ear, 5 s after a stall of 200 ms", "within 5 ms of before",
                   f"{worst[0]:.1f} ms before, {worst[1]:.1f} ms after (worst of {times})", worst[1] - worst[0] <= 5,
                   "a frame more than before is held by a device", "stays up to 100 ms")]


async def _stall(folder: Path) -> tuple[float, float]:
    """Median ms from mouth to ear before the stall, and some s after it."""
    seconds = BEFORE_S + STALL_S + AFTER_S + LOOK_S
    async with Child("tests.bench.playing", "--seconds", str(seconds)) as voices, box(folder) as made:
        await made.opened(await voices.told())
        made.audio.bridge("p0", "p1")
        voices.go()
        await asyncio.sleep(BEFORE_S)
        os.kill(made.audio.pid, signal.SIGSTOP)
        await asyncio.sleep(STALL_S)
        os.kill(made.audio.pid, signal.SIGCONT)
        heard: list[tuple[float, float]] = await voices.told()
    before = [ms for at, ms in heard if BEFORE_S - 2 * LOOK_S < at < BEFORE_S - LOOK_S / 2]
    after = [ms for at, ms in heard if at > seconds - LOOK_S]
    return share(before, 0.5), share(after, 0.5)


async def drifted(_: Path, seconds: float) -> list[Figure]:
    """On counted time: two devices, the mixer of the box between them."""
    waits, clicks = zip(*on_every_core(_drift, [(DRIFT_PPM, seconds), (-DRIFT_PPM, seconds)]), strict=True)
    return [
        Figure(f"{DRIFT_PPM:g} ppm for {seconds / 60:g} min: latency at most, after the first minute", "<= 40 ms",
               f"{max(waits):.1f} ms", max(waits) <= 40, "see the resampler", "20 ms jumps"),
        Figure("  of it: clicks in a sine", "0", str(sum(clicks)), not sum(clicks), "see the resampler"),
    ]


def _drift(job: tuple[float, float]) -> tuple[float, int]:
    ppm, seconds = job
    pair = Pair(ppm, 0.0)
    pair.run(min(SETTLE_S, seconds / 2))
    pair.b.waits.clear()
    heard = len(pair.b.played)
    pair.run(seconds - min(SETTLE_S, seconds / 2))
    return max(pair.b.waits) * 1e3, pair.clicks(heard / 8000)
