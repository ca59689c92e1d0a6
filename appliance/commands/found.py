"""What is plugged in and belongs to no line yet: ports by names that stay."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.api.server import Handler
from appliance.settings.model import Settings

STABLE = Path("/dev/ringback")  # names that our udev rules give
BY_PATH = Path("/dev/serial/by-path")  # names that udev gives by the USB port, for modems that no rule knows
AT, AUDIO = "-at", "-audio"


class Found:
    """Looks into the folders anew for each question."""

    def __init__(self, settings: Callable[[], Settings], folders: Sequence[Path]) -> None:
        self._settings, self._folders = settings, folders

    def handlers(self) -> dict[str, Handler]:
        return {"found": self._found}

    async def _found(self, params: dict[str, Any]) -> Any:
        """[{"name", "at", "audio"}] of modems, then [{"name": "", "at", "audio": ""}] of ports that may be one."""
        used = {os.path.realpath(path) for line in self._settings().lines for path in (line.at, line.audio)
                if path.startswith("/")}
        found = [modem for folder in self._folders for modem in modems(folder, used)]
        taken = used | {os.path.realpath(path) for each in found for path in (each["at"], each["audio"]) if path}
        return found + [{"name": "", "at": str(path), "audio": ""} for path in sorted(BY_PATH.glob("*"))
                        if os.path.realpath(path) not in taken]


def modems(folder: Path, used: set[str]) -> list[dict[str, str]]:
    """NAME-at, and NAME-audio where it is there."""
    found = []
    for path in sorted(folder.glob(f"*{AT}")):
        name = path.name.removesuffix(AT)
        audio = folder / f"{name}{AUDIO}"
        if os.path.realpath(path) not in used:
            found.append({"name": name, "at": str(path), "audio": str(audio) if audio.exists() else ""})
    return found
