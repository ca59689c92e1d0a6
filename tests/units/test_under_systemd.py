"""The units under this machine's own systemd, every restriction on; part of `make test-slow`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.hardware.vitals import kernel_synchronised
from tests.units.unitfiles import ROOT

PATIENCE_S = 120.0
BIN = "/usr/lib/ringback/bin/"
HOMES = ("/root/", "/home/")  # ProtectHome hides a Python that lies there
DATA = ("--data", "/var/lib/ringback", "--socket", "/run/ringback/gateway.sock")
CONNECT = """
import socket, sys
for path in sys.argv[1:]:
    try:
        socket.socket(socket.AF_UNIX).connect(path)
        print("in")
    except PermissionError:
        print("out")
"""
CLOCK = """
from pathlib import Path
from appliance.api.client import Client
print(Client(Path("/run/ringback/gateway.sock")).call("metrics")["box"]["synchronised"])
"""
PAGE = """
import ssl, urllib.request
anyone = ssl.create_default_context(); anyone.check_hostname = False; anyone.verify_mode = ssl.CERT_NONE
print(urllib.request.urlopen("https://127.0.0.1:8443/healthz", context=anyone, timeout=30).read().decode())
"""


def hindrance() -> str:
    if not os.environ.get("SLOW_UNITS"):
        return "part of make test-slow"
    if os.geteuid():
        return "only root may make namespaces with devices"
    missing = [tool for tool in ("unshare", "nsenter", "systemd-sysusers") if not shutil.which(tool)]
    if missing or not Path("/lib/systemd/systemd").exists():
        return f"not installed: {', '.join(missing) or 'systemd'}"
    python = python_outside()
    if str(python).startswith(HOMES):
        return f"{python} lies in a home, which the units do not see"
    return ""


def python_outside() -> Path:
    """The venv's own Python, or the system's of the same version."""
    system = Path(f"/usr/bin/python3.{sys.version_info[1]}")
    own = Path(sys.executable).resolve()
    return system if str(own).startswith(HOMES) and system.exists() else own


class Machine:
    """systemd as process 1 of namespaces."""

    def __init__(self, folder: Path) -> None:
        venv = folder / "venv"
        (venv / "bin").mkdir(parents=True)
        (venv / "lib").symlink_to(Path(sys.prefix) / "lib")
        (venv / "bin/python").symlink_to(python_outside())
        self.console = folder / "console"
        with self.console.open("wb") as console:
            self._unshare = subprocess.Popen(
                ["unshare", "--mount", "sh", str(ROOT / "tests/units/booted.sh"), str(ROOT), str(venv)],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        self.until(lambda: self.does("systemctl", "start", "ringback-web.service"))

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


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if why := hindrance():
        pytest.skip(why)
    found = Machine(tmp_path_factory.mktemp("machine"))
    yield found
    found.close()


def test_gateway_voices_and_page_run(machine: Machine) -> None:
    assert machine.does("systemctl", "is-active", "ringback.service")
    machine.until(lambda: bool(machine.pids("ringback-audio@*.service")))
    assert machine.run(f"{BIN}python", "-c", PAGE).stdout == "ok\n\n"
    assert "there are no settings yet" in machine.run(f"{BIN}ringback", *DATA, "check").stdout


def test_the_gateway_knows_whether_the_clock_is_synchronised(machine: Machine) -> None:
    """Where chrony keeps the clock, only the kernel tells; timesyncd does not run here."""
    told = machine.run(f"{BIN}python", "-c", CLOCK)
    assert told.stdout.strip() == str(kernel_synchronised()) != "None", told.stderr


def test_users_are_kept_apart(machine: Machine) -> None:
    paths = ("/run/ringback/gateway.sock", "/run/ringback-units/power.sock", "/run/ringback-units/audio.sock")
    for user, doors in (("ringback-web", ["in", "out", "out"]), ("ringback-audio", ["out", "out", "out"])):
        told = machine.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "/usr/bin/python3", "-c",
                           CONNECT, *paths)
        assert told.stdout.split() == doors, told.stderr
        assert not machine.does("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "ls",
                                "/var/lib/ringback")


def test_voices_that_hang_are_back(machine: Machine) -> None:
    machine.until(lambda: bool(machine.pids("ringback-audio@*.service")))
    before = machine.pids("ringback-audio@*.service")
    machine.run("kill", "-STOP", *before)
    machine.until(lambda: bool(after := machine.pids("ringback-audio@*.service")) and not after & before)
    assert machine.does("systemctl", "is-active", "ringback.service")


def test_an_isdn_port_is_a_process_of_another_user(machine: Machine) -> None:
    site = '[[line]]\nname = "isdn1"\nkind = "isdn"\nat = "pair:/run/nobody"\n'
    assert machine.does("sh", "-c", f"printf '%s' '{site}' > /tmp/site.toml")
    applied = machine.run(f"{BIN}ringback", *DATA, "apply", "/tmp/site.toml")
    assert applied.returncode == 0, applied.stderr
    machine.until(lambda: machine.does("test", "-S", "/run/ringback-units/voices/isdn1.voices"))
    owner = machine.run("stat", "-c", "%U %G %a", "/run/ringback-units/voices/isdn1.voices").stdout
    assert owner == "ringback-isdn ringback-audio 660\n"
