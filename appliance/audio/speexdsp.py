"""libspeexdsp, loaded once for whoever needs a part of it."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

SONAME = "libspeexdsp.so.1"
PACKAGE = "libspeexdsp1"


class SpeexMissing(RuntimeError):
    """libspeexdsp.so.1 cannot be loaded; the text names the package."""


@cache
def speexdsp() -> Any:
    """Each part declares the functions that it calls."""
    try:
        return ctypes.CDLL(SONAME)
    except OSError as error:
        raise SpeexMissing(f"install it: apt install {PACKAGE} ({error})") from error
