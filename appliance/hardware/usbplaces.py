"""Which USB port a modem is plugged into, kept while it is away: only then is it asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

DEVICE = re.compile(r"/([0-9]+-[0-9]+(?:\.[0-9]+)*)(?=[:/]|$)")  # of the path below /sys/devices


class UsbPlaces:
    """By the paths of serial ports. `sys_folder` is /sys but for tests."""

    def __init__(self, sys_folder: Path = Path("/sys")) -> None:
        self._tty = sys_folder / "class/tty"
        self._known: dict[str, str] = {}

    def learn(self, paths: Mapping[str, str]) -> None:
        """Line -> path of its AT port: those that are there now are remembered."""
        for line, path in paths.items():
            if path.startswith("/") and (port := self._look(path)):
                self._known[line] = port

    def port(self, line: str) -> str:
        """Such as "1-1.4"; "" when it never was there."""
        return self._known.get(line, "")

    def _look(self, path: str) -> str:
        device = os.path.realpath(self._tty / os.path.basename(os.path.realpath(path)) / "device")
        found = DEVICE.findall(device)
        return str(found[-1]) if found else ""
