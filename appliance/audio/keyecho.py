"""Keys that come back: a tone sent to a telephone returns by hybrid or microphone, and is no key of its owner."""

from __future__ import annotations

SOFTER = 10 ** (12 / 10)  # power ratio: two hybrids take 6 dB each at least, and keys of one telephone are equally loud
ROUND_MS = 5000  # in which a key comes round: behind one that was held for long, its echo is heard only when it ends
KEYER_MS = 1000  # in which the keys of who keys come back from the far party: tone, queue and two GSM delays
OTHER_MS = 400  # the same the other way: short, because a key that is really keyed then would be lost


class Echoes:
    """Of one port: the peer's keys that may come back from it, and its own that may come round by both telephones.
    Time in ms of the port's own stream."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._own: dict[str, tuple[float, float]] = {}  # when a key of its own was heard last, and its mean square
        self._back: dict[str, float] = {}  # when it came back from the far telephone

    def own(self, key: str, now_ms: float, loud: float) -> None:
        """A key of its own, heard at this mean square."""
        self._own[key] = now_ms, loud

    def came_back(self, key: str, now_ms: float) -> None:
        """From the far telephone: now the near one may give it back once more."""
        self._back[key] = now_ms

    def came_round(self, key: str, now_ms: float, loud: float) -> bool:
        """Whether a key heard at this mean square is the echo of an echo. One that is really keyed again is as loud as
        it was; and where nothing came back from the far telephone, nothing comes round."""
        at, before = self._own.get(key, (0.0, 0.0))
        lately = now_ms - min(at, self._back.get(key, -2 * ROUND_MS)) <= ROUND_MS
        return lately and loud * SOFTER <= before

    def expect(self, key: str, now_ms: float, for_ms: float) -> None:
        self._until[key] = now_ms + for_ms

    def of(self, key: str, now_ms: float) -> bool:
        return now_ms <= self._until.get(key, -1.0)
