"""The prompt book: clips for messages, recorded where a voice fits, spoken by espeak-ng otherwise, else a tone.

Clips are made aside, the most needed first, and stay on the disk. What is not ready yet is a tone, and never a wait.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.audio.client import Say, Sound, Tone
from appliance.audio.frame import RATE
from appliance.audio.prompts.render import READABLE, SPEED_WPM
from appliance.audio.prompts.texts import ATTRIBUTION, RECORDED, TEXTS, TONES, pieces
from appliance.audio.prompts.workshop import Job, Workshop
from appliance.audio.sounds import Clip, Playable

RECORDED_AT = (Path("/usr/share/asterisk/sounds/en"), Path("/usr/share/asterisk/sounds/en_US_f_Allison"))
SPOKEN_CREDIT = "Spoken by espeak-ng (GPL-3.0-or-later), which is run and not part of Ringback."
FALLBACK = Tone("beep", 0.3)


class Source(StrEnum):
    RECORDED = "recorded"
    SPOKEN = "spoken"
    TONE = "tone"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message's sound comes from, and whom to name for it."""

    source: Source
    credit: str
    ready: bool


class PromptBook:
    """`cache`: a folder for the clips, made when missing."""

    def __init__(self, cache: Path, recorded_at: Sequence[Path] = RECORDED_AT, espeak: str = "espeak-ng") -> None:
        self._cache = cache
        self._speaks = shutil.which(espeak) is not None
        self._recorded = next((path for path in recorded_at if path.is_dir()), None)
        self._workshop = Workshop()
        cache.mkdir(parents=True, exist_ok=True)
        cache.chmod(0o755)  # the audio process may be another user's, and clips are no secret
        for left in cache.glob("*.tmp"):
            left.unlink(missing_ok=True)

    def playable(self, sounds: Sequence[Sound]) -> list[Playable]:
        """Tones as they are, messages as clips."""
        found: list[Playable] = []
        for sound in sounds:
            found.extend([sound] if isinstance(sound, Tone) else self._say(sound))
        return found

    def origin(self, say: Say) -> Origin:
        """What this message would be played from now."""
        if self._voices(say):
            return Origin(Source.RECORDED, ATTRIBUTION, True)
        jobs = self._jobs(say)
        if jobs and self._speaks:
            return Origin(Source.SPOKEN, SPOKEN_CREDIT, all(_there(job.path) for job in jobs))
        return Origin(Source.TONE, "", True)

    async def prepare(self, languages: Sequence[str]) -> None:
        """Makes what these languages lack, in the order in which calls need it."""
        if self._speaks:
            for message in TEXTS["en"]:
                for language in languages:
                    say = Say(message, language, (("digits", "0123456789"),))
                    for job in [] if self._voices(say) else self._jobs(say):
                        self._want(job, now=False)
        await self._workshop.done()

    def _say(self, say: Say) -> list[Playable]:
        if voices := self._voices(say):
            return voices
        jobs = self._jobs(say)
        missing = [job for job in jobs if not _there(job.path)]
        if jobs and not missing:
            return [Clip(str(job.path)) for job in jobs]
        for job in reversed(missing) if self._speaks else ():  # each goes to the front of the queue
            self._want(job, now=True)
        return [TONES.get(say.message, FALLBACK)]

    def _want(self, job: Job, *, now: bool) -> None:
        if not _there(job.path):
            job.path.unlink(missing_ok=True)  # an empty file is a power cut's
            self._workshop.want(job, now=now)

    def _jobs(self, say: Say) -> list[Job]:
        """The clips of a message, ready or not."""
        language = say.language if say.language in TEXTS else "en"
        words = pieces(say.message, language, dict(say.values).get("digits", ""))
        return [Job(language, piece, self._path(language, piece)) for piece in words]

    def _voices(self, say: Say) -> list[Playable]:
        names = RECORDED.get(say.language, {}).get(say.message)
        if not names or not self._recorded:
            return []
        digits = dict(say.values).get("digits", "")
        files: list[str] = []
        for name in names:
            files.extend([name.replace("{digits}", d) for d in digits if d in "0123456789"]
                         if "{digits}" in name else [name])
        clips = [self._recording(name) for name in files]
        return [Clip(str(clip)) for clip in clips if clip] if all(clips) else []

    def _recording(self, name: str) -> Path | None:
        """The recording as bare PCM, cut out of its WAV once."""
        path = self._cache / f"recorded-{name.replace('/', '-')}.pcm"
        if _there(path):
            return path
        assert self._recorded
        try:
            with wave.open(str(self._recorded / f"{name}.wav")) as source:
                if (source.getframerate(), source.getsampwidth(), source.getnchannels()) != (RATE, 2, 1):
                    return None
                pcm = source.readframes(source.getnframes())
            aside = path.with_suffix(f".{os.getpid()}.tmp")
            aside.write_bytes(pcm)
            aside.chmod(READABLE)
            aside.replace(path)
        except (OSError, wave.Error, EOFError):
            return None
        return path

    def _path(self, language: str, words: str) -> Path:
        name = hashlib.sha256(f"{language}|{words}|{SPEED_WPM}|2".encode()).hexdigest()[:24]
        return self._cache / f"spoken-{name}.pcm"


def _there(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
