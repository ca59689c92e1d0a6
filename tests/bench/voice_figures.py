"""Figures of the audio process: the delay of a bridged voice, what thirty calls cost, how soon a key is heard."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.audio.client import AudioEvent, KeyHeard, PortFailed, PortOpened, PortStatistics
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from tests.bench.child import Child, cpu_s
from tests.bench.figure import Figure, share, spread

BUSY = "other processes have the cores; in the same run even {}"

WINDOW_S = 1.0  # s over which processor time is taken


class Box:
    """The gateway's side of one real audio process."""

    def __init__(self, audio: AudioProcess) -> None:
        self.audio = audio
        self.keys: list[tuple[int, KeyHeard]] = []
        self._open: set[str] = set()
        self._counted: list[PortStatistics] = []
        self._changed = asyncio.Event()
        audio.subscribe(self._hear)

    def _hear(self, event: AudioEvent) -> None:
        if isinstance(event, KeyHeard):
            self.keys.append((time.monotonic_ns(), event))
        elif isinstance(event, PortOpened):
            self._open.add(event.port)
            self._changed.set()
        elif isinstance(event, PortStatistics):
            self._counted.append(event)
            self._changed.set()
        elif isinstance(event, PortFailed):
            raise RuntimeError(f"{event.port}: {event.why}")

    async def opened(self, paths: Sequence[str]) -> None:
        for number, path in enumerate(paths):
            self.audio.open(f"p{number}", path)
        while len(self._open) < len(paths):
            self._changed.clear()
            await self._changed.wait()

    async def statistics(self, ports: int) -> list[PortStatistics]:
        for number in range(ports):
            self.audio.statistics(f"p{number}")
        while len(self._counted) < ports:
            self._changed.clear()
            await self._changed.wait()
        return self._counted


@asynccontextmanager
async def box(folder: Path) -> AsyncIterator[Box]:
    audio = AudioProcess(PromptBook(folder / "prompts"), "DE")
    made = Box(audio)
    running = asyncio.create_task(audio.run())
    await audio.started.wait()
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@dataclass
class Cost:
    """Processor time of one process, in windows: the median is not moved by a neighbour that wakes up for a while."""

    pid: int
    shares: list[float] = field(default_factory=list)

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            before, began = cpu_s(self.pid), time.monotonic()
            await asyncio.sleep(WINDOW_S)
            self.shares.append((cpu_s(self.pid) - before) / (time.monotonic() - began))

    @property
    def percent(self) -> float:
        """Of a core."""
        return share(self.shares, 0.5) * 100


async def _watched(voices: Child, pid: int) -> tuple[dict[str, Any], float]:
    """What the modems saw, and what the process cost in % of a core."""
    cost = Cost(pid)
    voices.go()
    watching = asyncio.create_task(cost.watch())
    seen = await voices.told()
    watching.cancel()
    return seen, cost.percent


@dataclass
class Talk:
    """Bridged calls that were held: what the modems saw, what the process cost (% of a core), heard and did."""

    seen: dict[str, Any]
    cpu: float
    keys: int
    ports: list[PortStatistics]

    def sum(self, what: str) -> int:
        return sum(getattr(port, what) for port in self.ports)


async def talk(folder: Path, calls: int, seconds: float) -> Talk:
    """That many bridged calls through the real process."""
    async with Child("tests.bench.voices", "--ports", str(2 * calls), "--seconds", str(seconds)) as voices, \
            box(folder) as made:
        await made.opened(await voices.told())
        for call in range(calls):
            made.audio.bridge(f"p{2 * call}", f"p{2 * call + 1}")
        seen, cpu = await _watched(voices, made.audio.pid)
        return Talk(seen, cpu, len(made.keys), await made.statistics(2 * calls))


async def bare(calls: int, seconds: float) -> tuple[dict[str, Any], float]:
    """The same modems joined by the least bridge there can be."""
    async with Child("tests.bench.voices", "--ports", str(2 * calls), "--seconds", str(seconds)) as voices, \
            Child("tests.bench.relay", *await voices.told()) as relay:
        await relay.line()
        return await _watched(voices, relay.pid)


async def one_call(folder: Path, seconds: float) -> list[Figure]:
    floor = (await bare(1, seconds / 2))[0]["late_ms"]
    held = await talk(folder, 1, seconds)
    late = held.seen["late_ms"]
    middle, tail = share(late, 0.5), share(late, 0.99)
    return [
        Figure("one bridged call, last octet in to last octet out", "p50 <= 3 ms, p99 <= 10 ms", spread(late),
               middle <= 3 and tail <= 10, BUSY.format(f"a bare copy loop has p99 {share(floor, 0.99):.1f} ms"),
               "6.1 / 6.6 ms quiet, 85 / 112 busy"),
        Figure("  underruns in it, at this prefill", "0", f"{held.sum('underruns')} frames", not held.sum("underruns"),
               BUSY.format(f"a bare copy loop was {max(floor):.0f} ms late")),
        Figure("  beside it: a bare copy loop", "",
               f"{spread(floor)}; ratio of medians {middle / share(floor, 0.5):.2f}"),
    ]


async def thirty_calls(folder: Path, seconds: float) -> list[Figure]:
    floor, floor_cpu = await bare(30, seconds / 2)
    async with Child("tests.bench.ptycanary") as canary:
        await canary.line()
        held = await talk(folder, 30, seconds)
        canary.go()
        alone = await canary.told()
    seen, each = held.seen, held.cpu / 30
    lost = f"{seen['lost']} lost of {seen['sent']}, {seen['twice']} twice, {held.keys} of 30 keys heard"
    why = (f"{held.sum('dropped')} dropped as too late, {held.sum('refused')} refused by ptys; late by up to "
           f"{max(seen['late_ms']):.0f} ms, a bare copy loop before it {max(floor['late_ms']):.0f} ms")
    return [
        Figure(f"30 bridged calls for {seconds:g} s: frames", "none lost", lost,
               seen["lost"] == 0 and held.keys == 30, why, "61 of 90,096"),
        Figure("  beside it: an octet through a pty of its own, later than 10 ms", "",
               f"{len(alone)} times, up to {max(alone):.0f} ms" if alone else "never"),
        Figure("30 bridged calls with keys heard: processor", "<= 0.4 % of a core each", f"{each:.3f} %",
               each <= 0.4, BUSY.format(f"a bare copy loop costs {floor_cpu / 30:.3f} % each"), "0.6-0.8 %"),
        Figure("  beside it: a bare copy loop", "", f"{floor_cpu / 30:.3f} %; ratio {held.cpu / floor_cpu:.2f}"),
        Figure("30 bridged calls: delay", "", spread(seen["late_ms"])),
        Figure("  beside it: a bare copy loop", "", spread(floor["late_ms"])),
    ]


async def key_heard(folder: Path, keys: int) -> list[Figure]:
    async with Child("tests.bench.keying", "--keys", str(keys)) as caller, box(folder) as made:
        await made.opened(await caller.told())
        caller.go()
        began = (await caller.told())["began"]
        await asyncio.sleep(0.2)  # for the last event's way here
    late = [(at - tone) / 1e6 for tone, (at, _) in zip(began, made.keys, strict=False)]
    ok = len(made.keys) == keys and max(late) < 120
    return [Figure("# heard after its tone began (tone of 120 ms)", "while it sounds: < 120 ms, each",
                   f"{spread(late)}, {len(made.keys)} of {keys} heard", ok, BUSY.format("a frame waits"))]
