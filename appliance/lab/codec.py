"""What the air does to a voice: the reference codecs, by ctypes."""

from __future__ import annotations

import ctypes
from typing import Any, Protocol

AMR_12_2 = 7  # index of the 12.2 kbit/s mode; 3GPP TS 26.101 table 1a


class CodecMissing(RuntimeError):
    """The codec's library is not installed; the text names the Debian package."""


class Codec(Protocol):
    """One direction of one call: a 20 ms frame of PCM in, what the far side hears out."""

    def pass_through(self, frame: bytes) -> bytes: ...


class Transparent:
    def pass_through(self, frame: bytes) -> bytes:
        return frame


def _load(soname: str, package: str) -> Any:
    try:
        return ctypes.CDLL(soname)
    except OSError as error:
        raise CodecMissing(f"{soname} is missing; install the Debian package {package}") from error


class FullRate:
    """GSM 06.10 full rate, 13 kbit/s, by libgsm."""

    def __init__(self) -> None:
        self._gsm = _load("libgsm.so.1", "libgsm1")
        self._gsm.gsm_create.restype = ctypes.c_void_p
        for name in ("gsm_encode", "gsm_decode"):
            getattr(self._gsm, name).argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
        self._gsm.gsm_destroy.argtypes = (ctypes.c_void_p,)
        self._states = [self._gsm.gsm_create(), self._gsm.gsm_create()]

    def pass_through(self, frame: bytes) -> bytes:
        coded, heard = ctypes.create_string_buffer(33), ctypes.create_string_buffer(320)
        self._gsm.gsm_encode(self._states[0], frame, coded)
        self._gsm.gsm_decode(self._states[1], coded.raw, heard)
        return heard.raw

    def __del__(self) -> None:
        for state in getattr(self, "_states", ()):
            self._gsm.gsm_destroy(state)


class Amr:
    """AMR narrow band by opencore-amrnb; 12.2 kbit/s is GSM's enhanced full rate."""

    def __init__(self, mode: int = AMR_12_2) -> None:
        self._amr, self._mode = _load("libopencore-amrnb.so.0", "libopencore-amrnb0"), mode
        for name in ("Encoder_Interface_init", "Decoder_Interface_init"):
            getattr(self._amr, name).restype = ctypes.c_void_p
        self._encoder = ctypes.c_void_p(self._amr.Encoder_Interface_init(0))
        self._decoder = ctypes.c_void_p(self._amr.Decoder_Interface_init())

    def pass_through(self, frame: bytes) -> bytes:
        coded, heard = ctypes.create_string_buffer(64), ctypes.create_string_buffer(320)
        self._amr.Encoder_Interface_Encode(self._encoder, self._mode, frame, coded, 0)
        self._amr.Decoder_Interface_Decode(self._decoder, coded, heard, 0)
        return heard.raw

    def __del__(self) -> None:
        if hasattr(self, "_decoder"):
            self._amr.Encoder_Interface_exit(self._encoder)
            self._amr.Decoder_Interface_exit(self._decoder)


def air(name: str) -> Codec:
    """`amr`, `fullrate` or `none`."""
    kinds: dict[str, type[Codec]] = {"amr": Amr, "fullrate": FullRate, "none": Transparent}
    return kinds[name]()
