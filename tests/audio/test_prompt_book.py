"""The prompt book: what is needed first is made first, kept whole on the disk, and never waited for."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from appliance.audio.client import Say, Tone
from appliance.audio.frame import RATE, level_dbm0
from appliance.audio.prompts.book import RECORDED_AT, PromptBook, Source
from appliance.audio.prompts.render import keep, render, speak, trimmed
from appliance.audio.prompts.resample import to_8_khz
from appliance.audio.prompts.texts import TEXTS, pieces
from appliance.audio.prompts.workshop import Job, Workshop
from appliance.audio.sounds import Clip, frames
from appliance.audio.tones import mix

NEEDS_ESPEAK = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
PIN = Say("enter_pin", "de")


def book(folder: Path, *, voices: bool = False, espeak: str = "espeak-ng") -> PromptBook:
    return PromptBook(folder / "prompts", RECORDED_AT if voices else (), espeak)


def written(folder: Path) -> list[Path]:
    """Clips in the order in which they were made."""
    return sorted((folder / "prompts").glob("*.pcm"), key=lambda path: path.stat().st_mtime_ns)


@NEEDS_ESPEAK
def test_a_prompt_is_a_tone_until_it_is_spoken_and_a_clip_from_then_on(tmp_path: Path) -> None:
    async def story() -> None:
        made = book(tmp_path)
        assert not made.origin(PIN).ready
        assert made.playable([PIN]) == [Tone("beep", 0.3)]
        await made.prepare([])  # nothing else to do than what was just asked for
        clip = made.playable([PIN])[0]
        assert isinstance(clip, Clip)
        assert len(list(frames([clip], "DE"))) > 50
        assert made.origin(PIN).ready

    asyncio.run(story())


@NEEDS_ESPEAK
def test_a_second_start_has_them_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        await book(tmp_path).prepare(["de"])

    asyncio.run(story())
    later = book(tmp_path, espeak="no-such-program")
    for message in TEXTS["de"]:
        playable = later.playable([Say(message, "de", (("digits", "112"),))])
        assert all(isinstance(sound, Clip) for sound in playable), message


@NEEDS_ESPEAK
def test_what_somebody_waits_for_goes_before_everything_else(tmp_path: Path) -> None:
    async def story() -> None:
        made = book(tmp_path)
        preparing = asyncio.create_task(made.prepare(["de"]))
        while not written(tmp_path):
            await asyncio.wait((preparing,), timeout=0.01)
        made.playable([Say("goodbye", "de")])
        while not made.origin(Say("goodbye", "de")).ready:
            await asyncio.wait((preparing,), timeout=0.01)
        assert not preparing.done()
        assert len(written(tmp_path)) <= 4
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)

    asyncio.run(story())


@NEEDS_ESPEAK
def test_the_first_question_of_a_call_is_made_first(tmp_path: Path) -> None:
    async def story() -> None:
        made = book(tmp_path)
        preparing = asyncio.create_task(made.prepare(["en", "de"]))
        while len(written(tmp_path)) < 2:
            await asyncio.wait((preparing,), timeout=0.01)
        assert made.origin(Say("press_1", "en")).ready
        assert made.origin(Say("press_1", "de")).ready
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)

    asyncio.run(story())


def test_without_any_voice_messages_are_the_networks_tones(tmp_path: Path) -> None:
    made = book(tmp_path, espeak="no-such-program")
    assert made.playable([Say("busy", "de")]) == [Tone("busy", 2.0)]
    assert made.playable([Say("enter_number", "de"), Tone("beep", 0.1)]) == [Tone("dial", 1.0), Tone("beep", 0.1)]
    assert made.playable([Say("not_a_number", "en")]) == [Tone("error", 1.0)]
    assert made.playable([Say("no such message", "en")]) == [Tone("beep", 0.3)]
    assert made.origin(Say("busy", "de")).source is Source.TONE
    asyncio.run(made.prepare(["de"]))


def test_every_clip_names_its_source(tmp_path: Path) -> None:
    made = book(tmp_path, voices=True)
    origin = made.origin(Say("goodbye", "en"))
    if origin.source is not Source.RECORDED:
        pytest.skip("asterisk-core-sounds-en-wav is not installed")
    assert "Allison Smith" in origin.credit
    assert "CC-BY-SA" in origin.credit
    assert origin.ready
    clip = made.playable([Say("goodbye", "en")])[0]
    assert isinstance(clip, Clip)
    assert Path(clip.path).stat().st_size > RATE


@NEEDS_ESPEAK
def test_spoken_clips_name_espeak(tmp_path: Path) -> None:
    assert "espeak-ng" in book(tmp_path).origin(PIN).credit


def test_what_a_power_cut_left_is_not_played(tmp_path: Path) -> None:
    """An empty file is a name without data; a file aside was never finished."""
    async def story() -> None:
        made = book(tmp_path)
        assert made.playable([PIN]) == [Tone("beep", 0.3)]
        await made.prepare([])
        for clip in written(tmp_path):
            clip.write_bytes(b"")
            clip.with_suffix(".1.tmp").write_bytes(b"half")
        again = book(tmp_path)
        assert again.playable([PIN]) == [Tone("beep", 0.3)]
        assert not list((tmp_path / "prompts").glob("*.tmp"))
        await again.prepare([])
        assert again.origin(PIN).ready or shutil.which("espeak-ng") is None

    asyncio.run(story())


def test_a_language_nobody_translated_is_spoken_in_english(tmp_path: Path) -> None:
    assert pieces("goodbye", "fr", "") == ["Goodbye."]


def test_digits_are_clips_of_their_own() -> None:
    words = pieces("emergency", "en", "112")
    assert words[1:] == ["1", "1", "2"]
    assert "{" not in words[0]
    assert pieces("number_is", "de", "+49 30") == ["4", "9", "3", "0"]
    assert pieces("no such message", "en", "") == []


def test_every_language_says_every_message() -> None:
    assert {tuple(texts) for texts in TEXTS.values()} == {tuple(TEXTS["en"])}


@NEEDS_ESPEAK
def test_a_job_that_cannot_be_done_is_told_and_does_not_stop_the_others(tmp_path: Path) -> None:
    async def story() -> None:
        workshop = Workshop()
        workshop.want(Job("en", "", tmp_path / "a.pcm"), now=False)
        workshop.want(Job("en", "hello", tmp_path / "b.pcm"), now=False)
        await workshop.done()
        assert (tmp_path / "b.pcm").stat().st_size > 0
        assert not (tmp_path / "a.pcm").exists()

    asyncio.run(story())


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"path": 3}', '{"path": "/x", "language": "en", "words": ""}'])
def test_a_bad_job_is_answered_empty(line: str) -> None:
    assert render(line) == ""


def test_a_clip_is_kept_whole(tmp_path: Path) -> None:
    keep(tmp_path / "x.pcm", b"12")
    assert (tmp_path / "x.pcm").read_bytes() == b"12"
    assert len(list(tmp_path.iterdir())) == 1


@NEEDS_ESPEAK
def test_spoken_words_are_loud_enough_for_a_telephone() -> None:
    assert -30 < level_dbm0(speak("de", "Bitte geben Sie Ihre PIN ein.")) < -6


def test_silence_around_a_clip_is_cut() -> None:
    tone = mix((500.0,), 800, -10.0)
    kept = len(tone) + 2 * (RATE // 50 + RATE // 8)
    assert len(trimmed(bytes(8000) + tone + bytes(8000))) == pytest.approx(kept, abs=8)
    assert trimmed(bytes(100)) == b""


def test_resampling_keeps_the_voice_and_drops_what_would_fold() -> None:
    wide = mix_at(22050, 1000.0) + mix_at(22050, 6000.0)
    half = len(wide) // 2
    assert level_dbm0(to_8_khz(wide[:half], 22050)) == pytest.approx(-10.0, abs=0.5)
    assert level_dbm0(to_8_khz(wide[half:], 22050)[200:-200]) < -45


def mix_at(rate: int, hertz: float) -> bytes:
    """A second of a sine at another rate."""
    return mix((hertz * RATE / rate,), rate, -10.0)


def test_clips_are_readable_for_another_user_s_audio_process(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        PromptBook(tmp_path / "prompts")
        keep(tmp_path / "prompts" / "clip.pcm", b"\0\0")
    finally:
        os.umask(before)
    assert (tmp_path / "prompts").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "prompts" / "clip.pcm").stat().st_mode & 0o777 == 0o644
