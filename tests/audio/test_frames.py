"""Frames: cut from any pieces, measured in dBm0; concealment; a device that takes half a frame."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as some

from appliance.audio.device import DeviceGone, FdDevice, open_device
from appliance.audio.frame import FRAME_OCTETS, SILENCE, FrameCutter, Loudness, level_dbm0
from appliance.audio.plc import Concealer
from appliance.audio.tones import mix


@given(some.lists(some.binary(max_size=1000)))
def test_cut_frames_are_the_octets_that_came(pieces: list[bytes]) -> None:
    cutter = FrameCutter()
    made = [frame for piece in pieces for frame in cutter.feed(piece)]
    assert {len(frame) for frame in made} <= {FRAME_OCTETS}
    whole = b"".join(pieces)
    assert b"".join(made) == whole[: len(whole) // FRAME_OCTETS * FRAME_OCTETS]


@pytest.mark.parametrize("level", [-3.0, -10.0, -20.0, -40.0])
def test_a_sine_has_its_level(level: float) -> None:
    assert level_dbm0(mix((1000.0,), 8000, level)) == pytest.approx(level, abs=0.1)


def test_silence_has_no_level() -> None:
    assert level_dbm0(SILENCE) == level_dbm0(b"") == -99.0


def test_the_level_of_a_stream_is_that_of_what_sounded() -> None:
    loudness, sine = Loudness(), mix((1000.0,), 160, -15.0)
    for n in range(20):
        loudness.add(sine if n % 4 < 2 else SILENCE)
    assert loudness.dbm0 == pytest.approx(-15.0, abs=0.2)
    assert Loudness().dbm0 == -99.0


def test_concealment_fades_to_silence_and_starts_afresh() -> None:
    concealer, sine = Concealer(), mix((500.0,), 160, -10.0)
    concealer.good(sine)
    levels = [level_dbm0(concealer.conceal()) for _ in range(4)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] < -10.5
    assert levels[-1] == -99.0
    concealer.good(sine)
    assert level_dbm0(concealer.conceal()) == pytest.approx(levels[0])


def test_a_frame_that_was_taken_in_part_is_finished_before_the_next() -> None:
    """Otherwise every sample after it is torn in two, and the rest of the call is noise."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    device = FdDevice(ours.detach())
    sent, got = b"", b""
    for n in range(4000):
        frame = bytes([n % 251]) * FRAME_OCTETS
        sent += frame if device.write(frame) else b""
        if n % 3:
            got += theirs.recv(317)  # odd
    while len(got) < len(sent):
        try:
            got += theirs.recv(65536)
        except BlockingIOError:
            sent += b"\0" * (FRAME_OCTETS if device.write(SILENCE) else 0)
        if len(sent) - len(got) < FRAME_OCTETS:
            break
    assert got == sent[: len(got)]
    assert len(got) > 300_000
    device.close()
    theirs.close()


def test_the_end_of_a_device_is_told() -> None:
    ours, theirs = socket.socketpair()
    device = FdDevice(ours.detach())
    theirs.close()
    with pytest.raises(DeviceGone):
        device.read()
    assert device.write(SILENCE) == 0
    device.close()


@pytest.mark.parametrize("source", ["/nowhere/at/all", "/dev/null", "socket:/nowhere", "with\0zero", __file__])
def test_what_is_no_audio_port_is_refused_with_a_reason(source: str) -> None:
    with pytest.raises(OSError, match=r"\w"):
        open_device(source)


def test_a_port_is_opened_by_one_only() -> None:
    ours, theirs = os.openpty()
    one = open_device(os.ttyname(theirs))
    with pytest.raises(OSError, match="another program has it"):
        open_device(os.ttyname(theirs))
    one.close()
    open_device(os.ttyname(theirs)).close()
    os.close(ours)
    os.close(theirs)
