"""Somebody is there when a port gives what no network makes."""

from __future__ import annotations

import pytest

from appliance.audio.frame import SILENCE
from appliance.audio.presence import somebody
from appliance.audio.tones import mix
from appliance.lab.codec import Amr, CodecMissing
from appliance.lab.voices import ROOM, greeting, hum
from tests.audio.listening import cut

RINGBACKS = ((425.0,), (400.0,), (450.0,), (440.0, 480.0), (400.0, 450.0))


@pytest.mark.parametrize("hertz", RINGBACKS)
def test_a_phone_that_rings_is_nobody(hertz: tuple[float, ...]) -> None:
    assert not any(map(somebody, cut(mix(hertz, 8000, -15.0))))


@pytest.mark.parametrize("hertz", RINGBACKS)
def test_neither_through_the_air(hertz: tuple[float, ...]) -> None:
    try:
        air = Amr()
    except CodecMissing as error:
        pytest.skip(str(error))
    heard = [air.pass_through(frame) for frame in cut(mix(hertz, 8000, -15.0))]
    assert not any(map(somebody, heard[3:]))


@pytest.mark.parametrize("silence", [SILENCE, b"\x08\x00" * 160, b"\xf8\xff" * 160, b""])
def test_digital_silence_is_nobody(silence: bytes) -> None:
    assert not somebody(silence)


@pytest.mark.parametrize("sound", [ROOM, hum("hello", "Anna"), greeting("Anna")])
def test_a_room_or_a_voice_is_somebody(sound: bytes) -> None:
    assert any(map(somebody, cut(sound)))
