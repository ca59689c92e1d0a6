"""A modem's PCM that stops in mid-call and goes on: by itself, or because it says that it wants no more for now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.lab.nasty import Nastiness
from appliance.lab.voicepath import VoicePath

AFTER_S = 10.0  # s of voice until it begins
GRACE_S = 0.06  # s in which what is on its way may still come


class Stutter:
    """Once in each call, as `nasty` has it. `flow`: how this family says stop and go on; "" for one that does not."""

    def __init__(
        self, voice: VoicePath, nasty: Nastiness, flow: tuple[str, str], say: Callable[[str], None],
    ) -> None:
        self._voice, self._nasty, self._flow, self._say = voice, nasty, flow, say
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._talks = self._done = False
        self.pauses = 0

    def talks(self, talking: bool) -> None:
        """Whether voices run. A start of the audio anew is still the same call."""
        if talking and not self._talks and not self._done:
            self._at(AFTER_S, self._begin)
        self._talks = talking

    def started(self) -> None:
        """The audio was started, perhaps anew: it wants everything."""
        self._voice.paused = False

    def over(self) -> None:
        """The call is: the next one has its own."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._done = False
        self._resume()

    def _at(self, seconds: float, do: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(seconds, do))

    def _begin(self) -> None:
        self._done = True
        if self._nasty.pcm_stall_s:
            self._voice.late = self._nasty.pcm_backlog
            self._voice.stalled = not self._nasty.pcm_backlog
            self._at(self._nasty.pcm_stall_s, self._resume)
        if self._nasty.pcm_pause_s and self._flow[0]:
            self._say(self._flow[0])
            self._at(GRACE_S, self._pause)
            if self._nasty.pcm_pause_s > 0:
                self._at(self._nasty.pcm_pause_s, self._wanted)

    def _pause(self) -> None:
        self._voice.paused = True
        self.pauses += 1

    def _wanted(self) -> None:
        if self._voice.paused:
            self._voice.paused = False
            self._say(self._flow[1])

    def _resume(self) -> None:
        self._voice.stalled = self._voice.late = self._voice.paused = False
