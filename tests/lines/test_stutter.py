"""A modem's PCM stops in mid-call and goes on: the call does too, nothing waits for longer than before."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from appliance.audio.balance import LATE
from appliance.lab.nasty import Nastiness
from appliance.lab.persona import PERSONAS
from appliance.lab.stutter import AFTER_S
from appliance.lines.line import Answered, Ended, VoiceLost, VoiceNote
from appliance.vocabulary.cause import Cause
from tests.contract.gsm import GsmKit
from tests.contract.kit import Bench, on_bench


def in_a_call(name: str, nasty: Nastiness, watch_s: float = AFTER_S + 30) -> tuple[Bench, GsmKit, list[int]]:
    """What waited in the modem to be played, octets, every second of a call that we hang up."""
    waited: list[int] = []

    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        for _ in range(int(watch_s)):
            await asyncio.sleep(1.005)
            waited.append(on.kit.modem.voice.waiting)
        assert not on.of(Ended, "b")
        assert not on.of(VoiceLost, "b")
        on.line.hang_up("b")
        assert (await on.next(Ended, "b")).cause is Cause.NORMAL

    bench = on_bench(partial(GsmKit, persona=PERSONAS[name], nasty=nasty), story)
    assert isinstance(bench.kit, GsmKit)
    return bench, bench.kit, waited


@pytest.mark.parametrize("backlog", [False, True])
@pytest.mark.parametrize("seconds", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("name", PERSONAS)
def test_pcm_that_stalls_leaves_no_delay(name: str, seconds: float, backlog: bool) -> None:
    bench, _, waited = in_a_call(name, Nastiness(pcm_stall_s=seconds, pcm_backlog=backlog))
    assert max(waited[-5:]) <= max(waited[5:9]) + LATE  # silence, as nobody speaks to it
    assert not bench.of(VoiceNote, "b")


@pytest.mark.parametrize("seconds", [0.2, 1.0, 2.5])
def test_a_modem_that_wants_no_pcm_for_a_while_gets_none(seconds: float) -> None:
    bench, kit, waited = in_a_call("quectel", Nastiness(pcm_pause_s=seconds))
    assert kit.modem.stutter.pauses == 1
    assert kit.modem.voice.unwanted == 0
    assert max(waited[-5:]) <= max(waited[5:9]) + LATE
    assert kit.modem.voice.starved <= 5 + seconds / 0.02  # and has voice again
    assert not bench.of(VoiceNote, "b")


def test_a_modem_that_never_wants_any_again_is_started_anew() -> None:
    bench, kit, _ = in_a_call("quectel", Nastiness(pcm_pause_s=-1))
    first, *_, last = [note.text for note in bench.of(VoiceNote, "b")]
    assert "takes no audio for 3 s; its audio is started anew (1 of 3)" in first
    assert last == "the modem's audio runs again"
    assert kit.modem.voice.unwanted == 0


def test_the_next_call_is_paused_by_its_own_modem_only() -> None:
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, GsmKit)
        voice = on.kit.modem.voice
        on.kit.modem.say(b"\r\n+QPCMV: 0,0\r\n")  # nobody talks
        for leg in ("one", "two"):
            on.dial(leg)
            await on.far.rung()
            on.far.answer()
            await on.next(Answered, leg)
            before = voice.starved
            await asyncio.sleep(5)
            assert voice.starved <= before + 2
            on.kit.modem.say(b"\r\n+QPCMV: 0,0\r\n")
            await asyncio.sleep(1)
            on.line.hang_up(leg)
            await on.next(Ended, leg)
            await asyncio.sleep(5)

    on_bench(partial(GsmKit, persona=PERSONAS["quectel"]), story)
