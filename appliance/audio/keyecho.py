"""Keys that come back: a tone sent to a telephone returns by hybrid or microphone, and is no key of its owner."""

from __future__ import annotations

KEYER_MS = 1000  # in which the keys of who keys come back from the far party: tone, queue and two GSM delays
OTHER_MS = 400  # the same the other way: short, because a key that is really keyed then would be lost


class Echoes:
    """Of one port: the peer's keys that may come back from it. Time in ms of the port's own stream."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def expect(self, key: str, now_ms: float, for_ms: float) -> None:
        self._until[key] = now_ms + for_ms

    def of(self, key: str, now_ms: float) -> bool:
        return now_ms <= self._until.get(key, -1.0)
