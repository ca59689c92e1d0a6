"""The echo canceller against a hybrid: what an analog telephone gives back is taken away, what is said there is not."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import pytest

from appliance.audio import echo as room
from appliance.audio.client import AudioEvent
from appliance.audio.echo import WAITING, EchoCanceller
from appliance.audio.frame import FRAME_OCTETS, FRAME_SAMPLES, SILENCE, level_dbm0, samples
from appliance.audio.g711 import alaw_of, pcm_of
from appliance.audio.goertzel import GoertzelDetector
from appliance.audio.mixer import Mixer
from appliance.audio.speexdsp import SpeexMissing, speexdsp
from appliance.vocabulary.clock import seeded
from tests.audio.listening import cut

try:
    speexdsp()
except SpeexMissing as error:
    pytest.skip(str(error), allow_module_level=True)

SECONDS = 50  # frames


def voice(seed: int, frames: int) -> list[bytes]:
    """Noise through a resonance, in syllables: as wide and as restless as speech."""
    dice, one, two = seeded(seed), 0.0, 0.0
    made = array("h")
    for n in range(frames * FRAME_SAMPLES):
        one, two = dice.gauss(0, 1) + 1.3 * one - 0.6 * two, one
        made.append(int(max(-30000, min(30000, one * 1500 * abs(math.sin(n / 1100))))))
    return list(cut(made.tobytes()))


class Hybrid:
    """Gives back what it got: later by `delay` samples, softer by about 10 dB, smeared over 3 ms."""

    def __init__(self, delay: int, seed: int = 1) -> None:
        dice = seeded(seed)
        taps = [dice.gauss(0, 1) * 0.8 ** n for n in range(24)]
        power = math.sqrt(sum(tap * tap for tap in taps))
        self._taps, self._line = [0.316 * tap / power for tap in taps], [0.0] * (delay + 24)

    def __call__(self, frame: bytes) -> bytes:
        out = array("h")
        for value in samples(frame):
            self._line = [float(value), *self._line[:-1]]
            out.append(round(sum(tap * past for tap, past in zip(self._taps, self._line[-24:], strict=True))))
        return out.tobytes()


def erle(canceller: EchoCanceller, hybrid: Hybrid, frames: Sequence[bytes]) -> list[float]:
    """dB by which the echo is softer, second by second, with A-law both ways. ITU-T G.168 § 3."""
    echoes, left = [], []
    for frame in frames:
        canceller.sent(frame)
        echoes.append(pcm_of(alaw_of(hybrid(pcm_of(alaw_of(frame))))))
        left.append(canceller.clean(echoes[-1]))
    return [level_dbm0(b"".join(echoes[at : at + SECONDS])) - level_dbm0(b"".join(left[at : at + SECONDS]))
            for at in range(0, len(frames), SECONDS)]


@pytest.mark.parametrize("delay_ms", [5, 45, 90])
def test_an_echo_is_taken_away_within_seconds(delay_ms: int) -> None:
    gained = erle(EchoCanceller(), Hybrid(delay_ms * 8), voice(7, 6 * SECONDS))
    assert gained[2] > 8
    assert gained[5] > 15


def test_an_echo_beyond_the_tail_stays() -> None:
    """So that the figures above measure the canceller, and nothing else."""
    assert erle(EchoCanceller(256), Hybrid(60 * 8), voice(7, 4 * SECONDS))[3] < 6


def test_what_is_said_there_is_heard() -> None:
    canceller, hybrid, said = EchoCanceller(), Hybrid(160), voice(3, 4 * SECONDS)
    erle(canceller, hybrid, voice(7, 4 * SECONDS))
    heard = []
    for frame in said:
        canceller.sent(SILENCE)
        heard.append(canceller.clean(frame))
    assert level_dbm0(b"".join(heard)) == pytest.approx(level_dbm0(b"".join(said)), abs=1.0)


def test_a_card_that_falls_behind_shifts_the_echo_by_no_more_than_it_holds() -> None:
    canceller, frames = EchoCanceller(), voice(7, 8 * SECONDS)
    for frame in frames[:20]:
        canceller.sent(frame)  # a stall: the card played nothing
    assert len(canceller._sent) == WAITING
    assert erle(canceller, Hybrid(160 + FRAME_SAMPLES), frames)[-1] > 15


def test_through_the_mixer_only_the_leg_that_wants_it_is_cleaned() -> None:
    events: list[AudioEvent] = []
    mixer, hybrid = Mixer(events.append, GoertzelDetector, lambda sounds: iter(())), Hybrid(160)
    to_far: list[bytes] = []
    back: list[bytes] = []

    def far(frame: bytes) -> int:
        to_far.append(frame)
        return len(frame)

    def near(frame: bytes) -> int:
        back.append(frame)
        return len(frame)

    mixer.attach("near", near)
    mixer.attach("far", far, echo=EchoCanceller())
    mixer.bridge("near", "far")
    echo = SILENCE
    for frame in voice(7, 6 * SECONDS):
        mixer.received("near", frame)
        mixer.received("far", echo)
        echo = hybrid(to_far[-1])
    last = b"".join(back[-SECONDS:])
    assert level_dbm0(b"".join(to_far[-SECONDS:])) - level_dbm0(last) > 22  # 10 dB are the hybrid's
    assert len(last) == SECONDS * FRAME_OCTETS


def test_without_the_library_the_call_goes_on_and_the_log_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> None:
        raise SpeexMissing("install it: apt install libspeexdsp1")

    monkeypatch.setattr(room, "speexdsp", missing)
    assert room.make_canceller() is None
    assert "echo is not cancelled: install it: apt install libspeexdsp1" in capsys.readouterr().err
