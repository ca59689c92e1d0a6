"""Figures of hearing keys: what is heard through each kind of air.

One configuration for all of them: the detector that the audio process uses.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

from appliance.lab.codec import CodecMissing
from tests.bench.figure import Figure
from tests.bench.keyed import AIRS, NOTHING, Keying, Outcome, try_keying

PACES = ((70, 70), (90, 90), (120, 120))  # ms on and off
GOOD, SLOW = tuple(AIRS)[:4], tuple(AIRS)[4:]
LOSS, LOSSY = 0.03, ("GSM full rate", "AMR 12.2")
Job = TypeVar("Job")
Done = TypeVar("Done")


def on_every_core(work: Callable[[Job], Done], jobs: Iterable[Job]) -> list[Done]:
    """On every core. Each job is alone with its codecs."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, jobs))


def missing() -> dict[str, str]:
    """Airs that cannot be had here, and why."""
    without = {}
    for name, make in AIRS.items():
        try:
            make()
        except CodecMissing as error:
            without[name] = str(error)
    return without


async def keys_through_the_air(_: Path, numbers: int) -> list[Figure]:
    without = missing()
    keyings = [Keying(air, *pace, numbers) for air in AIRS for pace in PACES]
    keyings += [Keying(air, 120, 120, 4 * numbers, LOSS) for air in LOSSY]
    keyings = [keying for keying in keyings if keying.air not in without]
    by_air: dict[str, Outcome] = defaultdict(lambda: NOTHING)
    for keying, outcome in zip(keyings, on_every_core(try_keying, keyings), strict=True):
        by_air[f"{keying.air}, 3 % lost" if keying.loss else keying.air] += outcome
    figures = [_numbers(air, by_air[air], 1.0) for air in GOOD if air in by_air]
    figures += [_numbers(air, outcome, 0.95) for air, outcome in by_air.items() if "lost" in air]
    figures += [_keys(air, by_air[air], 0.96) for air in SLOW if air in by_air]
    return figures + [Figure(f"keys through {air}", "", f"not measured: {why}") for air, why in without.items()]


def _numbers(air: str, heard: Outcome, bar: float) -> Figure:
    pace = "120/120" if "lost" in air else "70/70 to 120/120"
    share = heard.whole / heard.numbers
    rival = "30 % defaults, 80-95 % tuned" if "lost" in air else "0 % at <= 80 ms, defaults"
    return Figure(f"ten digits and # at {pace} ms, {air}", f">= {bar * 100:g} % exact",
                  f"{share * 100:.1f} % of {heard.numbers} ({_told(heard)})", share >= bar,
                  "see the detector's own limits", rival)


def _keys(air: str, heard: Outcome, bar: float) -> Figure:
    share, whole = heard.keys / heard.keyed, heard.whole / heard.numbers
    return Figure(f"keys at 70/70 to 120/120 ms, {air}", f">= {bar * 100:g} %",
                  f"{share * 100:.2f} % of {heard.keyed}, {heard.extra} extra; {whole * 100:.1f} % of numbers exact",
                  share >= bar, "the codec blurs them beyond what two looks tell apart", "83 %")


def _told(heard: Outcome) -> str:
    return f"{heard.keyed - heard.keys} keys missed, {heard.extra} extra"
