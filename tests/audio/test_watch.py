"""The watchdog of audio: what counts as dead, from when, and what never does."""

from __future__ import annotations

from array import array

import pytest

from appliance.audio.client import PortAlive, PortSilent, Silent
from appliance.audio.frame import FRAME_OCTETS, FRAME_SAMPLES, SILENCE
from appliance.audio.watch import FLAT_FIRST_LOOKS, FLAT_LOOKS, Counts, Watch
from appliance.vocabulary.clock import seeded

SECOND = 50 * FRAME_OCTETS
DICE = seeded(7)
NOISE = array("h", (DICE.randint(-1, 1) for _ in range(FRAME_SAMPLES))).tobytes()
DC = array("h", [-8] * FRAME_SAMPLES).tobytes()  # a codec's idle value


class Second:
    """A port's counts, second by second."""

    def __init__(self) -> None:
        self.watch = Watch("p")
        self._in = self._out = self._refused = 0

    def goes_by(self, gives: bytes | None, takes: bool = True) -> PortSilent | PortAlive | None:
        self._in += SECOND if gives is not None else 0
        self._out += SECOND if takes and gives is not None else 0
        self._refused += 0 if takes else 9
        return self.watch.look(Counts(self._in, self._out, self._refused, gives or SILENCE))

    def told(self, seconds: int, gives: bytes | None, takes: bool = True) -> list[PortSilent | PortAlive]:
        return [told for told in (self.goes_by(gives, takes) for _ in range(seconds)) if told]


def test_the_softest_noise_is_a_person_for_an_hour() -> None:
    assert Second().told(3600, NOISE) == []


def test_a_port_that_never_gives_is_told_soon_and_again() -> None:
    assert Second().told(6, None) == [PortSilent("p", Silent.GIVES_NOTHING, s) for s in (2, 4, 6)]


def test_a_port_that_stops_is_told_and_told_when_it_is_well() -> None:
    port = Second()
    assert port.told(10, NOISE) == []
    assert port.told(2, None) == []
    assert port.told(4, None) == [PortSilent("p", Silent.GIVES_NOTHING, 3), PortSilent("p", Silent.GIVES_NOTHING, 6)]
    assert port.told(3, NOISE) == [PortAlive("p")]


def test_a_hiccup_of_two_seconds_is_nothing() -> None:
    port = Second()
    assert [port.told(5, NOISE), port.told(2, None), port.told(5, NOISE)] == [[], [], []]


def test_a_port_that_takes_nothing() -> None:
    port = Second()
    assert port.told(10, NOISE) == []
    assert port.told(3, NOISE, takes=False) == [PortSilent("p", Silent.TAKES_NOTHING, 3)]
    assert port.told(2, NOISE) == [PortAlive("p")]


@pytest.mark.parametrize("frame", [SILENCE, DC])
def test_digital_silence_is_one_hint_and_a_late_one(frame: bytes) -> None:
    port = Second()
    assert port.told(FLAT_FIRST_LOOKS - 1, frame) == []
    assert port.told(3600, frame) == [PortSilent("p", Silent.FLAT, FLAT_FIRST_LOOKS)]
    assert port.told(3, NOISE) == [PortAlive("p")]
    assert port.told(3600, frame) == []


def test_a_port_that_was_alive_may_be_silent_for_longer() -> None:
    port = Second()
    assert port.told(1, NOISE) == []
    assert port.told(FLAT_LOOKS - 1, SILENCE) == []
    assert port.told(1, SILENCE) == [PortSilent("p", Silent.FLAT, FLAT_LOOKS)]


def test_what_was_before_it_was_opened_anew_does_not_count() -> None:
    port = Second()
    port.told(10, NOISE)
    port.told(2, None)
    port.watch.anew()
    assert port.told(2, None) == []
