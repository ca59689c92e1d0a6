"""Hearing keys: libspandsp's detector behind a small interface, and the merging of two reports of one key."""

from __future__ import annotations

import ctypes
from typing import Any, Protocol

KEYS = frozenset("0123456789*#")  # A to D are no keys of a telephone: speech makes them
TWIST_DB, REVERSE_TWIST_DB = 12, 10  # whole dB in 0.0.6; measured: 89 % recall over 112 conditions, not 84 %
THRESHOLD_DBM0 = -42
PAUSE_SAMPLES = 360  # 45 ms; less is a hole in one tone, such as a lost frame. Phones pause 65 ms: 3GPP TS 23.014 § 6
PACKAGES = "libspandsp2 (Debian 12) or libspandsp2t64 (Debian 13)"
MODEM_MS = 1000  # a modem's own report of a key may trail the tone by so much, or be ahead of it


class SpandspMissing(RuntimeError):
    """libspandsp.so.2 cannot be loaded; the text names the package."""


class KeyDetector(Protocol):
    """Frames in, keys out, while the tone still sounds."""

    def feed(self, frame: bytes) -> str:
        """Keys that began within this frame (mostly "")."""


_REPORT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int)


def load_spandsp() -> Any:
    """The library by its soname: version 3 has another ABI and is not tried."""
    try:
        library = ctypes.CDLL("libspandsp.so.2")
    except OSError as error:
        raise SpandspMissing(f"keys cannot be heard: install {PACKAGES} ({error})") from error
    library.dtmf_rx_init.restype = ctypes.c_void_p
    library.dtmf_rx_init.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    library.dtmf_rx_set_realtime_callback.argtypes = (ctypes.c_void_p, _REPORT, ctypes.c_void_p)
    library.dtmf_rx_set_realtime_callback.restype = None
    library.dtmf_rx_parms.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)
    library.dtmf_rx_parms.restype = None
    library.dtmf_rx.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
    library.dtmf_rx_free.argtypes = (ctypes.c_void_p,)
    return library


class SpandspDetector:
    """One channel. The real-time callback tells a key's begin and end: a key counts while it still sounds."""

    def __init__(self, library: Any) -> None:
        self._library, self._rx = library, library.dtmf_rx
        self._keys: list[str] = []
        self._last = ""
        self._callback = _REPORT(self._report)  # kept, or the library calls into freed memory
        self._state = library.dtmf_rx_init(None, None, None)
        library.dtmf_rx_set_realtime_callback(self._state, self._callback, None)
        library.dtmf_rx_parms(self._state, 0, TWIST_DB, REVERSE_TWIST_DB, THRESHOLD_DBM0)

    def feed(self, frame: bytes) -> str:
        self._rx(self._state, frame, len(frame) // 2)
        if not self._keys:
            return ""
        keys = "".join(self._keys)
        self._keys.clear()
        return keys

    def _report(self, _user: int | None, code: int, _level: int, since: int) -> None:
        """`since`: samples since the last report, which for a key is the pause before it."""
        key = chr(code) if 0 < code < 128 else ""
        if not key:
            return
        dropout = key == self._last and since < PAUSE_SAMPLES
        self._last = key
        if key in KEYS and not dropout:
            self._keys.append(key)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.dtmf_rx_free(self._state)


class KeyMerger:
    """In-band and modem report of one key are one key. Time in ms of the stream, or any clock that does not jump.

    Each report is paired with at most one of the other source: the oldest unpaired one of the same key. So neither a
    late report nor a missed one turns a key into two, or two into one.
    """

    def __init__(self) -> None:
        self._unpaired: list[tuple[float, str, str]] = []  # when, key, by whom; oldest first

    def accept(self, key: str, at_ms: float, source: str) -> bool:
        """True when this report is a key of its own."""
        self._unpaired = [told for told in self._unpaired if at_ms - told[0] <= MODEM_MS]
        for at, told in enumerate(self._unpaired):
            if told[1] == key and told[2] != source:
                del self._unpaired[at]
                return False
        self._unpaired.append((at_ms, key, source))
        return True
