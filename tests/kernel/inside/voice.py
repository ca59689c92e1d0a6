"""What is said and heard on a channel: octets that nobody could guess, and whether they came whole."""

from __future__ import annotations

import asyncio
from random import Random

from appliance.lines.isdn.bchannel import FRAME, IDLE

SILENCE = bytes((IDLE,)) * FRAME
LONGEST_S = 30.0  # s for anything to happen


def speech(seed: int, frames: int) -> list[bytes]:
    """Frames of A-law. l1oip takes a frame of nothing but 0xff or 0x2a for silence; none of these is."""
    return [Random(seed * 1000 + n).randbytes(FRAME) for n in range(frames)]


class Voice:
    """One end of a channel."""

    def __init__(self) -> None:
        self._to_say: list[bytes] = []
        self.heard = bytearray()
        self._more = asyncio.Event()

    def say(self, frames: list[bytes]) -> None:
        self._to_say += frames

    def next(self) -> bytes:
        """What is said now."""
        return self._to_say.pop(0) if self._to_say else SILENCE

    def hear(self, octets: bytes) -> None:
        self.heard += octets
        self._more.set()

    async def hears(self, frames: list[bytes]) -> None:
        """Until these were heard, every octet and nothing between them."""
        wanted = b"".join(frames)
        try:
            async with asyncio.timeout(LONGEST_S):
                while wanted not in self.heard:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(self._what_is_wrong(wanted)) from None

    async def hears_most(self, frames: list[bytes], least: float = 0.5) -> None:
        """Until this share of them was heard, each whole. What is between is not looked at."""
        try:
            async with asyncio.timeout(LONGEST_S):
                while self._share(frames) < least:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"{self._share(frames):.0%} of the frames came, in {len(self.heard)} octets") from None

    def _share(self, frames: list[bytes]) -> float:
        return sum(frame in self.heard for frame in frames) / len(frames)

    def _what_is_wrong(self, wanted: bytes) -> str:
        begun = self.heard.find(wanted[:16])
        if begun < 0:
            return f"nothing of it was heard in {len(self.heard)} octets"
        heard = self.heard[begun : begun + len(wanted)]
        same = next((n for n, (one, other) in enumerate(zip(heard, wanted, strict=False)) if one != other), len(heard))
        return f"{same} of {len(wanted)} octets came whole, the first at {begun} of {len(self.heard)}"
