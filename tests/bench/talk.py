"""Hours in which nobody keys: speech of many voices and languages, an operator's prompts, music; through the air.

Speech is espeak-ng's, of every voice it has, each with a text of its own; prompts are a real voice; music is chords of
ours and, where asterisk-moh-opsound-wav is installed, music on hold. What Debian gives everybody, so that everybody can
repeat the figure. It is no crowd of real people.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.audio.dtmf import load_spandsp
from appliance.audio.ear import TwoLooks
from appliance.audio.frame import FRAME_OCTETS, OCTETS_A_SECOND, RATE
from appliance.audio.prompts.resample import to_8_khz
from appliance.audio.tones import mix
from appliance.vocabulary.clock import seeded
from tests.bench.child import ROOT
from tests.bench.keyed import AIRS

PROMPTS, ON_HOLD = Path("/usr/share/asterisk/sounds"), Path("/usr/share/asterisk/moh")
MANNERS = ("", "+m1", "+m2", "+m4", "+m6", "+m8", "+f1", "+f3", "+f5", "+croak", "+whisper")
WORDS = 230  # of our licence and of numbers, read aloud as the voice reads its own language: about two minutes
LICENCE = ROOT / "LICENSE"
HEADER = 44
UNSEEN = 10  # the first of the texts with which nothing in `Dtmf` was chosen
NOTES = tuple(220.0 * 2 ** (step / 12) for step in range(37))  # Hz; three octaves, through those of the keys
SONG_S = 120.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Some minutes of one kind (`speech`, `prompts`, `music`), made from `what`, over one kind of air."""

    kind: str
    what: str
    air: str
    seed: int


@dataclass(frozen=True, slots=True)
class Heard:
    piece: Piece
    seconds: float
    keys: str


def voices() -> list[str]:
    """Every voice of espeak-ng, where it is installed."""
    if not shutil.which("espeak-ng"):
        return []
    told = subprocess.run(["espeak-ng", "--voices"], capture_output=True, text=True, check=True).stdout
    return [line.split()[1] for line in told.splitlines()[1:]]


def pieces(rounds: int, airs: Sequence[str]) -> list[Piece]:
    """Each round takes every voice once, over an air that changes. Once: the prompts and the music, over each air."""
    made = [Piece("speech", voice, airs[(at + turn) % len(airs)], turn)
            for turn in range(UNSEEN, UNSEEN + rounds) for at, voice in enumerate(voices())]
    return made + [Piece(kind, "", air, 0) for kind in ("prompts", "music") for air in airs]


def listen(piece: Piece) -> Heard:
    pcm = {"speech": speech, "prompts": prompts, "music": music}[piece.kind](piece)
    pcm += bytes(-len(pcm) % FRAME_OCTETS)
    air, detector = AIRS[piece.air](), TwoLooks(load_spandsp())
    frames = (pcm[at : at + FRAME_OCTETS] for at in range(0, len(pcm), FRAME_OCTETS))
    keys = "".join(detector.feed(air.pass_through(frame)) for frame in frames)
    return Heard(piece, len(pcm) / OCTETS_A_SECOND, keys)


def speech(piece: Piece) -> bytes:
    dice = seeded(sum(map(ord, piece.what)) + 1000 * piece.seed)
    text = LICENCE.read_text("utf-8").split()
    words = " ".join(dice.choice((dice.choice(text), dice.choice(text), str(dice.randrange(10 ** dice.randint(1, 5)))))
                     for _ in range(WORDS))
    made = subprocess.run(
        ["espeak-ng", "-v", piece.what + dice.choice(MANNERS), "-s", str(dice.randint(110, 230)),
         "-p", str(dice.randint(10, 95)), "--stdout", "--", words], capture_output=True, check=False).stdout
    if len(made) <= HEADER:
        return b""  # a voice whose language cannot be changed in that manner
    rate = int.from_bytes(made[24:28], "little")  # of the RIFF header
    return resampled(made[HEADER:], rate)


def resampled(pcm: bytes, rate: int) -> bytes:
    """By libspeexdsp, fifty times as fast as by our own."""
    try:
        speex = ctypes.CDLL("libspeexdsp.so.1")
    except OSError:
        return to_8_khz(pcm, rate)
    word = ctypes.c_uint32
    speex.speex_resampler_init.restype = ctypes.c_void_p
    state = ctypes.c_void_p(speex.speex_resampler_init(1, rate, RATE, 3, None))
    taken, made = word(len(pcm) // 2), word(len(pcm) // 2 * RATE // rate + 1)
    out = ctypes.create_string_buffer(2 * made.value)
    speex.speex_resampler_process_int(state, 0, pcm, ctypes.byref(taken), out, ctypes.byref(made))
    speex.speex_resampler_destroy(state)
    return out.raw[: 2 * made.value]


def prompts(_: Piece) -> bytes:
    """A real voice: every prompt of the operator, one after another."""
    return _files(PROMPTS)


def _files(folder: Path) -> bytes:
    return b"".join(_frames(path) for path in sorted(folder.rglob("*.wav")))


def _frames(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return bytes(file.readframes(file.getnframes()))


def music(piece: Piece) -> bytes:
    """Chords of one to four notes of some harmonics, of every length that keys have, and longer."""
    dice = seeded(17 + 31 * piece.seed + 101 * list(AIRS).index(piece.air))
    return b"".join(_chords(dice.randint(1, 2**30), SONG_S)) + _files(ON_HOLD)


def _chords(seed: int, seconds: float) -> Iterator[bytes]:
    dice, left = seeded(seed), seconds
    while left > 0:
        length = dice.choice((0.06, 0.1, 0.15, 0.25, 0.5, 1.0))
        notes = [dice.choice(NOTES) for _ in range(dice.randint(1, 4))]
        hertz = tuple(note * n for note in notes for n in range(1, dice.randint(2, 5)) if note * n < RATE / 2)
        yield mix(hertz, round(length * RATE), dice.uniform(-26.0, -16.0)) + bytes(dice.choice((0, 0, 320, 1600)))
        left -= length
