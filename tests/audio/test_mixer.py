"""The mixer: a frame out for a frame in, by the modem's own clock; surplus dropped, gaps concealed, keys through it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.audio.client import AudioEvent, KeyHeard, Played, PortClosed, PortStatistics, Tone
from appliance.audio.frame import FRAME_OCTETS, SILENCE
from appliance.audio.mixer import Mixer
from appliance.audio.sounds import frames
from appliance.audio.tones import key_tone, mix
from tests.audio.listening import cut, two_looks

SPEECH = list(cut(mix((300.0, 900.0), 8000, -15.0)))
BURST = 5  # frames: a modem that gives 1600 octets every 100 ms


class Bench:
    """A mixer, what it wrote to each port, what it told."""

    def __init__(self, *ports: str) -> None:
        self.events: list[AudioEvent] = []
        self.written: dict[str, list[bytes]] = {port: [] for port in ports}
        self.room = dict.fromkeys(ports, 10_000)  # frames the device still takes
        self.mixer = Mixer(self.events.append, two_looks, partial(frames, country="DE"))
        for port in ports:
            self.mixer.attach(port, partial(self._write, port))

    def _write(self, port: str, frame: bytes) -> int:
        if self.room[port] <= 0:
            return 0
        self.room[port] -= 1
        self.written[port].append(frame)
        return len(frame)

    def gives(self, port: str, *given: bytes) -> list[bytes]:
        """The modem gives octets; what was written to anybody's port meanwhile, on this modem's own first."""
        before = len(self.written[port])
        for data in given:
            self.mixer.received(port, data)
        return self.written[port][before:]

    def keys(self) -> str:
        return "".join(event.key for event in self.events if isinstance(event, KeyHeard))

    def statistics(self, port: str) -> PortStatistics:
        self.mixer.statistics(port)
        last = self.events[-1]
        assert isinstance(last, PortStatistics)
        return last


@pytest.fixture
def pair() -> Bench:
    made = Bench("a", "b")
    made.mixer.bridge("a", "b")
    return made


def talk(bench: Bench, count: int, only: str = "ab") -> None:
    """Both modems give in turn, 20 ms each."""
    for n in range(count):
        for port in only:
            bench.gives(port, SPEECH[n % len(SPEECH)])


def test_a_modem_nobody_speaks_to_gets_silence_as_often_as_it_gives() -> None:
    bench = Bench("a")
    assert bench.gives("a", *SPEECH[:5]) == [SILENCE] * 5


def test_bridged_frames_are_passed_on_at_once_and_unchanged(pair: Bench) -> None:
    for frame in SPEECH:
        pair.gives("a", frame)
        assert pair.written["b"][-1] == frame
        pair.gives("b", frame[::-1])
        assert pair.written["a"][-1] == frame[::-1]
    assert len(pair.written["a"]) == len(pair.written["b"]) == len(SPEECH)
    assert pair.statistics("a").concealed == pair.statistics("a").dropped == 0


@given(some.lists(some.integers(1, 1000), min_size=1, max_size=60))
def test_pieces_of_any_size_come_out_as_the_same_octets(sizes: list[int]) -> None:
    bench = Bench("a", "b")
    bench.mixer.bridge("a", "b")
    stream = iter(b"".join(SPEECH) * 5)
    given_octets = b""
    for size in sizes:
        piece = bytes(octet for octet, _ in zip(stream, range(size), strict=False))
        given_octets += piece
        bench.mixer.received("a", piece)
        while bench.statistics("b").octets_in < len(given_octets):  # b keeps pace
            bench.mixer.received("b", SILENCE)
    out = b"".join(bench.written["b"])
    assert out == given_octets[: len(out)]
    assert len(given_octets) - len(out) < FRAME_OCTETS


def test_surplus_is_dropped_and_the_rest_is_not_late(pair: Bench) -> None:
    """b's clock is 1 in 20 too slow: it gets no more than it plays, and never holds more than a few frames."""
    for n in range(400):
        pair.gives("a", SPEECH[n % 50])
        if n % 20:
            pair.gives("b", SILENCE)
        held = len(pair.written["b"]) - pair.statistics("b").octets_in / FRAME_OCTETS
        assert held <= 5
    assert pair.statistics("b").dropped >= 15
    assert pair.statistics("a").dropped == 0


