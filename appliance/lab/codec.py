"""What the air does to a voice: the reference codecs, by ctypes."""

from __future__ import annotations

import ctypes
from array import array
from typing import Any, Protocol

AMR_4_75, AMR_5_15, AMR_5_9, AMR_7_95, AMR_12_2 = 0, 1, 2, 5, 7  # modes in kbit/s; 3GPP TS 26.101 table 1a
NO_DATA = bytes((15 << 3,))  # a frame that never came; 3GPP TS 26.101 table 1a
MUTED_BY = 4  # frames lost in a row after which full rate is silent; 3GPP TS 46.011 § 4 asks for 16 at most


class CodecMissing(RuntimeError):
    """The codec's library is not installed; the text names the Debian package."""


class Codec(Protocol):
    """One direction of one call: a 20 ms frame of PCM in, what the far side hears out."""

    def pass_through(self, frame: bytes) -> bytes: ...

    def lose(self, frame: bytes) -> bytes:
        """The air lost this one: what the far side makes of nothing."""


class Transparent:
    def pass_through(self, frame: bytes) -> bytes:
        return frame

    def lose(self, frame: bytes) -> bytes:
        return bytes(len(frame))


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
        self._last, self._lost = bytes(320), 0

    def pass_through(self, frame: bytes) -> bytes:
        coded, heard = ctypes.create_string_buffer(33), ctypes.create_string_buffer(320)
        self._gsm.gsm_encode(self._states[0], frame, coded)
        self._gsm.gsm_decode(self._states[1], coded.raw, heard)
        self._last, self._lost = heard.raw, 0
        return heard.raw

    def lose(self, frame: bytes) -> bytes:
        """The last one again, fading; 3GPP TS 46.011 § 6."""
        self._gsm.gsm_encode(self._states[0], frame, ctypes.create_string_buffer(33))
        gain = max(0.0, 1 - self._lost / MUTED_BY)
        self._lost += 1
        return array("h", (int(value * gain) for value in memoryview(self._last).cast("h"))).tobytes()

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
        return self._decoded(self._coded(frame))

    def lose(self, frame: bytes) -> bytes:
        """The decoder's own concealment."""
        self._coded(frame)
        return self._decoded(NO_DATA)

    def _coded(self, frame: bytes) -> bytes:
        coded = ctypes.create_string_buffer(64)
        spoken = ctypes.create_string_buffer(frame, len(frame))  # the encoder filters it where it stands
        self._amr.Encoder_Interface_Encode(self._encoder, self._mode, spoken, coded, 0)
        return coded.raw

    def _decoded(self, coded: bytes) -> bytes:
        heard = ctypes.create_string_buffer(320)
        self._amr.Decoder_Interface_Decode(self._decoder, coded.ljust(64, b"\0"), heard, 0)
        return heard.raw

    def __del__(self) -> None:
        if hasattr(self, "_decoder"):
            self._amr.Encoder_Interface_exit(self._encoder)
            self._amr.Decoder_Interface_exit(self._decoder)


def air(name: str) -> Codec:
    """`amr`, `fullrate` or `none`."""
    kinds: dict[str, type[Codec]] = {"amr": Amr, "fullrate": FullRate, "none": Transparent}
    return kinds[name]()
