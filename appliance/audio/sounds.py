"""What the audio process plays: tones of the country and clips from files of PCM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from appliance.audio.client import Tone
from appliance.audio.frame import FRAME_OCTETS
from appliance.audio.tones import tone_frames

MAX_CLIP_OCTETS = 16_000 * 60  # one minute; no prompt is longer


@dataclass(frozen=True, slots=True)
class Clip:
    """A file of bare PCM: 8 kHz, s16le, one channel."""

    path: str


Playable = Tone | Clip


def frames(sounds: Sequence[Playable], country: str) -> Iterator[bytes]:
    """The frames of the sounds, one after another. A clip that cannot be read is left out."""
    for sound in sounds:
        if isinstance(sound, Tone):
            yield from tone_frames(sound.name, country, sound.seconds)
        else:
            yield from _clip(sound.path)


def _clip(path: str) -> tuple[bytes, ...]:
    try:
        return _read(path)
    except (OSError, ValueError):
        return ()  # not kept: it may be there next time


@lru_cache(maxsize=64)
def _read(path: str) -> tuple[bytes, ...]:
    """The file as frames. It is small and was just written or is played often, so the disk seldom has to turn."""
    with Path(path).open("rb") as file:
        pcm = file.read(MAX_CLIP_OCTETS)
    pcm += bytes(-len(pcm) % FRAME_OCTETS)
    return tuple(pcm[at : at + FRAME_OCTETS] for at in range(0, len(pcm), FRAME_OCTETS))
