"""Sound cards through the real libasound: cards made of files and fifos, by ALSA's own plugins. No hardware, and so
no kernel: what a USB card does with its clock is not seen here."""

from __future__ import annotations

import asyncio
import errno
import os
import select
from pathlib import Path

import pytest

from appliance.audio import alsa
from appliance.audio.alsa import AlsaError
from appliance.audio.alsadevice import AlsaDevice
from appliance.audio.client import KeyHeard, PortClosed, PortFailed, PortOpened
from appliance.audio.device import open_device
from appliance.audio.engine import detector_factory
from appliance.audio.frame import FRAME_OCTETS, SILENCE
from appliance.audio.tones import key_tone
from tests.audio.listening import heard
from tests.audio.test_engine_process import PATIENCE_S, Rig, readable, rig


def _has_library() -> bool:
    try:
        alsa.library()
    except AlsaError:
        return False
    return True


needs_library = pytest.mark.skipif(not _has_library(), reason="libasound is not installed")
CARD = """
pcm.{name} {{
    type asym
    playback.pcm {{ type file slave.pcm null file "{folder}/{name}.out" format raw }}
    capture.pcm {{ type file slave.pcm null file /dev/null infile "{folder}/{name}.in" format raw }}
}}
pcm.{name}-usb {{ type plug slave {{ pcm {name} rate 48000 channels 2 format S16_LE }} }}
"""


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cards one and two: what NAME.in holds is heard, what is played comes out of the fifo NAME.out."""
    names = ("one", "two")
    config = "</usr/share/alsa/alsa.conf>\n" + "".join(CARD.format(name=name, folder=tmp_path) for name in names)
    (tmp_path / "asound.conf").write_text(config)
    for name, keys in zip(names, ("159", "736"), strict=True):
        (tmp_path / f"{name}.in").write_bytes(SILENCE * 25 + b"".join(map(key_tone, keys)) + SILENCE * 500)
        os.mkfifo(tmp_path / f"{name}.out")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))
    return tmp_path


async def _keys_played(fifo: int, count: int) -> str:
    """What a listener at the card's loudspeaker hears."""
    detector, keys, rest = detector_factory()(), "", b""
    while len(keys) < count:
        await readable(fifo)
        rest += os.read(fifo, 65536)
        whole = len(rest) // FRAME_OCTETS * FRAME_OCTETS
        keys, rest = keys + heard(detector, rest[:whole]), rest[whole:]
    return keys


@needs_library
def test_two_cards_are_bridged_by_the_audio_process(cards: Path) -> None:
    async def story(box: Rig) -> None:
        fifos = [os.open(cards / f"{name}.out", os.O_RDONLY | os.O_NONBLOCK) for name in ("one", "two")]
        for name in ("one", "two"):
            box.audio.open(name, f"alsa:{name}")
            await box.told(PortOpened, name)
        box.audio.bridge("one", "two")
        played = await asyncio.gather(*(_keys_played(fifo, 3) for fifo in fifos))
        assert played == ["736", "159"]
        assert (await box.told(KeyHeard, "one")).key == "1"
        box.audio.close("one")
        assert (await box.told(PortClosed, "one")).statistics.refused == 0
        for fifo in fifos:
            os.close(fifo)

    async def whole() -> None:
        async with asyncio.timeout(PATIENCE_S), rig(cards) as made:
            await story(made)

    asyncio.run(whole())


@needs_library
def test_a_card_that_does_only_48_khz_stereo_is_converted(cards: Path) -> None:
    """By ALSA's plug, which a bare `hw:1` always goes through."""
    fifo = os.open(cards / "one.out", os.O_RDONLY | os.O_NONBLOCK)
    card = open_device("alsa:one-usb")
    for _ in range(12):  # a fifo holds 64 KiB
        select.select([card.fd], [], [])
        assert len(card.read()) % FRAME_OCTETS == 0
        assert card.write(b"\x10\x27" * 160) == FRAME_OCTETS
    card.close()
    played = b""
    while data := os.read(fifo, 65536):
        played += data
    os.close(fifo)
    assert len(played) >= 12 * FRAME_OCTETS * 12 * 0.9  # six times the rate, twice the channels
    assert played[-40:] == b"\x10\x27" * 20
    assert alsa.converted("hw:1") == "plughw:1"
    assert alsa.converted("hw:Android") == "plughw:Android"
    assert alsa.converted("default") == "default"


@needs_library
def test_some_silence_goes_before_a_voice(cards: Path) -> None:
    fifo = os.open(cards / "one.out", os.O_RDONLY | os.O_NONBLOCK)
    card = open_device("alsa:one")
    voice = b"\x10\x27" * 160
    assert card.write(voice) == FRAME_OCTETS
    card.close()
    assert os.read(fifo, 65536) == SILENCE * alsa.PREFILL + voice
    os.close(fifo)


class Scripted(alsa.Pcm):
    """A playback whose card answers as told."""

    def __init__(self, *answers: int) -> None:
        super().__init__("null", alsa.PLAYBACK)
        self.answers, self.put, self.recovered = list(answers), list[bytes](), list[int]()

    def _put(self, frame: bytes) -> int:
        self.put.append(frame)
        return self.answers.pop(0)

    def _recover(self, code: int) -> None:
        self.recovered.append(code)


@needs_library
def test_a_card_that_ran_dry_is_started_again_with_silence_first() -> None:
    card, voice = Scripted(160, 160, 160, -errno.EPIPE, 160, 160, 160), b"\x01\x00" * 160
    assert card.write(voice) == 160
    assert card.write(voice) == 160
    assert card.recovered == [-errno.EPIPE]
    assert card.put == [SILENCE, SILENCE, voice, voice, SILENCE, SILENCE, voice]


@needs_library
def test_a_full_card_refuses_and_goes_on() -> None:
    card = Scripted(160, 160, 160, -errno.EAGAIN, 160)
    assert [card.write(b"\x01\x00" * 160) for _ in range(3)] == [160, 0, 160]
    assert not card.recovered


@needs_library
@pytest.mark.parametrize(("source", "said"), [
    ("alsa:hw:7", "there is no such sound card; `aplay -l` lists those there are"),
    ("alsa:nobody", "there is no such sound card"),
    ("alsa:", "there is no such sound card"),
])
def test_a_card_that_is_not_there(source: str, said: str) -> None:
    with pytest.raises(OSError, match=said):
        open_device(source)


@needs_library
def test_the_line_is_told_why(tmp_path: Path) -> None:
    async def whole() -> PortFailed:
        async with asyncio.timeout(PATIENCE_S), rig(tmp_path) as box:
            box.audio.open("a", "alsa:hw:7")
            return await box.told(PortFailed, "a")

    assert asyncio.run(whole()).why.startswith("alsa:hw:7: there is no such sound card")


def test_without_the_library_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", missing)
    alsa.library.cache_clear()
    try:
        with pytest.raises(AlsaError, match="apt install libasound2 "):
            AlsaDevice("hw:1")
    finally:
        alsa.library.cache_clear()


@pytest.mark.parametrize(("code", "remedy"), [
    (errno.EBUSY, "another program"), (errno.EACCES, "group audio"), (errno.ENODEV, "plug it in"),
    (errno.EINVAL, "8 kHz"),
])
def test_every_refusal_has_a_remedy(code: int, remedy: str) -> None:
    assert remedy in alsa.explain(-code)
