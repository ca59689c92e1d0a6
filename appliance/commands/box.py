"""What only this machine knows: devices, libraries, free space, names of zones and dialects."""

from __future__ import annotations

import ctypes
import os
import shutil
import zoneinfo
from pathlib import Path

from appliance.audio.speexdsp import SONAME as SPEEXDSP
from appliance.commands.checking import BoxFacts
from appliance.hardware.vitals import kernel_synchronised, read_vitals
from appliance.lines.gsm.dialects import DIALECTS
from appliance.settings.keys import Known
from appliance.settings.model import Settings

SPANDSP = "libspandsp.so.2"  # the only ABI that Debian has
BY_PATH = Path("/dev/serial/by-path")  # names that udev gives by the USB port


def box_facts(data: Path, settings: Settings, recovered: str = "") -> BoxFacts:
    """The facts of this machine for these settings."""
    paths = {path for line in settings.lines if line.enabled for path in (line.at, line.audio) if path}
    return BoxFacts(
        data=str(data),
        writable=_writable(data),
        has_dtmf=_loads(SPANDSP),
        has_speexdsp=_loads(SPEEXDSP),
        has_speech=bool(shutil.which("espeak-ng")),
        free_octets=_free(data),
        missing=frozenset(path for path in paths if path.startswith("/") and not os.path.exists(path)),
        stable={os.path.realpath(name): str(name) for name in BY_PATH.glob("*")},
        recovered=recovered,
        vitals=read_vitals(Path("/"), kernel_synchronised),
    )


def known_names() -> Known:
    """The zones and dialects a site file may name."""
    return Known(zoneinfo.available_timezones(), tuple(dialect.name for dialect in DIALECTS))


def _existing(data: Path) -> Path:
    """The directory itself, or the nearest one above it that is there."""
    data = data.absolute()
    return next((path for path in (data, *data.parents) if path.exists()), data)


def _writable(data: Path) -> bool:
    place = _existing(data)
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)


def _free(data: Path) -> int | None:
    try:
        return shutil.disk_usage(_existing(data)).free
    except OSError:
        return None


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
