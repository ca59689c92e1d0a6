"""The lab's hybrid: later and softer by what was asked, and nothing of the last call."""

from __future__ import annotations

import pytest

from appliance.audio.frame import FRAME_MS, FRAME_OCTETS, FRAME_SAMPLES, SILENCE, level_dbm0, samples
from appliance.audio.tones import mix
from appliance.lab.hybrid import Hybrid

TONE = mix((1000.0,), FRAME_SAMPLES, -10.0)


@pytest.mark.parametrize("delay_ms", [30, 180])
def test_what_is_heard_comes_back_later_and_softer(delay_ms: int) -> None:
    hybrid, out = Hybrid(delay_ms / 1000, 20.0), b""
    for n in range(20):
        hybrid.heard(TONE if n == 0 else SILENCE)
        out += hybrid.speaks(SILENCE)
    began = next(n for n, value in enumerate(samples(out)) if value)
    assert began * FRAME_MS / FRAME_SAMPLES == pytest.approx(delay_ms, abs=1)
    at = delay_ms * FRAME_OCTETS // FRAME_MS
    assert level_dbm0(out[at : at + FRAME_OCTETS]) == pytest.approx(level_dbm0(TONE) - 20, abs=0.2)
    assert not any(out[at + FRAME_OCTETS :])


def test_what_is_said_there_is_not_touched() -> None:
    hybrid = Hybrid(0.03, 20.0)
    assert hybrid.speaks(TONE) == TONE


def test_a_new_call_has_no_echo_of_the_last() -> None:
    hybrid = Hybrid(0.03, 20.0)
    hybrid.heard(TONE)
    hybrid.lifted()
    assert b"".join(hybrid.speaks(SILENCE) for _ in range(5)) == SILENCE * 5


def test_two_clocks_cannot_make_the_delay_grow_for_ever() -> None:
    hybrid = Hybrid(0.03, 0.0)
    for _ in range(500):
        hybrid.heard(SILENCE)
    hybrid.heard(TONE)
    assert any(b"".join(hybrid.speaks(SILENCE) for _ in range(8)))
