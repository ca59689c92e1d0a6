"""A-law against the values that everybody else computes."""

from __future__ import annotations

import ctypes
import math
from array import array

from appliance.audio.dtmf import load_spandsp
from appliance.audio.frame import level_dbm0
from appliance.audio.g711 import alaw_of, pcm_of
from appliance.audio.tones import mix

EVERY_SAMPLE = array("h", range(-32768, 32768)).tobytes()
DECODE, ENCODE, ALAW = 0, 1, 0  # the last of spandsp's g711.h


def by_spandsp(mode: int, data: bytes, octets: int) -> bytes:
    library = load_spandsp()
    library.g711_init.restype = ctypes.c_void_p
    state = ctypes.c_void_p(library.g711_init(None, ALAW))
    assert state
    out = ctypes.create_string_buffer(octets)
    name = "g711_encode" if mode == ENCODE else "g711_decode"
    count = len(data) // 2 if mode == ENCODE else len(data)
    getattr(library, name)(state, out, data, count)
    return out.raw


def test_every_octet_is_decoded_as_spandsp_does() -> None:
    octets = bytes(range(256))
    assert pcm_of(octets) == by_spandsp(DECODE, octets, 512)


def test_every_sample_is_encoded_as_the_nearest_octet() -> None:
    ours = array("h", pcm_of(alaw_of(EVERY_SAMPLE)))
    theirs = array("h", pcm_of(by_spandsp(ENCODE, EVERY_SAMPLE, 65536)))
    assert sum(a != b for a, b in zip(ours, theirs, strict=True)) <= 256  # halves may be rounded either way
    for sample, heard in zip(range(-32768, 32768), ours, strict=True):
        assert abs(sample - heard) <= max(8, abs(sample) / 16)


def test_octets_survive_a_round_trip() -> None:
    octets = bytes(range(256))
    assert alaw_of(pcm_of(octets)) == octets


def test_a_tone_keeps_its_level() -> None:
    tone = mix((1000,), 8000, -10.0)
    assert math.isclose(level_dbm0(pcm_of(alaw_of(tone))), level_dbm0(tone), abs_tol=0.1)
