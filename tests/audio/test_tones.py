"""Tones of the countries: frequencies by Goertzel, cadences by the clock of the samples."""

from __future__ import annotations

import math
from itertools import islice, pairwise

import pytest

from appliance.audio.frame import FRAME_OCTETS, RATE, level_dbm0, samples
from appliance.audio.tones import COLUMNS, COUNTRIES, KEYS, LEVEL_DBM0, NAMES, ROWS, key_tone, tone_frames

EUROPEAN = ("DE", "ES", "IT", "CH")
DIAL = {"DE": (425.0,), "FR": (440.0,), "AT": (420.0,), "GB": (350.0, 440.0), "US": (350.0, 440.0)}
RINGBACK = {  # on and off in ms
    "DE": [1000, 4000], "FR": [1500, 3500], "AT": [1000, 5000], "US": [2000, 4000], "GB": [400, 200, 400, 2000]}


def pcm(name: str, country: str, seconds: float) -> bytes:
    return b"".join(tone_frames(name, country, seconds))


def power_at(sound: bytes, hertz: float) -> float:
    """Goertzel's power of one frequency in dBm0."""
    step, one, two = 2 * math.cos(2 * math.pi * hertz / RATE), 0.0, 0.0
    values = samples(sound)
    for value in values:
        one, two = value + step * one - two, one
    mean_square = (one * one + two * two - step * one * two) * 2 / len(values) ** 2
    return 10 * math.log10(mean_square / (32768**2 / 2) + 1e-12) + 3.14


def bursts(sound: bytes) -> list[int]:
    """Lengths of sound and silence in turn, in ms, to 5 ms."""
    step = RATE // 200 * 2
    loud = [level_dbm0(sound[at : at + step]) > -40 for at in range(0, len(sound), step)]
    lengths, before = [0], loud[0]
    for now in loud:
        if now is not before:
            lengths.append(0)
        lengths[-1] += 5
        before = now
    return lengths


@pytest.mark.parametrize(("country", "hertz"), DIAL.items())
def test_the_dial_tone_has_its_frequencies_and_no_others(country: str, hertz: tuple[float, ...]) -> None:
    sound = pcm("dial", country, 1.0)
    for frequency in hertz:
        assert power_at(sound, frequency) == pytest.approx(LEVEL_DBM0, abs=0.2)
    for frequency in {300.0, 380.0, 410.0, 450.0, 480.0, 620.0} - set(hertz):
        assert power_at(sound, frequency) < -45


@pytest.mark.parametrize(("country", "wanted"), RINGBACK.items())
def test_ringback_has_its_cadence(country: str, wanted: list[int]) -> None:
    sound = pcm("ringback", country, sum(wanted) / 1000 * 2)
    assert bursts(sound)[: len(wanted) + 1] == pytest.approx([*wanted, wanted[0]], abs=10)


def test_busy_and_congestion_differ() -> None:
    assert bursts(pcm("busy", "DE", 3))[:2] == [480, 480]
    assert bursts(pcm("congestion", "DE", 3))[:2] == [240, 240]
    assert bursts(pcm("busy", "GB", 3))[1:3] == pytest.approx([375, 375], abs=5)


def test_the_special_information_tone_rises() -> None:
    sound = pcm("error", "DE", 2)
    third = RATE * 33 // 100 * 2
    for at, hertz in enumerate((950.0, 1400.0, 1800.0)):
        assert power_at(sound[at * third : (at + 1) * third], hertz) == pytest.approx(LEVEL_DBM0, abs=0.3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("country", [*COUNTRIES, *EUROPEAN])
def test_every_country_has_every_tone_and_its_frames_are_whole(country: str, name: str) -> None:
    frames = list(tone_frames(name, country, 0.5))
    assert len(frames) == 25
    assert {len(frame) for frame in frames} == {FRAME_OCTETS}
    assert level_dbm0(b"".join(frames)) > -25


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_steady_tone_goes_on_without_a_click(country: str) -> None:
    values = samples(b"".join(islice(tone_frames("dial", country, None), 200)))
    steepest = max(abs(b - a) for a, b in pairwise(values[:4000]))
    assert max(abs(b - a) for a, b in pairwise(values)) <= steepest * 1.05


def test_key_tones_are_q23() -> None:
    for at, key in enumerate(KEYS):
        sound = key_tone(key, 100, 0, -10.0)
        assert power_at(sound, ROWS[at // 4]) == pytest.approx(-10.0, abs=0.5)
        assert power_at(sound, COLUMNS[at % 4]) == pytest.approx(-10.0, abs=0.5)


def test_what_is_no_key_has_no_tone() -> None:
    with pytest.raises(ValueError, match="substring"):
        key_tone("x")
