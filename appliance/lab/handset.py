"""A telephone in somebody's hand: rings, answers, speaks, keys, listens and records."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from appliance.audio.frame import RATE
from appliance.audio.tones import KEYS, key_tone
from appliance.lab.hybrid import Hybrid
from appliance.lab.mouth import Mouth
from appliance.lab.network import Circuit, Network, Stage
from appliance.lab.sms_inbox import SmsInbox
from appliance.lab.ticker import Ticker
from appliance.lab.voices import ROOM, greeting
from appliance.vocabulary.cause import Cause

KEY_MS, GAP_MS = 120, 110  # ms; how people key, and what phones send
MESSAGE_S = 30.0  # s after which a voicemail hangs up


class Manner(StrEnum):
    """What the person does when it rings."""

    ANSWER = "answers"
    BUSY = "busy"
    IGNORE = "does not answer"
    REJECT = "rejects"
    VOICEMAIL = "voicemail"
    BY_HAND = "by hand"  # answered or not by whoever plays this phone


class LabTimeout(TimeoutError):
    """What a story waited for did not happen; the text says whose phone and what."""


class Handset:
    """One phone. Awaitable where a story must wait for something to happen."""

    def __init__(self, network: Network, number: str, name: str, manner: Manner = Manner.BY_HAND) -> None:
        self.number, self.name, self.manner = number, name, manner
        self.answer_after_s = 1.5
        self.hybrid: Hybrid | None = None  # gives back part of what is heard here
        self.withheld = False  # CLIR: calls without showing the number
        self.recording = bytearray()
        self.caller_shown = ""
        self.last_cause: Cause | None = None
        self.on_change: Callable[[Handset], None] = lambda handset: None
        self._network, self._loop = network, asyncio.get_running_loop()
        self._circuit: Circuit | None = None
        self._mouth = Mouth()
        self._ticker = Ticker(self._tick)
        self._waiters: list[asyncio.Future[None]] = []
        network.join(self)
        self.sms = SmsInbox(number, network.messages)

    # Party

    def offered(self, circuit: Circuit) -> Cause | None:
        if self.manner is Manner.BUSY or self._circuit:
            return Cause.BUSY
        self._circuit = circuit
        self.caller_shown = "" if circuit.withheld else circuit.caller.number
        if self.manner in (Manner.ANSWER, Manner.VOICEMAIL):
            self._loop.call_later(self.answer_after_s, self._answer_this, circuit)
        elif self.manner is Manner.REJECT:
            self._loop.call_later(self.answer_after_s, self._reject_this, circuit)
        return None

    def changed(self, circuit: Circuit) -> None:
        if circuit is not self._circuit:
            return
        if circuit.stage is Stage.ACTIVE:
            if self.hybrid:
                self.hybrid.lifted()
            self._ticker.start()
            if self.manner is Manner.VOICEMAIL and circuit.callee is self:
                self.say(greeting(self.name))
                self._loop.call_later(MESSAGE_S, self._hang_up_this, circuit)
        elif circuit.stage is Stage.OVER:
            self._ticker.stop()
            self._mouth.shut()
            self._circuit, self.last_cause = None, circuit.cause
        self._wake()
        self.on_change(self)

    def diverted(self, circuit: Circuit) -> None:
        """Nobody here forwards his calls."""

    def heard(self, frame: bytes) -> None:
        self.recording += frame
        if self.hybrid:
            self.hybrid.heard(frame)

    def keyed(self, key: str) -> None:
        """A phone reports no keys; its owner hears them."""

    def _answer_this(self, circuit: Circuit) -> None:
        if circuit is self._circuit:
            self.answer()

    def _reject_this(self, circuit: Circuit) -> None:
        if circuit is self._circuit:
            self.reject()

    def _hang_up_this(self, circuit: Circuit) -> None:
        if circuit is self._circuit:
            self.hang_up()

    # What a person does

    @property
    def stage(self) -> Stage:
        return self._circuit.stage if self._circuit else Stage.OVER

    @property
    def saying(self) -> bool:
        return self._mouth.open

    def call(self, number: str) -> None:
        """Dials. ValueError while this phone is in another call."""
        if self._circuit:
            raise ValueError(f"{self.name} is on the phone; hang up first")
        self._circuit = self._network.call(self, number, withheld=self.withheld)

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
        self._mouth.say(pcm)

    def key(self, keys: str, on_ms: int = KEY_MS, gap_ms: int = GAP_MS) -> None:
        """Keys in DTMF, one after another. ValueError, and nothing keyed, for what is no key."""
        if wrong := set(keys) - set(KEYS):
            raise ValueError(f"{''.join(sorted(wrong))!r} is no key; keys are 0 to 9, *, # and A to D")
        for key in keys:
            self._mouth.say(key_tone(key, on_ms, gap_ms), key)

    # What a story waits for

    async def until(self, *stages: Stage) -> None:
        """Waits for one of the stages."""
        await self._when(lambda: self.stage in stages)

    async def said(self) -> None:
        """Waits until everything was spoken or keyed."""
        await self._when(lambda: not self._mouth.open)

    async def press(self, keys: str) -> None:
        """Keys, and waits until the last key and its pause are over."""
        self.key(keys)
        await self.said()

    async def rung(self, timeout_s: float = 60.0) -> None:
        """Waits until this phone rings."""
        await self._within(timeout_s, "was not rung", lambda: self._rings)

    async def connected(self, timeout_s: float = 60.0) -> None:
        """Waits until somebody can be spoken to."""
        await self._within(timeout_s, "was not connected", lambda: self.stage is Stage.ACTIVE)

    async def ended(self, timeout_s: float = 60.0) -> Cause | None:
        """Waits until this phone is in no call; why the last one ended."""
        await self._within(timeout_s, "is still in a call", lambda: self.stage is Stage.OVER)
        return self.last_cause

    async def heard_something(self, timeout_s: float = 10.0, frames: int = 5, since: int | None = None) -> None:
        """Waits for that many frames that are not silent, from octet `since` of the recording (default: from now)."""
        at = len(self.recording) if since is None else since
        await self._within(timeout_s, "heard nothing", lambda: self._mouth.loud_frames(self.recording, at) >= frames,
                           look_s=0.1)

    def save(self, path: Path) -> None:
        """Everything heard so far, as WAV."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(bytes(self.recording))

    @property
    def _rings(self) -> bool:
        return self._circuit is not None and self._circuit.callee is self and self.stage is Stage.ALERTING

    async def _within(
        self, timeout_s: float, else_: str, true: Callable[[], bool], look_s: float | None = None
    ) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while look_s and not true():
                    await asyncio.sleep(look_s)
                await self._when(true)
        except TimeoutError:
            raise LabTimeout(f"{self.name} {else_} within {timeout_s:g} s; the phone is {self.stage}") from None

    async def _when(self, true: Callable[[], bool]) -> None:
        while not true():
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _tick(self) -> None:
        was_open = self._mouth.open
        frame, key = self._mouth.frame()
        circuit = self._circuit
        if circuit and key:
            circuit.key(self, key)
        if circuit:
            frame = frame or ROOM
            circuit.send(self, self.hybrid.speaks(frame) if self.hybrid else frame)
        if was_open and not self._mouth.open:
            self._wake()
