"""Hearing keys: libspandsp's detector behind a small interface, and the merging of two reports of one key."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Protocol

KEYS = frozenset("0123456789*#")  # A to D are no keys of a telephone: speech makes them
PACKAGES = "libspandsp2 (Debian 12) or libspandsp2t64 (Debian 13)"
MODEM_MS = 1000  # a modem's own report of a key may trail the tone by so much, or be ahead of it


@dataclass(frozen=True, slots=True)
class Dtmf:
    """What is a key, for spandsp's detector and for the second look beside it (`pairs.py`, `ear.py`)."""

    twist_db: int = 12  # row over column; whole dB in 0.0.6; measured: 89 % recall over 112 conditions, not 84 %
    reverse_twist_db: int = 10
    threshold_dbm0: int = -42  # each tone
    pause_samples: int = 360  # 45 ms; less is a hole in one tone. Phones pause 65 ms: 3GPP TS 23.014 § 6
    least_peak: int = 150  # of 32768, about -44 dBm0: what is softer gets no second look
    stands_out_db: float = 5.0  # each tone over the second-best of its group, in each look
    least_share: float = 0.5  # of all power that is the two tones', in each look
    beside: float = 0.032  # of a tone's frequency: no more may be there; keys 0.015 off are heard, as Q.24 asks
    beside_db: float = 1.0  # more, at least
    run: int = 3  # looks in a row that find one key, 10 ms apart and 30 ms long: 50 ms of tone
    clear_db: float = 24.0  # by which both tones together stand out, in the mean of a run
    share: float = 0.8  # of all power that is the two tones', in the mean of a run; with 0.7 one voice had eleven keys
    released_db: float = 20.0  # below the most they had, the tones are gone; a lost frame of AMR leaves 11 to 19
    released_looks: int = 3  # so many looks; a lost frame makes at most two
    drowned_looks: int = 8  # in which something else is louder than the tones, as when speech follows a key at once


DTMF = Dtmf()  # what the box uses, and what every test and figure is made with


class SpandspMissing(RuntimeError):
    """libspandsp.so.2 cannot be loaded; the text names the package."""


class KeyDetector(Protocol):
    """Frames in, keys out, while the tone still sounds."""

    def feed(self, frame: bytes) -> str:
        """Keys that began within this frame (mostly "")."""

    def suspects(self, frame: bytes) -> bool:
        """Of the frame fed last: a tone sounds, or one may have begun that is not yet told."""


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
    library.dtmf_rx_status.argtypes = (ctypes.c_void_p,)
    library.dtmf_rx_free.argtypes = (ctypes.c_void_p,)
    return library


class SpandspDetector:
    """One channel. The real-time callback tells a key's begin and end: a key counts while it still sounds."""

    def __init__(self, library: Any, dtmf: Dtmf = DTMF) -> None:
        self._library, self._rx, self._pause = library, library.dtmf_rx, dtmf.pause_samples
        self._keys: list[str] = []
        self._last = ""
        self._callback = _REPORT(self._report)  # kept, or the library calls into freed memory
        self._state = library.dtmf_rx_init(None, None, None)
        library.dtmf_rx_set_realtime_callback(self._state, self._callback, None)
        library.dtmf_rx_parms(self._state, 0, dtmf.twist_db, dtmf.reverse_twist_db, dtmf.threshold_dbm0)

    def feed(self, frame: bytes) -> str:
        self._rx(self._state, frame, len(frame) // 2)
        if not self._keys:
            return ""
        keys = "".join(self._keys)
        self._keys.clear()
        return keys

    def suspects(self, frame: bytes) -> bool:
        """Of the frame fed last: a tone sounds, or one may have begun that is not yet told."""
        return bool(self._library.dtmf_rx_status(self._state))

    def _report(self, _user: int | None, code: int, _level: int, since: int) -> None:
        """`since`: samples since the last report, which for a key is the pause before it."""
        key = chr(code) if 0 < code < 128 else ""
        if not key:
            return
        dropout = key == self._last and since < self._pause
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
