"""The Debian package on a running Debian 13: installed by apt, upgraded, taken away; part of `make test-slow`.

That machine has no network and no devices: apt takes the rest from its cache, and udev does not run. It has systemd
257, whose own tools judge units and rules once more, with what only systemd since 254 knows.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.units import machine as machines
from tests.units.machine import BIN, PAGE, Machine
from tests.units.unitfiles import ROOT, UNITS

APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-q")
SERVICES = ("ringback.service", "ringback-web.service")
DEFAULT_CARD = """
import ctypes
sound = ctypes.CDLL("libasound.so.2")
opened = sound.snd_pcm_open(ctypes.byref(ctypes.c_void_p()), b"default", 0, 0)
print(opened)
"""


def package(folder: Path) -> Path:
    done = subprocess.run([str(ROOT / "image-build/deb")], env=os.environ | {"RINGBACK_OUT": str(folder)}, check=False,
                          capture_output=True, text=True)
    if done.returncode == 3:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    (deb,) = folder.glob("*.deb")
    return deb


def debian(deb: Path) -> Path:
    """A Debian 13 with what the package asks for in apt's cache; made once for what that is."""
    subprocess.run(["sh", str(ROOT / "tools/install.sh"), "mmdebstrap", "debian-archive-keyring"], check=True)
    if not shutil.which("mmdebstrap"):
        pytest.skip("mmdebstrap does not install here")
    asked = (ROOT / "image-build/deb.d/control.in").read_bytes() + (ROOT / "tests/units/debian13").read_bytes()
    cache = Path(os.environ.get("RINGBACK_CACHE") or Path.home() / ".cache/ringback-image")
    base = cache / f"debian13-{hashlib.sha256(asked).hexdigest()[:16]}"
    if not base.exists():
        made = subprocess.run([str(ROOT / "tests/units/debian13"), str(base), str(deb)], capture_output=True, text=True,
                              check=False)
        if made.returncode:
            pytest.skip(f"no Debian 13 could be made here (is the archive reachable?): {made.stderr[-500:]}")
    return base


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if why := machines.hindrance():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("installed")
    deb = package(folder)
    found = Machine(folder / "console", "installed.sh", debian(deb), deb)
    found.until(lambda: found.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"))
    installed = found.run(*APT, "install", "/ringback.deb")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    yield found
    found.close()


def well(machine: Machine) -> None:
    machine.until(lambda: machine.does("systemctl", "is-active", *SERVICES))
    machine.until(lambda: machine.run(f"{BIN}python", "-c", PAGE).stdout == "ok\n\n")


def test_it_runs_at_once_and_after_the_next_start(machine: Machine) -> None:
    well(machine)
    assert machine.run("systemctl", "is-enabled", *SERVICES).stdout.split() == ["enabled", "enabled"]
    machine.until(lambda: bool(machine.pids("ringback-audio@*.service")))
    told = machine.run("ringback", "check").stdout
    assert "there are no settings yet" in told
    for missing in ("libspandsp", "espeak-ng", "cannot be written"):  # what the package recommends came with it
        assert missing not in told
    assert re.search("set-up code [A-Z0-9-]+", machine.run("journalctl", "-u", "ringback", "-o", "cat").stdout)


def test_nothing_else_takes_the_voice_of_a_line(machine: Machine) -> None:
    """No card is there: "default" can be opened only because asound.conf makes it no card at all."""
    ours, aside = "/etc/alsa/conf.d/99-ringback.conf", "/root/aside"
    assert machine.run("/usr/bin/python3", "-c", DEFAULT_CARD).stdout == "0\n"
    assert machine.does("mv", ours, aside)
    assert machine.run("/usr/bin/python3", "-c", DEFAULT_CARD).stdout.startswith("-")
    assert machine.does("mv", aside, ours)


def test_what_systemd_254_and_later_say(machine: Machine) -> None:
    done = machine.run("systemd-analyze", "verify", "--man=no", *(unit.name.replace("@.", "@1.") for unit in UNITS))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    steps = machine.run("systemctl", "show", "--property=RestartSteps", "--value", *SERVICES).stdout.split()
    assert steps
    assert "0" not in steps  # of system-254/
    rules = machine.run("sh", "-c", "udevadm verify /usr/lib/udev/rules.d/*ringback*")
    assert rules.returncode == 0, rules.stdout + rules.stderr


def test_an_upgrade_leaves_off_what_is_off(machine: Machine) -> None:
    before = machine.pids("ringback.service")
    assert machine.does("systemctl", "disable", "--now", "ringback-web.service")
    done = machine.run(*APT, "install", "--reinstall", "/ringback.deb")
    assert done.returncode == 0, done.stdout + done.stderr
    machine.until(lambda: machine.does("systemctl", "is-active", "ringback.service"))
    assert machine.pids("ringback.service") != before
    assert not machine.does("systemctl", "is-active", "ringback-web.service")
    assert machine.does("systemctl", "enable", "--now", "ringback-web.service")
    well(machine)


def test_taken_away_it_leaves_what_was_recorded_and_nothing_that_runs(machine: Machine) -> None:
    done = machine.run(*APT, "remove", "ringback")
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.run("find", "/proc", "-maxdepth", "1", "-user", "ringback", "-o", "-user", "ringback-web", "-o",
                       "-user", "ringback-audio").stdout == ""
    assert machine.does("test", "-e", "/var/lib/ringback/journal.sqlite")
    assert not machine.does("test", "-e", "/usr/lib/ringback")
    assert machine.run(*APT, "purge", "ringback").returncode == 0
    assert machine.does("test", "-e", "/var/lib/ringback/journal.sqlite")
    assert not machine.does("test", "-e", "/var/lib/ringback-web")
