"""Frames that wait for a resting layer 1: an idle S0 is put to rest by its exchange, and woken by whoever has to say
something; I.430 § 6.2."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

T3_S = 7.0  # s for layer 1 to wake, as the kernel's timer T3; I.430 § 6.2.6.1 allows 30
HELD = 32  # frames that wait at most: layer 2 says again whatever is lost


class Sleeper:
    """`send` takes a frame when layer 1 is up; `wake` asks for it."""

    def __init__(self, up: bool, send: Callable[[bytes], None], wake: Callable[[], None]) -> None:
        self._up, self._send, self._wake = up, send, wake
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._waking: asyncio.TimerHandle | None = None

    def frame(self, frame: bytes) -> None:
        """Now, or when layer 1 is up; not at all when that takes longer than T3: a late set-up must not reach an
        exchange that comes back."""
        if self._up:
            return self._send(frame)
        self._held = [*self._held, frame][-HELD:]
        if self._waking is None:
            self._waking = self._loop.call_later(T3_S, self._in_vain)
            self._wake()
        return None

    def _in_vain(self) -> None:
        self._waking = None
        self._held.clear()

    def layer1(self, up: bool) -> None:
        """What is told of it."""
        self._up = up
        if up:
            held, self._held = self._held, []
            self.close()
            for frame in held:
                self._send(frame)

    def close(self) -> None:
        """Nothing waits any more."""
        self._held.clear()
        if self._waking:
            self._waking.cancel()
            self._waking = None
