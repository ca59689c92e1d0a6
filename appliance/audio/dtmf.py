"""Hearing keys: libspandsp's detector behind a small interface, and the merging of two reports of one key."""

from __future__ import annotations

import ctypes
from typing import Any, Protocol

KEYS = frozenset("0123456789*#")  # A to D are no keys of a telephone: speech makes them
TWIST_DB, REVERSE_TWIST_DB = 12, 10  # whole dB in 0.0.6; measured: 89 % recall over 112 conditions, not 84 %
THRESHOLD_DBM0 = -42
PACKAGES = "libspandsp2 (Debian 12) or libspandsp2t64 (Debian 13)"
REPEAT_MS = 200  # the same key again not before, unless its end was heard
MODEM_MS = 600  # a modem's own report of a key may trail the tone by so much


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
        self._library = library
        self._keys: list[str] = []
        self._callback = _REPORT(self._report)  # kept, or the library calls into freed memory
        self._state = library.dtmf_rx_init(None, None, None)
        library.dtmf_rx_set_realtime_callback(self._state, self._callback, None)
        library.dtmf_rx_parms(self._state, 0, TWIST_DB, REVERSE_TWIST_DB, THRESHOLD_DBM0)

    def feed(self, frame: bytes) -> str:
        self._library.dtmf_rx(self._state, frame, len(frame) // 2)
        if not self._keys:
            return ""
        keys = "".join(self._keys)
        self._keys.clear()
        return keys

    def _report(self, _user: int | None, code: int, _level: int, _delay: int) -> None:
        key = chr(code) if 0 < code < 128 else ""
        if key in KEYS:
            self._keys.append(key)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.dtmf_rx_free(self._state)


class KeyMerger:
    """In-band and modem report of one key are one key. Time in ms of the stream, or any clock that does not jump."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[float, str]] = {}  # key -> when, by whom

    def accept(self, key: str, at_ms: float, source: str) -> bool:
        """True when this report is a key of its own."""
        before = self._heard.get(key)
        self._heard[key] = (at_ms, source)
        if before is None:
            return True
        apart = at_ms - before[0]
        if source != before[1]:
            # The other source told the same key. Keep its claim, so that a third report is judged against it too.
            if apart <= MODEM_MS:
                self._heard[key] = (before[0], before[1])
                return False
            return True
        return apart > REPEAT_MS or source == "in-band"
