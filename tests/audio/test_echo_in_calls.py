"""A whole call to an analog telephone: how loud its echo comes back, with and without `echo_canceller`."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.audio.frame import OCTETS_A_SECOND, level_dbm0
from appliance.rehearsal.script import read_script
from appliance.rehearsal.steps import Play, perform
from appliance.rehearsal.world import World, play
from tests.audio.test_echo import SECONDS, voice

LOSS_DB, SAID_S = 14, 10
HEAD = "[[line]]\nname = 'gsm3'\necho_canceller = {}\n---\n"
TO_BERT = """Bert answers after 1 s
Anna misses a call to gsm1
Anna's phone rings
Anna answers
the box says enter_pin
Anna keys 4711#
the box says enter_number
Anna keys 03012345678#
the box notes both are connected"""


def return_loss(folder: Path, delay_ms: int, *, cancelled: bool) -> float:
    """dB between what Anna says and what comes back to her, in the last seconds of a call in which Bert listens."""
    script = read_script(HEAD.format(str(cancelled).lower()), "t")
    said, back = b"".join(voice(7, SAID_S * SECONDS)), b""

    async def story(world: World) -> None:
        nonlocal back
        await world.ready()
        steps = (f"Bert's phone echoes after {delay_ms / 1000} s, {LOSS_DB} dB softer", *TO_BERT.splitlines())
        for words in steps:
            await perform(Play(world), words)
        world.phones["Anna"].say(said)
        await world.phones["Anna"].said()
        back = bytes(world.phones["Anna"].recording[-3 * OCTETS_A_SECOND :])
        world.phones["Anna"].hang_up()
        await world.over()

    play(folder, script.settings, script.cast, story).journal.close()
    return level_dbm0(said[-3 * OCTETS_A_SECOND :]) - level_dbm0(back)


@pytest.mark.parametrize("delay_ms", [30, 180])
def test_without_it_the_echo_is_heard(delay_ms: int, tmp_path: Path) -> None:
    assert return_loss(tmp_path, delay_ms, cancelled=False) == pytest.approx(LOSS_DB, abs=1.0)


def test_a_near_echo_is_cancelled(tmp_path: Path) -> None:
    assert return_loss(tmp_path, 30, cancelled=True) > LOSS_DB + 12


def test_an_echo_beyond_the_tail_is_not(tmp_path: Path) -> None:
    """As the README says: the box does not reach so far."""
    assert return_loss(tmp_path, 180, cancelled=True) == pytest.approx(LOSS_DB, abs=3.0)
