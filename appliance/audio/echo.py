"""The echo canceller of a leg whose far side is a hybrid: an analog telephone behind the network gives back part of
what it hears. libspeexdsp's, by ctypes.

What the card has played is known without a clock: it plays as much as it gives. So each frame that comes is set beside
the oldest that was sent and not yet set beside one; what then is left of the delay is the network's, and the tail's.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

from appliance.audio.frame import FRAME_OCTETS, FRAME_SAMPLES, RATE, SILENCE
from appliance.audio.speexdsp import SpeexMissing, speexdsp

TAIL = 1024  # samples: 128 ms. 512 fail at 90 ms, and save 3 us a frame (measured)
WAITING = 2 * FRAME_OCTETS  # octets sent and not yet played: as much as a card's process holds
SET_RATE = 24  # SPEEX_ECHO_SET_SAMPLING_RATE; speex_echo.h

MakeCanceller = Callable[[], "EchoCanceller | None"]


def _library() -> Any:
    library = speexdsp()
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.speex_echo_state_init.restype = pointer
    library.speex_echo_state_init.argtypes = (number, number)
    library.speex_echo_state_destroy.argtypes = (pointer,)
    library.speex_echo_ctl.argtypes = (pointer, number, pointer)
    library.speex_echo_cancellation.argtypes = (pointer, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
    return library


class EchoCanceller:
    """One leg's. SpeexMissing without the library."""

    def __init__(self, tail: int = TAIL) -> None:
        """`tail`: samples of delay, network's and hybrid's together, in which an echo is found."""
        self._library = _library()
        self._state = self._library.speex_echo_state_init(FRAME_SAMPLES, tail)
        if not self._state:
            raise MemoryError("no room for an echo canceller")
        self._library.speex_echo_ctl(self._state, SET_RATE, ctypes.byref(ctypes.c_int(RATE)))
        self._cancel = self._library.speex_echo_cancellation
        self._sent = bytearray()
        self._clean = ctypes.create_string_buffer(FRAME_OCTETS)

    def sent(self, pcm: bytes) -> None:
        """To the far side. What is beyond all that a card holds was never played."""
        self._sent += pcm
        if (surplus := len(self._sent) - WAITING) > 0:
            del self._sent[:surplus]

    def clean(self, frame: bytes) -> bytes:
        """A frame that came, without the echo of what was sent."""
        if len(frame) != FRAME_OCTETS:
            return frame
        played = bytes(self._sent[:FRAME_OCTETS])
        del self._sent[:FRAME_OCTETS]
        self._cancel(self._state, frame, played + SILENCE[len(played) :], self._clean)
        return self._clean.raw

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.speex_echo_state_destroy(self._state)


def make_canceller() -> EchoCanceller | None:
    """None where the library is missing: the echo is heard then."""
    try:
        return EchoCanceller()
    except SpeexMissing as error:
        print(f"audio: echo is not cancelled: {error}", file=sys.stderr)
        return None