def test_gaps_are_concealed_by_what_was_said_last_and_fade(pair: Bench) -> None:
    talk(pair, 10)
    lone = pair.gives("a", *[SPEECH[0]] * 8)
    assert len(lone) >= 5
    loud = [max(map(abs, memoryview(frame).cast("h"))) for frame in lone]
    assert loud == sorted(loud, reverse=True)
    assert 0 < loud[0] < max(map(abs, memoryview(SPEECH[9]).cast("h")))
    assert lone[-1] == SILENCE
    assert pair.statistics("a").concealed == len(lone)


def test_a_modem_that_has_not_begun_makes_no_gap_and_gets_no_backlog(pair: Bench) -> None:
    talk(pair, 50, only="a")
    assert pair.statistics("a").concealed == 0
    assert len(pair.written["b"]) <= 4
    before = len(pair.written["b"])
    talk(pair, 50)
    assert len(pair.written["b"]) - before >= 49
    assert pair.statistics("b").dropped == 0


@pytest.mark.parametrize("phase", range(BURST))
def test_modems_that_give_in_bursts_lose_nothing(phase: int) -> None:
    """One gives 20 ms at a time, the other 100 ms: nothing is surplus and nothing is missing."""
    bench = Bench("a", "b")
    bench.mixer.bridge("a", "b")
    for n in range(200):
        bench.gives("a", SPEECH[n % 50])
        if n % BURST == phase:
            bench.gives("b", b"".join(SPEECH[:BURST]))
    settled = bench.statistics("a"), bench.statistics("b")
    for n in range(500):
        bench.gives("a", SPEECH[n % 50])
        if n % BURST == phase:
            bench.gives("b", b"".join(SPEECH[:BURST]))
    for before, after in zip(settled, (bench.statistics("a"), bench.statistics("b")), strict=True):
        assert (after.dropped, after.concealed) == (before.dropped, before.concealed)
    assert settled[0].dropped + settled[1].dropped + settled[0].concealed <= 8


def test_a_stall_of_ours_adds_no_delay_that_stays(pair: Bench) -> None:
    """200 ms in which we did not run: both modems played silence meanwhile, and the backlog must not come after it."""
    talk(pair, 50)
    before = len(pair.written["a"])
    pair.gives("a", b"".join(SPEECH[:10]))
    pair.gives("b", b"".join(SPEECH[:10]))
    talk(pair, 50)
    assert len(pair.written["a"]) - before <= 60 - 3
    assert pair.statistics("a").underruns >= 5


def test_a_device_that_takes_no_more_drains_before_it_gets_more(pair: Bench) -> None:
    talk(pair, 20)
    pair.room["b"] = 0
    talk(pair, 10)
    refused = pair.statistics("b").refused
    assert 0 < refused <= 10
    pair.room["b"] = 1000
    before = len(pair.written["b"])
    talk(pair, 20)
    assert len(pair.written["b"]) - before < 20
    talk(pair, 20)
    assert pair.statistics("b").refused == refused


def test_unbridged_ports_get_silence_again(pair: Bench) -> None:
    talk(pair, 5)
    pair.mixer.unbridge("b")
    assert pair.gives("a", SPEECH[0]) == [SILENCE]
    assert pair.gives("b", SPEECH[0]) == [SILENCE]


def test_a_port_can_be_in_one_bridge_only() -> None:
    bench = Bench("a", "b", "c")
    bench.mixer.bridge("a", "b")
    bench.mixer.bridge("a", "c")
    bench.gives("b", SPEECH[3])
    assert SPEECH[3] not in bench.written["a"]
    bench.gives("a", SPEECH[4])
    assert bench.written["c"] == [SPEECH[4]]
    assert SPEECH[4] not in bench.written["b"]


