"""What several tests of the audio room need: PCM cut into frames, keys heard in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.audio.dtmf import DTMF, Dtmf, KeyDetector, SpandspMissing, load_spandsp
from appliance.audio.ear import TwoLooks
from appliance.audio.frame import FRAME_OCTETS
from appliance.lab.codec import Codec


def cut(pcm: bytes) -> Iterator[bytes]:
    """Whole frames, the last one filled up with silence."""
    pcm += bytes(-len(pcm) % FRAME_OCTETS)
    for at in range(0, len(pcm), FRAME_OCTETS):
        yield pcm[at : at + FRAME_OCTETS]


def heard(detector: KeyDetector, pcm: bytes, air: Codec | None = None) -> str:
    """The keys in it, after what the air does to it."""
    return "".join(detector.feed(air.pass_through(frame) if air else frame) for frame in cut(pcm))


def two_looks(dtmf: Dtmf = DTMF) -> KeyDetector:
    """The box's own ear; without the library the test is skipped and says so."""
    try:
        return TwoLooks(load_spandsp(), dtmf)
    except SpandspMissing as missing:
        pytest.skip(str(missing))
