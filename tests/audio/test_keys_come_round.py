"""Two telephones that give back what they hear: a key that comes round to who keyed it is no second key, and one that
is really keyed again is."""

from __future__ import annotations

from functools import partial

import pytest

from appliance.audio.client import AudioEvent, KeyHeard
from appliance.audio.frame import FRAME_OCTETS, SILENCE
from appliance.audio.keyecho import ROUND_MS, Echoes
from appliance.audio.mixer import Mixer
from appliance.audio.sounds import frames
from appliance.audio.tones import key_tone, mix
from appliance.lab.hybrid import Hybrid
from tests.audio.listening import cut, two_looks

NUMBER, TONE_DBM0 = "15566##", -8.0
REST = bytes(50 * FRAME_OCTETS)


class Road:
    """Anna at port a, Bert at port b; who has no hybrid gives nothing back."""

    def __init__(self, anna: Hybrid | None, bert: Hybrid | None, digits: str) -> None:
        self.events: list[AudioEvent] = []
        self._hybrids, self._written = {"a": anna, "b": bert}, {"a": SILENCE, "b": SILENCE}
        self._mixer = Mixer(self.events.append, two_looks, partial(frames, country="DE"))
        for port in "ab":
            self._mixer.attach(port, partial(self._write, port))
        self._mixer.bridge("a", "b", digits)

    def _write(self, port: str, frame: bytes) -> int:
        if hybrid := self._hybrids[port]:
            hybrid.heard(frame)
        return len(frame)

    def keyed(self, pcm: bytes) -> str:
        """What Anna's line tells of her keys."""
        for frame in cut(pcm + REST):
            for port, said in (("a", frame.ljust(FRAME_OCTETS, b"\0")), ("b", SILENCE)):
                hybrid = self._hybrids[port]
                self._mixer.received(port, hybrid.speaks(said) if hybrid else said)
        return "".join(event.key for event in self.events if isinstance(event, KeyHeard) and event.port == "a")


def tones(keys: str, off_ms: int, dbm0: float = TONE_DBM0) -> bytes:
    return b"".join(key_tone(key, 120, off_ms, dbm0) for key in keys)


@pytest.mark.parametrize("digits", ["in-band", "pass", "vts"])
@pytest.mark.parametrize("off_ms", [80, 120, 200])
@pytest.mark.parametrize("near", [(0.02, 12), (0.05, 10), (0.12, 14)])
@pytest.mark.parametrize("far", [(0.02, 12), (0.1, 12), (0.15, 9), (0.26, 15)])
def test_a_key_that_comes_round_counts_once(near: tuple[float, float], far: tuple[float, float], off_ms: int,
                                            digits: str) -> None:
    assert Road(Hybrid(*near), Hybrid(*far), digits).keyed(tones(NUMBER, off_ms)) == NUMBER


@pytest.mark.parametrize("held_ms", [400, 3000])
def test_so_does_one_that_was_held(held_ms: int) -> None:
    assert Road(Hybrid(0.05, 10), Hybrid(0.15, 9), "in-band").keyed(key_tone("7", held_ms, 0, TONE_DBM0)) == "7"


@pytest.mark.parametrize("hybrids", [(None, None), (Hybrid(0.05, 10), None), (None, Hybrid(0.15, 9))],
                         ids=["none", "near", "far"])
def test_where_nothing_comes_round_a_soft_key_counts(hybrids: tuple[Hybrid | None, Hybrid | None]) -> None:
    """20 dB softer is no key of the same telephone; only where the far one gives it back, it may have come round."""
    road = Road(*hybrids, "in-band")
    soft = tones("5", 80, TONE_DBM0 - 20)
    assert road.keyed(tones("5", 80) + REST + soft) == ("5" if hybrids[1] else "55")


def test_a_key_that_is_a_bit_softer_is_keyed_again() -> None:
    road = Road(Hybrid(0.05, 10), Hybrid(0.15, 9), "in-band")
    assert road.keyed(tones("1", 80) + tones("1", 80, TONE_DBM0 - 8)) == "11"


def test_a_key_is_pressed_again_while_its_echo_sounds() -> None:
    """The echo fills the pause, and the ear hears a tone that grows: it is a key, because no key grows so."""
    loud, echo = key_tone("5", 120, 0, TONE_DBM0), key_tone("5", 80, 0, TONE_DBM0 - 25)
    ear, heard = two_looks(), ""
    for frame in cut(mix((300.0,), 20, -70.0) + loud + bytes(480) + echo + loud + REST):
        heard += ear.feed(frame)
    assert heard == "555"


def test_after_a_while_it_is_another_key() -> None:
    echoes = Echoes()
    echoes.own("1", 1000.0, 100.0)
    echoes.came_back("1", 1200.0)
    assert echoes.came_round("1", 1400.0, 1.0)
    assert not echoes.came_round("2", 1400.0, 1.0)
    assert not echoes.came_round("1", 1400.0, 10.0)
    assert not echoes.came_round("1", 1001.0 + ROUND_MS, 1.0)
