"""The second look: keys that a slow codec has blurred, and what it must not make of what is no key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.audio.dtmf import DTMF, SpandspDetector, load_spandsp
from appliance.audio.frame import FRAME_OCTETS
from appliance.audio.tones import key_tone, mix
from appliance.lab.codec import Codec, CodecMissing
from appliance.lab.voices import hum
from appliance.vocabulary.clock import seeded
from tests.audio.listening import cut, heard, two_looks
from tests.bench.keyed import AIRS, Keying, matched, try_keying

FAST, SLOWEST = ("plain", "GSM full rate", "AMR 12.2", "AMR 7.95"), "AMR 4.75"
STORY = "a long story about nothing in particular"


def air(name: str) -> Codec:
    two_looks()  # skips without the library
    try:
        return AIRS[name]()
    except CodecMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.parametrize("name", AIRS)
def test_numbers_keyed_through_the_air(name: str) -> None:
    air(name)
    got = try_keying(Keying(name, 90, 90, 6))
    assert got.extra == 0
    assert got.keys == got.keyed if name in FAST else got.keys >= 0.96 * got.keyed


@pytest.mark.parametrize("name", ["GSM full rate", "AMR 12.2"])
def test_numbers_keyed_where_the_air_loses_frames(name: str) -> None:
    air(name)
    got = try_keying(Keying(name, 120, 120, 6, loss=0.03))
    assert got.whole >= got.numbers - 1


def test_one_look_alone_misses_what_two_hear() -> None:
    """Else the second is not worth its time."""
    slow, dice, library = air(SLOWEST), seeded(11), load_spandsp()
    number = "".join(dice.choice("0123456789") for _ in range(60))
    pcm = b"".join(slow.pass_through(frame) for frame in cut(b"".join(key_tone(key, 70, 70, -16.0) for key in number)))
    one, two = (matched(number, heard(ear, pcm)) for ear in (SpandspDetector(library), two_looks()))
    assert one < 0.9 * len(number) < 0.96 * len(number) <= two


def test_what_is_a_key_is_decided_in_one_place() -> None:
    deaf = replace(DTMF, least_peak=32767, twist_db=1, reverse_twist_db=1, threshold_dbm0=0)
    assert heard(two_looks(deaf), key_tone("5")) == ""
    assert heard(two_looks(), key_tone("5")) == "5"


@pytest.mark.parametrize("name", AIRS)
@pytest.mark.parametrize("loss", [0.0, 0.03])
def test_a_held_key_is_one_key(name: str, loss: float) -> None:
    dice = seeded(4)
    for key in "159#":
        way, ear, got = air(name), two_looks(), ""
        for frame in cut(bytes(1600) + key_tone(key, 400, 200, -14.0)):
            got += ear.feed(way.lose(frame) if dice.random() < loss else way.pass_through(frame))
        assert got == key


@pytest.mark.parametrize("name", AIRS)
def test_a_key_is_told_before_it_ends(name: str) -> None:
    way, ear, got = air(name), two_looks(), ""
    for frame in cut(bytes(1600) + key_tone("#", 120, 0, -16.0)):
        got += ear.feed(way.pass_through(frame))
    assert got == "#"


@pytest.mark.parametrize("key", "ABCD")
def test_a_to_d_are_no_keys_however_blurred(key: str) -> None:
    assert heard(two_looks(), key_tone(key, 200, 100) * 3, air(SLOWEST)) == ""


@pytest.mark.parametrize("name", ["plain", "AMR 12.2", SLOWEST])
def test_speech_that_follows_at_once_is_no_key_and_hides_none(name: str) -> None:
    voice = hum(STORY, "speaker 1")
    pcm = key_tone("7", 100, 0, -12.0) + voice + bytes(3200) + key_tone("7", 100, 100, -12.0)
    assert heard(two_looks(), pcm, air(name)) == "77"


def test_the_same_key_through_the_slowest_air_is_as_many_keys_as_were_keyed() -> None:
    assert heard(two_looks(), bytes(1600) + key_tone("8", 90, 90, -14.0) * 6, air(SLOWEST)) == "8" * 6


@pytest.mark.parametrize("pair", [(697.0, 1209.0), (941.0, 1477.0)])
def test_tones_that_are_off_or_too_short_are_no_keys(pair: tuple[float, float]) -> None:
    off = mix((pair[0] * 1.06, pair[1] * 1.06), 1600, -12.0)
    short = mix(pair, 160, -12.0) + bytes(1600)
    assert heard(two_looks(), off + bytes(1600) + short * 5) == ""


@pytest.mark.parametrize("speaker", [f"speaker {n}" for n in range(4)])
@pytest.mark.parametrize("name", ["GSM full rate", SLOWEST])
def test_a_voice_through_the_air_is_no_key(speaker: str, name: str) -> None:
    assert heard(two_looks(), hum(STORY * 2, speaker), air(name)) == ""


def test_chords_are_no_keys() -> None:
    """Two notes of music can be a key's tones for a moment; three or four seldom are."""
    dice = seeded(9)
    notes = [220.0 * 2 ** (step / 12) for step in range(37)]
    song = b"".join(mix(tuple(dice.choice(notes) for _ in range(4)), 800, -18.0) for _ in range(100))
    assert heard(two_looks(), song + bytes(FRAME_OCTETS), air("AMR 7.95")) == ""


def test_overtones_of_a_voice_are_no_key_and_a_phone_a_little_off_is() -> None:
    """307 Hz: the third and fourth are 2 % beside the tones of *, one below and one above."""
    assert heard(two_looks(), mix((921.0, 1238.0), 1600, -14.0) + bytes(1600)) == ""
    assert heard(two_looks(), mix((941.0 * 1.01, 1209.0 * 0.99), 1600, -14.0) + bytes(1600)) == "*"
