"""What the contract needs of a kind of line: the line, a telephone at the far side, and somebody who pulls the plug."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from appliance.lab.handset import Handset
from appliance.lab.virtualtime import run
from appliance.lines.line import (
    Alerting,
    Answered,
    Charged,
    EarlyVoice,
    Ended,
    Line,
    LineEvent,
    LineHealth,
    Rang,
    RingEnded,
    Sink,
    StateChanged,
    StillRinging,
    VoiceLost,
    VoiceNote,
)

PATIENCE_S = 200.0  # s of virtual time; the longest wait of a network is 60
E = TypeVar("E", Rang, RingEnded, StillRinging, Alerting, Answered, Ended, StateChanged, EarlyVoice, Charged, VoiceLost,
            VoiceNote)


class Kit(Protocol):
    """One kind of line with the world behind it, on the running loop."""

    @property
    def line(self) -> Line: ...

    @property
    def far(self) -> Handset: ...

    @property
    def number(self) -> str:
        """The line's own."""

    @property
    def nowhere(self) -> str:
        """A number nobody has."""

    def congest(self) -> None:
        """From now on the network takes no call of this line."""

    def unplug(self) -> None: ...
    def plug(self) -> None: ...


MakeKit = Callable[[Sink], Kit]


class Bench:
    """A kit with everything the line told, and waits for what it tells."""

    def __init__(self, make: MakeKit) -> None:
        self.events: list[LineEvent] = []
        self.dialled: set[str] = set()
        self._moved = asyncio.Event()
        self.kit = make(self._told)
        self.line, self.far = self.kit.line, self.kit.far
        self.task = asyncio.ensure_future(self.line.run())

    def _told(self, event: LineEvent) -> None:
        self.events.append(event)
        self._moved.set()

    def of(self, kind: type[E], name: str = "") -> list[E]:
        """Events of one kind, about one leg or ring."""
        found = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if not name or name in (getattr(event, "leg", ""), getattr(event, "ring", ""))]

    async def until(self, true: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise AssertionError(f"never: {what}; but {self.events}") from None

    async def next(self, kind: type[E], name: str = "", seen: int = 0) -> E:
        """The event of that kind behind `seen` others."""
        await self.until(lambda: len(self.of(kind, name)) > seen, f"{kind.__name__} {name}")
        return self.of(kind, name)[seen]

    async def ready(self) -> None:
        await self.until(lambda: self.line.state.health is LineHealth.READY, "ready")

    async def ringing(self) -> Rang:
        """The far phone calls the line; the Rang."""
        seen = len(self.of(Rang))
        self.far.call(self.kit.number)
        return await self.next(Rang, seen=seen)

    def dial(self, leg: str, number: str = "") -> None:
        self.dialled.add(leg)
        self.line.dial(leg, number or self.far.number)

    def answer(self, ring: str, leg: str) -> None:
        self.dialled.add(leg)
        self.line.answer(ring, leg)

    # What is always true in the end

    async def settled(self) -> None:
        """Every leg ended once and in order, every ring too, nothing in use, and the next ring is heard."""
        for leg in sorted(self.dialled):
            await self.next(Ended, leg)
        self.far.hang_up()
        await self.ready()
        await self.until(lambda: self.line.busy == 0, "a free line")
        await asyncio.sleep(15)  # a late line, a second Ended, a call that lives on
        assert self.line.busy == 0
        assert self.far.stage == "over", "the network still has a call"
        await self._heard_again()
        self._in_order()

    async def _heard_again(self) -> None:
        ring = (await self.ringing()).ring
        assert self.line.busy == 1
        self.far.hang_up()
        await self.next(RingEnded, ring)
        assert self.line.busy == 0

    def _in_order(self) -> None:
        for leg in self.dialled:
            about = [type(event) for event in self.events if getattr(event, "leg", "") == leg]
            told = [kind for kind in about if kind not in (Charged, EarlyVoice)]
            life = [kind for kind in (Alerting, Answered, Ended) if kind in told]
            assert about[-1] is Ended
            assert about.count(EarlyVoice) <= 1
            assert [kind for kind in told if kind not in (VoiceNote, VoiceLost)] == life, f"{leg}: {told}"
            assert VoiceNote not in told[-1:], f"{leg}: {told}"
        for ring in {event.ring for event in self.of(Rang)}:
            rung = [type(event) for event in self.events if getattr(event, "ring", "") == ring]
            rest = [kind for kind in rung if kind is not StillRinging]
            assert rest in ([Rang, RingEnded], [Rang]), f"{ring}: {rung}"
            assert rung[0] is Rang, f"{ring}: {rung}"
            assert RingEnded not in rung[:-1], f"{ring}: {rung}"


def on_bench(make: MakeKit, story: Callable[[Bench], Awaitable[None]], settled: bool = True) -> Bench:
    """Plays a story on a ready line, on virtual time, then checks what is always true."""

    async def whole() -> Bench:
        bench = Bench(make)
        await bench.ready()
        await story(bench)
        if settled:
            await bench.settled()
        bench.task.cancel()
        return bench

    return run(whole())
