"""The prompt book: clips for messages, recorded where a voice fits, spoken by espeak-ng otherwise, else a tone.

Clips are made aside, before they are needed; what is not ready yet is a beep, and never a wait.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import wave
from collections.abc import Sequence
from pathlib import Path

from appliance.audio.client import Say, Sound, Tone
from appliance.audio.frame import RATE
from appliance.audio.prompts.resample import to_8_khz
from appliance.audio.prompts.texts import RECORDED, TEXTS, text
from appliance.audio.sounds import Clip, Playable

log = logging.getLogger("ringback.audio.prompts")

RECORDED_AT = ("/usr/share/asterisk/sounds/en", "/usr/share/asterisk/sounds/en_US_f_Allison")
SPEED_WPM = 150  # words a minute for espeak-ng; its default 175 is hard to follow on a telephone
FALLBACK = Tone("beep", 0.3)


class PromptBook:
    """`cache`: a folder for the clips, made when missing."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._espeak = shutil.which("espeak-ng")
        self._recorded = next((Path(p) for p in RECORDED_AT if Path(p).is_dir()), None)
        self._making: set[asyncio.Task[None]] = set()
        cache.mkdir(parents=True, exist_ok=True)

    def playable(self, sounds: Sequence[Sound]) -> list[Playable]:
        """Tones as they are, messages as clips."""
        found: list[Playable] = []
        for sound in sounds:
            found.extend([sound] if isinstance(sound, Tone) else self._say(sound))
        return found

    async def prepare(self, languages: Sequence[str]) -> None:
        """Makes the clips of every message of these languages that have no recorded voice, a few at a time."""
        for language in languages:
            for message in TEXTS.get(language, TEXTS["en"]):
                if message != "emergency" and not self._voices(Say(message, language)):
                    await self._speak(language, text(message, language, {}))

    def _say(self, say: Say) -> list[Playable]:
        if voices := self._voices(say):
            return voices
        words = text(say.message, say.language, dict(say.values))
        path = self._path(say.language, words)
        if path.exists():
            return [Clip(str(path))]
        if self._espeak and words:
            task = asyncio.ensure_future(self._speak(say.language, words))
            self._making.add(task)
            task.add_done_callback(self._making.discard)
        return [FALLBACK]

    def _voices(self, say: Say) -> list[Playable]:
        names = RECORDED.get(say.language, {}).get(say.message)
        if not names or not self._recorded:
            return []
        digits = dict(say.values).get("digits", "")
        files: list[str] = []
        for name in names:
            files.extend([name.replace("{digits}", d) for d in digits if d.isdigit()] if "{digits}" in name else [name])
        clips = [self._recording(name) for name in files]
        return [Clip(str(clip)) for clip in clips if clip] if all(clips) else []

    def _recording(self, name: str) -> Path | None:
        """The recording as bare PCM, cut out of its WAV once."""
        path = self._cache / f"recorded-{name.replace('/', '-')}.pcm"
        if path.exists():
            return path
        assert self._recorded
        try:
            with wave.open(str(self._recorded / f"{name}.wav")) as source:
                if (source.getframerate(), source.getsampwidth(), source.getnchannels()) != (RATE, 2, 1):
                    return None
                _write(path, source.readframes(source.getnframes()))
        except (OSError, wave.Error, EOFError):
            return None
        return path

    async def _speak(self, language: str, words: str) -> None:
        path = self._path(language, words)
        if path.exists() or not self._espeak or not words:
            return
        process = await asyncio.create_subprocess_exec(
            self._espeak, "-v", language, "-s", str(SPEED_WPM), "--stdout", "--", words,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )
        sound, _ = await process.communicate()
        if process.returncode == 0 and len(sound) > 44:
            rate = int.from_bytes(sound[24:28], "little")  # RIFF header: sample rate
            _write(path, await asyncio.to_thread(to_8_khz, sound[44:], rate))
        else:
            log.warning("espeak-ng could not say %r in %s", words[:40], language)

    def _path(self, language: str, words: str) -> Path:
        name = hashlib.sha256(f"{language}|{words}|{SPEED_WPM}".encode()).hexdigest()[:24]
        return self._cache / f"spoken-{name}.pcm"


def _write(path: Path, pcm: bytes) -> None:
    """Whole or not at all: the audio process may look at any moment."""
    aside = path.with_suffix(".tmp")
    aside.write_bytes(pcm)
    aside.replace(path)
