"""From one clock to another a little faster or slower: libspeexdsp's resampler, by ctypes."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from appliance.audio.frame import RATE
from appliance.audio.speexdsp import SpeexMissing, speexdsp

QUALITY = 3  # of 0 to 10: measured 7 us a frame, 24 samples (3 ms) of delay
WHOLE = 65_521  # parts of a ratio, 15 ppm each; prime, so that the library never shortens it; below 2^16, because its
# place times more than that overflows, and the ratio stays as it was


def _library() -> Any:
    library = speexdsp()
    word = ctypes.c_uint32
    library.speex_resampler_init.restype = ctypes.c_void_p
    library.speex_resampler_init.argtypes = (word, word, word, ctypes.c_int, ctypes.c_void_p)
    library.speex_resampler_destroy.argtypes = (ctypes.c_void_p,)
    library.speex_resampler_set_rate_frac.argtypes = (ctypes.c_void_p, word, word, word, word)
    library.speex_resampler_process_int.argtypes = (
        ctypes.c_void_p, word, ctypes.c_char_p, ctypes.POINTER(word), ctypes.c_char_p, ctypes.POINTER(word))
    return library


def maker() -> Callable[[], Resampler] | None:
    """Makes one for the clocks of two legs. None where the library is missing: then frames are dropped and repeated."""
    try:
        library = _library()
    except SpeexMissing as error:
        print(f"audio: drifting clocks cost frames: {error}", file=sys.stderr)
        return None
    return lambda: Resampler(library)


class Resampler:
    """One direction of one voice."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._state = library.speex_resampler_init(1, RATE, RATE, QUALITY, None)
        if not self._state:
            raise MemoryError("no room for a resampler")

    def squeeze(self, ppm: float) -> None:
        """From now on that much fewer samples come out than go in, to the next 15 ppm but never none."""
        parts = round(ppm * WHOLE / 1e6) or -1  # a ratio of one would be shortened
        if self._library.speex_resampler_set_rate_frac(self._state, WHOLE + parts, WHOLE, RATE, RATE):
            raise ValueError(f"libspeexdsp refuses {ppm:.0f} ppm")

    def feed(self, pcm: bytes) -> bytes:
        """All of it in; what comes out of it by now."""
        count = len(pcm) // 2
        room = count + count // 10 + 64
        out = ctypes.create_string_buffer(2 * room)
        taken, made = ctypes.c_uint32(count), ctypes.c_uint32(room)
        self._library.speex_resampler_process_int(self._state, 0, pcm, ctypes.byref(taken), out, ctypes.byref(made))
        return ctypes.string_at(out, 2 * made.value)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.speex_resampler_destroy(self._state)
