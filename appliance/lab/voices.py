"""Voices for handsets: espeak-ng where installed, else a hum with the rhythm of speech, different for each speaker."""

from __future__ import annotations

import asyncio
import shutil
from array import array

from appliance.audio.frame import FRAME_SAMPLES
from appliance.audio.prompts.resample import to_8_khz
from appliance.audio.tones import mix
from appliance.vocabulary.clock import seeded

ACCENTS = {"Anna": "en-us+f3", "Bert": "en-gb+m3"}


async def voice(words: str, speaker: str) -> bytes:
    """The words as PCM, 8 kHz."""
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        return hum(words, speaker)
    process = await asyncio.create_subprocess_exec(
        espeak, "-v", ACCENTS.get(speaker, "en"), "-s", "150", "--stdout", "--", words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL)
    sound, _ = await process.communicate()
    if process.returncode or len(sound) <= 44:
        return hum(words, speaker)
    return await asyncio.to_thread(to_8_khz, sound[44:], int.from_bytes(sound[24:28], "little"))

_AIR = seeded(20)
ROOM = array("h", (_AIR.randint(-15, 15) for _ in range(FRAME_SAMPLES))).tobytes()  # -65 dBm0: no microphone is silent


def greeting(speaker: str) -> bytes:
    """What a voicemail says: a hum and a beep. It needs no process, so it can begin in the moment it answers."""
    return hum("please leave a message", speaker) + mix((1000.0,), 3200, -14.0)


def hum(words: str, speaker: str) -> bytes:
    """Syllables of two formants: no speech, but as distinct as two voices."""
    dice = seeded(sum(map(ord, speaker + words)))
    pcm = b""
    for _ in range(max(8, len(words) // 2)):
        pitch, length = dice.uniform(180, 400), dice.randint(700, 1600)
        pcm += mix((pitch, pitch * 3.1), length, -14.0) + bytes(2 * dice.randint(300, 1200))
    return pcm
