"""What a phone is about to say: speech and keys in order, cut into frames. Pure."""

from __future__ import annotations

from collections import deque

from appliance.audio.frame import FRAME_OCTETS, samples

LOUD = 300  # mean of sample magnitudes; a codec's comfort noise stays below


class Mouth:
    """A queue of sounds. A key's tone begins on a frame of its own, so that the key can be told in the same moment."""

    def __init__(self) -> None:
        self._sounds: deque[tuple[str, bytearray]] = deque()

    @property
    def open(self) -> bool:
        return bool(self._sounds)

    def say(self, pcm: bytes, key: str = "") -> None:
        """Speech follows speech without a seam."""
        if not key and self._sounds and not self._sounds[-1][0]:
            self._sounds[-1][1].extend(pcm)
        elif pcm:
            self._sounds.append((key, bytearray(pcm)))

    def shut(self) -> None:
        self._sounds.clear()

    def frame(self) -> tuple[bytes, str]:
        """The next 20 ms, and the key that begins with it; nothing when there is nothing to say."""
        if not self._sounds:
            return b"", ""
        key, pcm = self._sounds.popleft()
        frame = bytes(pcm[:FRAME_OCTETS])
        del pcm[:FRAME_OCTETS]
        if pcm:
            self._sounds.appendleft(("" if not key else "\0", pcm))
        return frame + bytes(FRAME_OCTETS - len(frame)), key.strip("\0")

    @staticmethod
    def loud_frames(pcm: bytes | bytearray, since: int) -> int:
        """How many frames from that octet on are not silent."""
        count = 0
        for at in range(since, len(pcm) - FRAME_OCTETS + 1, FRAME_OCTETS):
            values = samples(bytes(pcm[at : at + FRAME_OCTETS]))
            count += sum(map(abs, values)) > LOUD * len(values)
        return count
