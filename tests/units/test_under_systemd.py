"""The units under this machine's own systemd, every restriction on; part of `make test-slow`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.hardware.vitals import kernel_synchronised
from tests.units import machine as machines
from tests.units.machine import BIN, PAGE, Machine
from tests.units.unitfiles import ROOT

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


def hindrance() -> str:
    if why := machines.hindrance():
        return why
    if not (shutil.which("systemd-sysusers") and Path("/lib/systemd/systemd").exists()):
        return "not installed: systemd"
    python = python_outside()
    if str(python).startswith(HOMES):
        return f"{python} lies in a home, which the units do not see"
    return ""


def python_outside() -> Path:
    """The venv's own Python, or the system's of the same version."""
    system = Path(f"/usr/bin/python3.{sys.version_info[1]}")
    own = Path(sys.executable).resolve()
    return system if str(own).startswith(HOMES) and system.exists() else own


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if why := hindrance():
        pytest.skip(why)
    venv = tmp_path_factory.mktemp("machine") / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "lib").symlink_to(Path(sys.prefix) / "lib")
    (venv / "bin/python").symlink_to(python_outside())
    found = Machine(venv.parent / "console", "booted.sh", ROOT, venv)
    found.until(lambda: found.does("systemctl", "start", "ringback-web.service"))
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
