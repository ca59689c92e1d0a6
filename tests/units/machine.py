"""A systemd as process 1 of namespaces of its own: what a test asks of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 120.0
BIN = "/usr/lib/ringback/bin/"
PAGE = """
import ssl, urllib.request
anyone = ssl.create_default_context(); anyone.check_hostname = False; anyone.verify_mode = ssl.CERT_NONE
print(urllib.request.urlopen("https://127.0.0.1:8443/healthz", context=anyone, timeout=30).read().decode())
"""


def hindrance() -> str:
    """Why no such machine can be made here; "" when it can."""
    if not os.environ.get("SLOW_UNITS"):
        return "part of make test-slow"
    if os.geteuid():
        return "only root may make namespaces with devices"
    missing = [tool for tool in ("unshare", "nsenter") if not shutil.which(tool)]
    return f"not installed: {', '.join(missing)}" if missing else ""


class Machine:
    """systemd as process 1 of namespaces."""

    def __init__(self, console: Path, script: str, *words: Path) -> None:
        """`script` of this folder makes its root. `console` is where what it prints is kept."""
        self.console = console
        with console.open("wb") as file:
            self._unshare = subprocess.Popen(
                ["unshare", "--mount", "sh", str(Path(__file__).parent / script), *map(str, words)],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Inside, as root."""
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children").read_text().split()
        where = ["nsenter", "--all", "--target", children[0]] if children else ["false"]
        return subprocess.run([*where, *words], capture_output=True, text=True, check=False)

    def does(self, *words: str) -> bool:
        return self.run(*words).returncode == 0

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not true():
            assert self._unshare.poll() is None, self.console.read_text()
            assert time.monotonic() < end, self.run("journalctl", "--no-pager", "-u", "ringback*", "-n", "60").stdout
            time.sleep(0.1)

    def pids(self, unit: str) -> set[str]:
        told = self.run("systemctl", "show", "--property=MainPID", "--value", unit).stdout
        return set(told.split()) - {"0"}

    def close(self) -> None:
        self._unshare.send_signal(signal.SIGKILL)
        self._unshare.wait()
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
        for place in (Path(mount[1]) for mount in mounts if mount[2] == "cgroup2"):
            sweep(place / f"ringback-test-{self._unshare.pid}")


def sweep(group: Path) -> None:
    """Takes the control group away when its last process has ended."""
    end = time.monotonic() + PATIENCE_S
    while group.exists() and "populated 1" in (group / "cgroup.events").read_text() and time.monotonic() < end:
        time.sleep(0.05)
    for folder in (*sorted((each for each in group.rglob("*") if each.is_dir()), reverse=True), group):
        with suppress(OSError):
            folder.rmdir()
