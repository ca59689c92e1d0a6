"""Gain: so many dB, saturating, both ways of a port; and what the statistics say of it."""

from __future__ import annotations

import pytest

from appliance.audio.client import AudioEvent, PortStatistics
from appliance.audio.frame import level_dbm0, samples
from appliance.audio.gain import gain
from appliance.audio.goertzel import GoertzelDetector
from appliance.audio.mixer import Mixer
from appliance.audio.tones import mix
from tests.audio.listening import cut


@pytest.mark.parametrize("db", [-20, -6, 3, 12])
def test_the_level_is_so_many_db_higher(db: int) -> None:
    amplify = gain(db)
    assert amplify
    frame = next(cut(mix((1000.0,), 160, -20.0)))
    assert level_dbm0(amplify(frame)) == pytest.approx(level_dbm0(frame) + db, abs=0.1)


def test_what_would_overflow_is_full_scale() -> None:
    amplify = gain(20)
    assert amplify
    loud = amplify(b"\xff\x7f\x00\x80\x00\x40\x00\xc0")
    assert samples(loud).tolist() == [32767, -32768, 32767, -32768]


def test_no_gain_is_nothing_to_do_and_too_much_is_refused() -> None:
    assert gain(0) is None
    with pytest.raises(ValueError, match="21 dB"):
        gain(21)


def test_both_ways_of_a_port_and_its_statistics() -> None:
    events: list[AudioEvent] = []
    got: list[bytes] = []
    mixer = Mixer(events.append, GoertzelDetector, lambda sounds: iter(()))
    mixer.attach("a", lambda frame: len(frame), 6, 0)

    def take(frame: bytes) -> int:
        got.append(frame)
        return len(frame)

    mixer.attach("b", take, 0, 20)
    mixer.bridge("a", "b")
    for frame in cut(mix((1000.0,), 16000, -14.0)):
        mixer.received("b", bytes(len(frame)))
        mixer.received("a", frame)
    assert max(samples(got[-1])) == 32767
    mixer.statistics("b")
    told = events[-1]
    assert isinstance(told, PortStatistics)
    assert told.clipped_out > 0
    assert told.peak_out_dbm0 == pytest.approx(3.1, abs=0.1)
    assert "lower gain_out" in str(told)
    mixer.statistics("a")
    told = events[-1]
    assert isinstance(told, PortStatistics)
    assert told.level_in_dbm0 == pytest.approx(-8.0, abs=0.2)
