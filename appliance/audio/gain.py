"""A fixed gain on a port's voice: louder or softer by so many dB, saturating where it would overflow."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import lru_cache

from appliance.audio.frame import samples

MOST_DB = 20  # dB either way; what needs more is broken elsewhere

Amplify = Callable[[bytes], bytes]


@lru_cache(maxsize=8)
def gain(db: int) -> Amplify | None:
    """What makes a frame so many dB louder; None for 0, which costs nothing. ValueError beyond MOST_DB."""
    if not -MOST_DB <= db <= MOST_DB:
        raise ValueError(f"a gain of {db} dB")
    if db == 0:
        return None
    factor = 10 ** (db / 20)
    # Places 0 to 32767, then -32768 to -1: a sample is its own index.
    table = [max(-32768, min(32767, round(v * factor))) for v in (*range(32768), *range(-32768, 0))]
    return lambda frame: array("h", map(table.__getitem__, samples(frame))).tobytes()
