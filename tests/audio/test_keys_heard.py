"""Keys in the voice: every key at every level, through the reference codecs, and none where nobody keys."""

from __future__ import annotations

import itertools
from array import array

import pytest

from appliance.audio.dtmf import KeyDetector
from appliance.audio.frame import RATE
from appliance.audio.goertzel import GoertzelDetector
from appliance.audio.prompts.render import speak
from appliance.audio.prompts.texts import TEXTS
from appliance.audio.tones import COLUMNS, KEYS, ROWS, key_tone, mix
from appliance.lab.codec import Amr, CodecMissing, FullRate
from appliance.lab.voices import hum
from appliance.vocabulary.clock import seeded
from tests.audio.listening import heard, two_looks

TELEPHONE = "123456789*0#"
DETECTORS = pytest.mark.parametrize("detector", [two_looks, GoertzelDetector], ids=["two-looks", "built-in"])


@DETECTORS
@pytest.mark.parametrize("level", [-3.0, -10.0, -20.0, -30.0, -35.0])
def test_every_key_is_heard_once_at_every_level(detector: type[KeyDetector], level: float) -> None:
    pcm = b"".join(key_tone(key, 100, 100, level) for key in TELEPHONE)
    assert heard(detector(), pcm) == TELEPHONE


@DETECTORS
def test_the_keys_a_to_d_are_no_keys(detector: type[KeyDetector]) -> None:
    assert set(KEYS) - set(TELEPHONE) == set("ABCD")
    assert heard(detector(), b"".join(key_tone(key) for key in "A1B2C3D4")) == "1234"


@pytest.mark.parametrize("offset", range(0, 160, 20))
def test_a_tone_of_40_ms_is_heard_wherever_it_falls_into_the_frames(offset: int) -> None:
    pcm = bytes(2 * offset) + b"".join(key_tone(key, 40, 60, -12.0) for key in TELEPHONE)
    assert heard(two_looks(), pcm) == TELEPHONE


@pytest.mark.parametrize("twist_db", [-8.0, -4.0, 4.0, 8.0])
def test_one_of_the_two_tones_may_be_louder(twist_db: float) -> None:
    def key(at: int) -> bytes:
        row = array("h", mix((float(ROWS[at // 4]),), 800, -14.0))
        column = array("h", mix((float(COLUMNS[at % 4]),), 800, -14.0 + twist_db))
        return array("h", map(sum, zip(row, column, strict=True))).tobytes() + bytes(1600)

    assert heard(two_looks(), b"".join(key(KEYS.index(k)) for k in TELEPHONE)) == TELEPHONE


@pytest.mark.parametrize("codec", [Amr, FullRate])
@pytest.mark.parametrize("level", [-8.0, -14.0, -20.0])
def test_keys_survive_the_air(codec: type[Amr | FullRate], level: float) -> None:
    try:
        air = codec()
    except CodecMissing as missing:
        pytest.skip(str(missing))
    pcm = b"".join(key_tone(key, 120, 110, level) for key in TELEPHONE * 3)
    assert heard(two_looks(), pcm, air) == TELEPHONE * 3


@DETECTORS
def test_a_key_is_heard_while_it_sounds(detector: type[KeyDetector]) -> None:
    for key in TELEPHONE:
        assert heard(detector(), key_tone(key, 80, 0)) == key


@DETECTORS
def test_the_same_key_twice_is_two_keys(detector: type[KeyDetector]) -> None:
    assert heard(detector(), key_tone("1", 70, 70) * 5) == "11111"


def test_a_lost_frame_in_a_long_tone_does_not_make_two_keys_of_it() -> None:
    tone = key_tone("7", 300, 0)
    for frame in range(4, 10):
        at = frame * 320
        assert heard(two_looks(), tone[:at] + bytes(320) + tone[at + 320 :] + bytes(3200)) == "7", frame


@DETECTORS
@pytest.mark.parametrize("speaker", [f"speaker {n}" for n in range(6)])
def test_humming_is_no_key(detector: type[KeyDetector], speaker: str) -> None:
    assert heard(detector(), hum("a long story about nothing in particular, told slowly" * 2, speaker)) == ""


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_the_box_says_is_no_key(language: str) -> None:
    """An echo of our own prompt must not answer its question."""
    spoken = [speak(language, TEXTS[language][message]) for message in ("enter_pin", "enter_number", "locked")]
    if not all(spoken):
        pytest.skip("espeak-ng is not installed")
    assert heard(two_looks(), b"".join(spoken)) == ""


@DETECTORS
def test_noise_and_network_tones_are_no_keys(detector: type[KeyDetector]) -> None:
    dice = seeded(3)
    noise = array("h", (dice.randint(-6000, 6000) for _ in range(5 * RATE))).tobytes()
    tones = b"".join(mix(pair, RATE, -10.0) for pair in ((425.0,), (350.0, 440.0), (440.0, 480.0), (480.0, 620.0)))
    assert heard(detector(), noise + tones) == ""


def test_keys_are_heard_in_noise() -> None:
    dice = seeded(5)
    clean = array("h", b"".join(key_tone(key, 100, 100, -10.0) for key in TELEPHONE))
    noisy = array("h", (value + dice.randint(-300, 300) for value in clean))
    assert heard(two_looks(), noisy.tobytes()) == TELEPHONE


def test_two_callers_do_not_disturb_each_other() -> None:
    one, other = two_looks(), two_looks()
    keyed = itertools.chain.from_iterable(
        zip(*(iter([pcm[at : at + 320] for at in range(0, len(pcm), 320)]) for pcm in
              (key_tone("1", 100, 100) * 4, key_tone("9", 100, 100) * 4)), strict=True))
    got = {"one": "", "other": ""}
    for at, frame in enumerate(keyed):
        got["other" if at % 2 else "one"] += (other if at % 2 else one).feed(frame)
    assert got == {"one": "1111", "other": "9999"}