def test_nobody_is_bridged_with_himself() -> None:
    bench = Bench("a")
    bench.mixer.bridge("a", "a")
    assert bench.gives("a", SPEECH[3]) == [SILENCE]


def test_a_port_that_closes_frees_the_other_and_tells_its_statistics(pair: Bench) -> None:
    talk(pair, 100)
    pair.mixer.detach("b")
    closed = pair.events[-1]
    assert isinstance(closed, PortClosed)
    assert (closed.port, closed.statistics.octets_in, closed.statistics.octets_out) == ("b", 32000, 32000)
    assert closed.statistics.level_in_dbm0 == pytest.approx(-12.0, abs=1.0)
    assert "2.0 s of audio" in str(closed.statistics)
    assert "no frame lost" in str(closed.statistics)
    assert pair.gives("a", SPEECH[0])[-1] == SILENCE


# Sounds


def played(bench: Bench) -> Iterator[tuple[int, bool]]:
    return ((event.token, event.finished) for event in bench.events if isinstance(event, Played))


def test_a_tone_is_played_to_its_end_and_told_once() -> None:
    bench = Bench("a")
    bench.mixer.play("a", [Tone("dial", 0.2)], 7, True)
    out = bench.gives("a", *[SILENCE] * 12)
    assert [frame != SILENCE for frame in out] == [True] * 10 + [False] * 2
    assert list(played(bench)) == [(7, True)]


def test_a_second_sound_replaces_the_first() -> None:
    bench = Bench("a")
    bench.mixer.play("a", [Tone("dial", None)], 1, True)
    bench.gives("a", SILENCE)
    bench.mixer.play("a", [Tone("busy", 0.1)], 2, True)
    bench.gives("a", *[SILENCE] * 6)
    assert list(played(bench)) == [(1, False), (2, True)]


def test_a_key_ends_the_prompt_while_the_key_still_sounds() -> None:
    bench = Bench("a")
    bench.mixer.play("a", [Tone("dial", None)], 3, True)
    tone = list(cut(key_tone("4", 120, 0)))
    out = bench.gives("a", *tone)
    assert bench.keys() == "4"
    assert list(played(bench)) == [(3, False)]
    assert out[-1] == SILENCE


def test_a_prompt_without_barge_in_goes_on_and_the_key_counts() -> None:
    bench = Bench("a")
    bench.mixer.play("a", [Tone("dial", 0.3)], 3, False)
    bench.gives("a", *cut(key_tone("4", 120, 300)))
    assert bench.keys() == "4"
    assert list(played(bench)) == [(3, True)]


def test_the_modems_own_report_ends_the_prompt_too_and_counts_once() -> None:
    bench = Bench("a")
    bench.mixer.play("a", [Tone("dial", None)], 3, True)
    bench.mixer.key_reported("a", "4")
    bench.gives("a", *cut(key_tone("4", 120, 100)))
    assert bench.keys() == "4"
    assert list(played(bench)) == [(3, False)]


def test_a_warning_is_heard_instead_of_the_other_and_nothing_is_late_after_it(pair: Bench) -> None:
    talk(pair, 10)
    pair.mixer.play("a", [Tone("beep", 0.2)], 5, True)
    before = len(pair.written["a"])
    talk(pair, 10)
    assert all(frame not in SPEECH for frame in pair.written["a"][before : before + 9])
    talk(pair, 50)
    assert len(pair.written["a"]) == 70
    assert pair.written["a"][-1] == SPEECH[49]
    assert len(pair.written["b"]) == 70


def test_a_sound_for_a_port_that_is_gone_is_told_as_over() -> None:
    bench = Bench()
    bench.mixer.play("a", [Tone("beep", 1)], 9, True)
    assert list(played(bench)) == [(9, False)]


def test_keys_are_heard_in_a_bridge(pair: Bench) -> None:
    for frame in cut(key_tone("#", 100, 100) * 2):
        pair.gives("a", frame)
        pair.gives("b", SILENCE)
    assert pair.keys() == "##"
