"""The gateway's side of the audio process: starts it, talks to it, starts it again when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.audio.client import AudioEvent, AudioSink, EngineLost, Pong, PortFailed, Sound
from appliance.audio.codec import order_line, read_event, write_sounds
from appliance.audio.prompts.book import PromptBook
from appliance.daemon.companion import Companion

RESTART_S = 0.2  # s before a dead engine is started again; doubled for one that dies at once
SLOWEST_S = 5.0  # s between starts at most
BEAT_S = 1.0  # s between two pings; at each the process looks at its ports
MISSED_BEATS = 3  # beats without an answer: whoever talks has heard nothing for that long
FIRST_BEATS = 30  # the same for a process that starts: a card of a Pi may be slow to read
SOUND_S = 10.0  # s after which a life counts as a good one


class AudioProcess:
    """Implements client.Audio over a process: a child, or what systemd starts at the socket `unit`."""

    def __init__(self, book: PromptBook, country: str, unit: Path | None = None) -> None:
        self._book, self._country, self._unit = book, country, unit
        self._sinks: list[AudioSink] = []
        self._writer: asyncio.StreamWriter | None = None
        self.started = asyncio.Event()
        self.pid = 0  # of the child that lives now
        self._alive = self._waits = self._hung = False  # answered a ping; is to answer one; did not, and was killed

    @property
    def answered(self) -> bool:
        """The process that lives now has answered a ping."""
        return self._alive

    def subscribe(self, sink: AudioSink) -> None:
        self._sinks.append(sink)

    def unsubscribe(self, sink: AudioSink) -> None:
        self._sinks.remove(sink)

    async def run(self) -> None:
        pause, loop = RESTART_S, asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                why = await self._life()
            except OSError as error:  # no memory, no process left: it may be better in a moment
                why = f"the audio process cannot be started: {error}"
            self._emit(EngineLost(f"{why}; it is being started again"))
            if loop.time() - began > SOUND_S:
                pause = RESTART_S
            await asyncio.sleep(pause)
            pause = min(SLOWEST_S, 2 * pause)

    async def _life(self) -> str:
        """One process, from its start to its end; how it ended."""
        process = Companion("appliance.audio.engine", self._unit)
        reader, self._writer = await process.start()
        self.pid = process.pid
        self._send("country", country=self._country)
        self.started.set()
        self._alive = self._waits = self._hung = False
        beating = asyncio.create_task(self._beat(process))
        try:
            while line := await reader.readline():
                self._heard(read_event(line))
        except (OSError, ValueError):
            pass  # a broken control socket ends this life like a dead process does
        finally:
            beating.cancel()
            self._writer = None
            self.started.clear()
            how = await process.ended()
        return "the audio process " + ("hung and was killed" if self._hung else f"ended: {how}")

    def _heard(self, event: AudioEvent | None) -> None:
        if isinstance(event, Pong):
            self._alive, self._waits = True, False
        elif event is not None:
            self._emit(event)

    async def _beat(self, process: Companion) -> None:
        """One ping at a time. A process that is there and does not answer is killed: that is noticed like any end.

        Beats are counted, not seconds: when the gateway itself stalls, the answer is read before the next beat.
        """
        missed = 0
        # Counted before it is judged: one that took many beats to start has answered by then, and is not ended for it.
        while (missed := missed + 1 if self._waits else 0) <= (MISSED_BEATS if self._alive else FIRST_BEATS):
            if not self._waits:
                self._waits = self._send("ping")
            await asyncio.sleep(BEAT_S)
        self._hung = True
        process.kill()

    def _emit(self, event: AudioEvent) -> None:
        for sink in list(self._sinks):
            sink(event)

    def _send(self, order: str, **fields: Any) -> bool:
        if self._writer is None:
            return False
        self._writer.write(order_line(order, **fields))
        return True

    def open(
        self, port: str, source: str, gain_in: int = 0, gain_out: int = 0, echo_canceller: bool = False
    ) -> None:
        if not self._send("open", port=port, source=source, gain_in=gain_in, gain_out=gain_out,
                          echo_canceller=echo_canceller):
            self._emit(PortFailed(port, "the audio process is being started"))

    def reopen(self, port: str) -> None:
        self._send("reopen", port=port)

    def close(self, port: str) -> None:
        self._send("close", port=port)

    def play(self, port: str, sounds: Sequence[Sound], token: int, *, barge_in: bool = True) -> None:
        items = write_sounds(self._book.playable(sounds))
        self._send("play", port=port, sounds=items, token=token, barge_in=barge_in)

    def stop(self, port: str) -> None:
        self._send("stop", port=port)

    def bridge(self, port: str, other: str, digits: str = "pass") -> None:
        self._send("bridge", port=port, other=other, digits=digits)

    def unbridge(self, port: str) -> None:
        self._send("unbridge", port=port)

    def hold(self, port: str, held: bool) -> None:
        self._send("hold", port=port, held=held)

    def keys_in_band(self, port: str, keys: str) -> None:
        self._send("keys", port=port, keys=keys)

    def key_reported(self, port: str, key: str) -> None:
        self._send("key", port=port, key=key)

    def statistics(self, port: str) -> None:
        self._send("statistics", port=port)
