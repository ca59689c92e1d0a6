"""A telephone in somebody's hand: rings, answers, speaks, keys, listens and records."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from appliance.audio.frame import FRAME_OCTETS, SILENCE
from appliance.audio.tones import key_tone
from appliance.lab.network import Circuit, Network, Stage
from appliance.lab.ticker import Ticker
from appliance.vocabulary.cause import Cause

KEY_MS, GAP_MS = 120, 110  # ms; how people key, and what phones send


class Manner(StrEnum):
    """What the person does when it rings."""

    ANSWER = "answers"
    BUSY = "busy"
    IGNORE = "does not answer"
    BY_HAND = "by hand"  # answered or not by whoever plays this phone


class Handset:
    """One phone. Awaitable where a story must wait for something to happen."""

    def __init__(self, network: Network, number: str, name: str, manner: Manner = Manner.BY_HAND) -> None:
        self.number, self.name, self.manner = number, name, manner
        self.answer_after_s = 1.5
        self.recording = bytearray()
        self.caller_shown = ""
        self._network, self._loop = network, asyncio.get_running_loop()
        self._circuit: Circuit | None = None
        self._saying = bytearray()
        self._ticker = Ticker(self._tick)
        self._waiters: list[asyncio.Future[None]] = []
        network.join(self)

    # Party

    def offered(self, circuit: Circuit) -> Cause | None:
        if self.manner is Manner.BUSY or self._circuit:
            return Cause.BUSY
        self._circuit = circuit
        self.caller_shown = circuit.caller.number
        if self.manner is Manner.ANSWER:
            self._loop.call_later(self.answer_after_s, self.answer)
        return None

    def changed(self, circuit: Circuit) -> None:
        if circuit is not self._circuit:
            return
        if circuit.stage is Stage.ACTIVE:
            self._ticker.start()
        elif circuit.stage is Stage.OVER:
            self._ticker.stop()
            self._saying.clear()
            self._circuit = None
        self._wake()

    def heard(self, frame: bytes) -> None:
        self.recording += frame

    # What a person does

    @property
    def stage(self) -> Stage:
        return self._circuit.stage if self._circuit else Stage.OVER

    @property
    def saying(self) -> bool:
        return bool(self._saying)

    def call(self, number: str) -> None:
        self._circuit = self._network.call(self, number)

    def answer(self) -> None:
        if self._circuit and self._circuit.callee is self:
            self._circuit.answer()

    def hang_up(self) -> None:
        if self._circuit:
            self._circuit.end(Cause.NORMAL, by=self)

    def reject(self) -> None:
        if self._circuit:
            self._circuit.end(Cause.REJECTED, by=self)

    def say(self, pcm: bytes) -> None:
        """Speaks: 8 kHz s16le, at the pace of the clock."""
        self._saying += pcm

    def key(self, keys: str, on_ms: int = KEY_MS, gap_ms: int = GAP_MS) -> None:
        for key in keys:
            self.say(key_tone(key, on_ms, gap_ms))

    async def until(self, *stages: Stage) -> None:
        """Waits for one of the stages."""
        while self.stage not in stages:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    async def said(self) -> None:
        """Waits until everything was spoken or keyed."""
        while self._saying:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _tick(self) -> None:
        frame = bytes(self._saying[:FRAME_OCTETS])
        if frame:
            del self._saying[:FRAME_OCTETS]
            frame += bytes(FRAME_OCTETS - len(frame))
            if not self._saying:
                self._wake()
        if self._circuit:
            self._circuit.send(self, frame or SILENCE)
