"""The two halves of the card image, as the gateway sees them, and orders to the helper that may change them."""

from __future__ import annotations

import asyncio
import configparser
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.hardware.updates import Refused

RUNNING = re.compile(r"\brauc\.slot=([AB])\b")


class NoAnswer(Refused):
    """Nobody refused: the helper itself could not be asked."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Files of the machine below `root`; image-build's `slots` and `confirm` write them."""

    root: Path = Path("/")

    @property
    def model(self) -> str:
        """Which bundles fit, such as ringback-pi4; "" when this box was not made from a card image."""
        config = configparser.ConfigParser(interpolation=None)
        try:
            config.read(self.root / "etc/rauc/system.conf", "utf-8")
        except (configparser.Error, UnicodeDecodeError):
            return ""
        return config.get("system", "compatible", fallback="")

    @property
    def running(self) -> str:
        """A, B, or "" where it is no image's."""
        found = RUNNING.search(self._word("proc/cmdline"))
        return found[1] if found else ""

    @property
    def trying(self) -> str:
        """The one with a version that is not confirmed yet; "" for none."""
        return self._word("data/slots/trying")

    @property
    def failed(self) -> str:
        """The one whose version did not become well and was left; "" for none."""
        return self._word("data/slots/failed")

    def _word(self, name: str) -> str:
        try:
            return (self.root / name).read_text("utf-8", "replace").strip()
        except OSError:
            return ""


@dataclass(frozen=True, slots=True)
class Updater:
    """The privileged helper at `helper`: see hardware.updates."""

    helper: Path

    async def order(self, verb: str, progress: Callable[[int, str], None] = lambda *_: None) -> dict[str, Any]:
        """Its last answer. Refused in its words, or with why it cannot be asked."""
        try:
            reader, writer = await asyncio.open_unix_connection(self.helper)
        except OSError as error:
            raise NoAnswer(f"the update service does not answer: {error.strerror or error}") from error
        try:
            writer.write(verb.encode() + b"\n")
            while line := await reader.readline():
                said = json.loads(line)
                if "error" in said:
                    raise Refused(str(said["error"]))
                if "percent" not in said:
                    return dict(said)
                progress(int(said["percent"]), str(said["doing"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoAnswer(f"the update service does not answer: {error}") from error
        finally:
            writer.close()
        raise NoAnswer("the update service ended without an answer")
