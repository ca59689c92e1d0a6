"""The privileged helper: `python -I -m appliance.hardware.updates --socket-fd 3 --user ringback --bundle FILE`, as
root.

One connection is one order, a line: "check" tells what the bundle is, "install" has RAUC write it into the other half
of the card, "try" restarts the box into that half, once. Every answer is a line of JSON: {"percent", "doing"} while
RAUC writes; the last one has "error" (RAUC's words) or not. An order names no file and no version: both are the
bundle's, which RAUC takes only with the right signature. Only the standard library is loaded, and one file of this room
that loads no more.
"""

from __future__ import annotations

import argparse
import json
import pwd
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.hardware.usbports import asked, peer

TRY_ONCE = "0 tryboot"  # what the Pi's firmware calls it: partition 0, then [tryboot] of autoboot.txt
CHECK_S = 60.0  # s to read a signature from a slow card
PROGRESS = re.compile(r"\s*([0-9]{1,3})% (.{1,200})")
LAST_ERROR = "LastError: "  # how `rauc install` begins its reason; as of 1.8
CHATTER = re.compile(r"rauc-[A-Z][a-z]+:|\*\* |\((?:rauc|process):")  # how lines of GLib's log begin

Tell = Callable[[dict[str, Any]], None]


class Refused(Exception):
    """Why an order is not obeyed, in RAUC's words where it is RAUC that refused."""


@dataclass(frozen=True, slots=True)
class Updates:
    """`config`: RAUC's, "" for its own choice."""

    bundle: Path
    config: str = ""

    def obey(self, order: str, tell: Tell) -> dict[str, Any]:
        """What the last line of the answer says. Refused, or OSError when a program is missing."""
        orders: dict[str, Callable[[Tell], dict[str, Any]]] = {
            "check": self._check, "install": self._install, "try": self._try}
        if order not in orders:
            raise Refused("no such order")
        return orders[order](tell)

    def _check(self, tell: Tell) -> dict[str, Any]:
        done = subprocess.run([*self._rauc, "info", "--output-format=json", str(self.bundle)], capture_output=True,
                              text=True, errors="replace", timeout=CHECK_S)
        if done.returncode:
            raise Refused(_reason(done.stderr) or "rauc does not say why")
        found = json.loads(done.stdout)
        return {"version": str(found["version"]), "model": str(found["compatible"])}

    def _install(self, tell: Tell) -> dict[str, Any]:
        why = "rauc does not say why"
        with subprocess.Popen([*self._rauc, "install", str(self.bundle)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            assert process.stdout
            for line in process.stdout:
                if found := PROGRESS.match(line):
                    tell({"percent": int(found[1]), "doing": found[2].strip()})
                elif line.startswith(LAST_ERROR):
                    why = line.removeprefix(LAST_ERROR).strip()
        if process.returncode:
            raise Refused(why)
        return {}

    def _try(self, tell: Tell) -> dict[str, Any]:
        done = subprocess.run(["systemctl", "reboot", f"--reboot-argument={TRY_ONCE}"], capture_output=True, text=True,
                              errors="replace", timeout=CHECK_S)
        if done.returncode:
            raise Refused(done.stderr.strip()[:300] or "systemctl does not say why")
        return {}

    @property
    def _rauc(self) -> list[str]:
        return ["rauc", f"--conf={self.config}"] if self.config else ["rauc"]


def _reason(told: str) -> str:
    """The last line that is no chatter of GLib's log."""
    lines = [line.strip() for line in told.splitlines() if line.strip() and not CHATTER.match(line.strip())]
    return lines[-1][:300] if lines else ""


def answer(sock: socket.socket, user: int, updates: Updates) -> dict[str, Any]:
    """One order from the socket; progress goes there, and what is returned is to be told last."""
    def tell(news: dict[str, Any]) -> None:
        with suppress(OSError):  # who asked has left: what was begun is brought to an end all the same
            sock.sendall(json.dumps(news).encode() + b"\n")

    if peer(sock) != user:
        return {"error": "only the gateway's user may ask"}
    try:
        return updates.obey(asked(sock), tell)
    except (Refused, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        return {"error": str(error) or repr(error)}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket-fd", type=int, required=True)
    parser.add_argument("--user", required=True, help="who may ask")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--config", default="", help="RAUC's, where it is elsewhere")
    options = parser.parse_args()
    with socket.socket(fileno=options.socket_fd) as sock:
        said = answer(sock, pwd.getpwnam(options.user).pw_uid, Updates(options.bundle, options.config))
        print(f"update: {json.dumps(said)}", file=sys.stderr)
        with suppress(OSError):
            sock.sendall(json.dumps(said).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
