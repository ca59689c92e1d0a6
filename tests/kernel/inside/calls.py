"""Calls through the kernel's mISDN, between two ports that l1oip joins: the span's process at one end, libpri as an
exchange at the other. Run by the guest; basic rate point-to-point and on a bus, primary rate."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from appliance.lines.isdn import reports
from appliance.lines.isdn.transport import PRI_CHANNELS
from appliance.vocabulary.cause import Cause
from tests.kernel.inside.box import Box
from tests.kernel.inside.far import Far
from tests.kernel.inside.pair import FRIEND, NUMBER, dialled, on_kernel, talk
from tests.kernel.inside.voice import Voice, speech

LAYOUTS = pytest.mark.parametrize("layout", ["ptp", "ptmp", "pri"])
FRAMES_5_S = 250


@LAYOUTS
def test_the_box_dials_and_both_hear_every_octet(layout: str, tmp_path: Path) -> None:
    async def story(box: Box, far: Far) -> None:
        setup, here, there = await dialled(box, far, "b")
        assert (setup.called, setup.caller, setup.complete) == (FRIEND, NUMBER, True)
        await talk(1, FRAMES_5_S, here, there)
        box.do(do="hangup", leg="b", cause=16)
        assert (await far.next(reports.Ended, setup.call)).cause == Cause.NORMAL
        assert (await box.next("ended", leg="b"))["cause"] == Cause.NORMAL

    on_kernel(layout, tmp_path, story)


@LAYOUTS
def test_the_box_is_rung_and_answers(layout: str, tmp_path: Path) -> None:
    async def story(box: Box, far: Far) -> None:
        call = far.calls(NUMBER, FRIEND, 1)
        rang = await box.next("ring")
        assert (rang["called"], rang["caller"], rang["screening"]) == (NUMBER, FRIEND, "network")
        await far.next(reports.Ringing, call)
        box.do(do="answer", ring=rang["ring"], leg="a")
        await far.next(reports.Connected, call)
        await box.next("answered", leg="a")
        await talk(2, 50, box.voice("a"), far.opens(1))
        far.signalling.hang_up(call, Cause.NORMAL)
        assert (await box.next("ended", leg="a"))["cause"] == Cause.NORMAL

    on_kernel(layout, tmp_path, story)


@LAYOUTS
def test_a_missed_call_is_rejected_as_busy(layout: str, tmp_path: Path) -> None:
    async def story(box: Box, far: Far) -> None:
        call = far.calls(NUMBER, FRIEND, 1)
        rang = await box.next("ring")
        box.do(do="reject", ring=rang["ring"])
        assert (await far.next(reports.Ended, call)).cause == Cause.BUSY
        await box.next("ring_over", ring=rang["ring"])

    on_kernel(layout, tmp_path, story)


@pytest.mark.parametrize("layout", ["ptp", "ptmp"])
def test_two_legs_of_one_card_are_joined_in_its_process(layout: str, tmp_path: Path) -> None:
    """What one says the other hears, past the audio process; and both channels at once."""
    async def story(box: Box, far: Far) -> None:
        _, one, far_one = await dialled(box, far, "a")
        _, two, far_two = await dialled(box, far, "b")
        await asyncio.gather(talk(3, 50, one, far_one), talk(4, 50, two, far_two))
        box.order(0, "join b")
        box.order(1, "join a")
        await talk(5, 100, far_one, far_two)

    on_kernel(layout, tmp_path, story)


@pytest.mark.parametrize("layout", ["ptp", "ptmp"])
def test_two_legs_whose_keys_pass_are_joined_by_the_kernels_signal_processor(layout: str, tmp_path: Path) -> None:
    """A conference of mISDN_dsp; what each says still comes to the audio process, for keys. Undone, and done again."""
    async def story(box: Box, far: Far) -> None:
        _, one, far_one = await dialled(box, far, "a")
        _, two, far_two = await dialled(box, far, "b")
        await asyncio.gather(talk(3, 50, one, far_one), talk(4, 50, two, far_two))
        for seed in (6, 8):
            box.order(0, "pass b")
            box.order(1, "pass a")
            await joined(far_one, far_two, one, two)
            box.order(0, "take")
            box.order(1, "take")
            await asyncio.gather(talk(seed, 25, one, far_one), talk(seed + 1, 25, two, far_two))

    on_kernel(layout, tmp_path, story)


def test_no_frame_of_two_joined_legs_comes_through_the_process(tmp_path: Path) -> None:
    """They hear each other while it is stopped."""
    async def story(box: Box, far: Far) -> None:
        _, one, far_one = await dialled(box, far, "a")
        _, two, far_two = await dialled(box, far, "b")
        box.order(0, "pass b")
        box.order(1, "pass a")
        await joined(far_one, far_two, one, two)
        os.kill(box.pid, signal.SIGSTOP)
        try:
            ours, theirs = speech(300, 150), speech(400, 150)
            far_one.say(ours)
            far_two.say(theirs)
            await asyncio.gather(far_two.hears_most(ours), far_one.hears_most(theirs))
        finally:
            os.kill(box.pid, signal.SIGCONT)

    on_kernel("ptp", tmp_path, story)


async def joined(far_one: Voice, far_two: Voice, one: Voice, two: Voice) -> None:
    """Each hears the other, and both are heard by the box. A conference keeps its own time, which may lose octets:
    so frames are looked for, not the whole."""
    for voice in (far_one, far_two, one, two):
        voice.heard.clear()
    ours, theirs = speech(100, 150), speech(200, 150)
    far_one.say(ours)
    far_two.say(theirs)
    await asyncio.gather(far_two.hears_most(ours), far_one.hears_most(theirs), one.hears_most(ours),
                         two.hears_most(theirs))


def test_thirty_calls_at_once(tmp_path: Path) -> None:
    """All channels of a primary rate port, each with its own words; on a slow clock, for the emulated processor."""
    async def story(box: Box, far: Far) -> None:
        calls = [await dialled(box, far, f"leg{n}") for n in PRI_CHANNELS]
        assert {setup.channel for setup, _, _ in calls} == set(PRI_CHANNELS)
        box.do(do="dial", leg="too many", number="+" + FRIEND)
        assert (await box.next("ended", leg="too many"))["cause"] == Cause.NO_CHANNEL
        await asyncio.gather(*(talk(10 + n, 25, here, there) for n, (_, here, there) in enumerate(calls)))
        for n, (setup, _, _) in zip(PRI_CHANNELS, calls, strict=True):
            box.do(do="hangup", leg=f"leg{n}", cause=16)
            await far.next(reports.Ended, setup.call)

    on_kernel("pri", tmp_path, story, slower=10)


def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the names of those that are."""
    from appliance.lines.isdn.spansettings import SpanSettings

    async def story() -> None:
        box = Box(9, SpanSettings("ptp"), tmp_path)
        why = (await box.next("port", open=False))["why"]
        await box.close()
        assert "misdn:9" in why
        assert "misdn:0 (l1oip-s0.1)" in why

    asyncio.run(story())


def test_speech_is_never_what_l1oip_takes_for_silence() -> None:
    assert not {bytes((octet,)) * 160 for octet in (0xFF, 0x2A)} & set(speech(1, FRAMES_5_S))
