"""Figures of the echo canceller: how much softer the echo of a simulated hybrid gets, and what a leg of it costs."""

from __future__ import annotations

import time
from pathlib import Path

from appliance.audio.echo import TAIL, EchoCanceller
from appliance.audio.speexdsp import SpeexMissing, speexdsp
from tests.audio.test_echo import SECONDS, Hybrid, erle, voice
from tests.bench.figure import Figure, share

DELAYS_MS = (5, 20, 45, 90)


async def echo_cancelled(_: Path, seconds: int) -> list[Figure]:
    """On noise in syllables, single talk; the hybrid gives back 10 dB less than it got, smeared over 3 ms."""
    try:
        speexdsp()
    except SpeexMissing as error:
        return [Figure("echo canceller", "", f"SKIPPED: {error}")]
    gained = {delay: erle(EchoCanceller(), Hybrid(delay * 8), voice(11, seconds * SECONDS)) for delay in DELAYS_MS}
    told = ", ".join(f"{delay} ms: {dbs[min(2, seconds - 1)]:.0f} dB after 3 s, {dbs[-1]:.0f} after {seconds}"
                     for delay, dbs in gained.items())
    cost = _cost()
    return [
        Figure("echo made softer (ERLE), by the hybrid's delay", ">= 15 dB", told,
               min(dbs[-1] for dbs in gained.values()) >= 15, "see which delay"),
        Figure(f"echo canceller of {TAIL} taps, a leg", "<= 0.4 % of a core",
               f"{share(cost, 0.5) * 1e6:.0f} us a frame, {share(cost, 0.5) / 0.02:.3%}", share(cost, 0.5) <= 80e-6,
               "other processes have the cores"),
    ]


def _cost() -> list[float]:
    """s of processor time for each frame."""
    canceller, spent = EchoCanceller(), []
    for frame in voice(5, 10 * SECONDS):
        began = time.thread_time()
        canceller.sent(frame)
        canceller.clean(frame)
        spent.append(time.thread_time() - began)
    return spent
