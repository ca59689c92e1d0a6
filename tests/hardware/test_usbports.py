"""The privileged helper against a tree that looks like /sys, over a real socket."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.hardware.usbports import Ports, Refused, answer, switch_of
from tests.units.unitfiles import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A modem at 1-1.4, a hub at 1-1, a disk at 2-1, the box's network at 1-1.1."""
    devices, drivers = tmp_path / "bus/usb/devices", tmp_path / "bus/usb/drivers"
    for name, device_class, interface_class, driver in (
            ("1-1", "09", "09", "hub"), ("1-1.4", "ef", "ff", "option"), ("2-1", "00", "08", "usb-storage"),
            ("1-1.1", "ff", "ff", "smsc95xx")):
        interface = devices / f"{name}:1.0"
        interface.mkdir(parents=True)
        (devices / name).mkdir()
        (devices / name / "bDeviceClass").write_text(device_class + "\n")
        (interface / "bInterfaceClass").write_text(interface_class + "\n")
        (drivers / driver).mkdir(parents=True)
        (interface / "driver").symlink_to(drivers / driver)
    (drivers / "usb").mkdir()
    for port in ("1-1.4", "1-1.3", "1-1"):
        switch = devices / switch_of(port)
        switch.parent.mkdir(parents=True)
        switch.write_text("0")
    return tmp_path


def test_a_device_is_taken_from_its_driver_and_given_back(tree: Path) -> None:
    Ports(tree).obey("usb-rebind 1-1.4")
    assert (tree / "bus/usb/drivers/usb/unbind").read_text() == "1-1.4"
    assert (tree / "bus/usb/drivers/usb/bind").read_text() == "1-1.4"


def test_a_port_is_on_again_whatever_happens(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def interrupted(*_: object) -> None:
        seen.append((tree / "bus/usb/devices/1-1:1.0/1-1-port4/disable").read_text())
        raise KeyboardInterrupt

    monkeypatch.setattr("select.select", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Ports(tree).obey("usb-cycle 1-1.4")
    assert seen == ["1"]
    assert (tree / "bus/usb/devices/1-1:1.0/1-1-port4/disable").read_text() == "0"


def test_an_empty_port_can_be_switched_but_not_reset(tree: Path) -> None:
    Ports(tree, off_s=0).obey("usb-cycle 1-1.3")
    with pytest.raises(Refused, match=r"nothing is plugged in at 1-1\.3"):
        Ports(tree).obey("usb-rebind 1-1.3")


@pytest.mark.parametrize(("port", "where"), [
    ("1-1.4", "1-1:1.0/1-1-port4/disable"), ("1-1.4.2", "1-1.4:1.0/1-1.4-port2/disable"),
    ("2-3", "2-0:1.0/usb2-port3/disable")])
def test_where_a_port_is_switched(port: str, where: str) -> None:
    assert switch_of(port) == where


@pytest.mark.parametrize("order", [
    "usb-rebind 1-1", "usb-cycle 1-1", "usb-rebind 2-1", "usb-rebind 1-1.1", "usb-cycle 1-1.1", "usb-cycle 3-1",
    "", "usb-rebind", "usb-rebind ", "reboot", "usb-rebind ../1-1.4", "usb-rebind 1-1.4/../../x", "usb-rebind 1-1.4 ",
    "usb-rebind  1-1.4", "USB-REBIND 1-1.4", "usb-cycle 1-1.4;reboot", "usb-cycle usb1", "usb-cycle 1-0:1.0",
    "usb-cycle １-1.4", "usb-cycle 1-" + "1." * 30 + "1", "usb-rebind 1-1.4\x00"])
def test_all_else_is_refused_and_nothing_written(order: str, tree: Path) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    with pytest.raises(Refused):
        Ports(tree, off_s=0).obey(order)
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before


def asked(tree: Path, octets: bytes, user: int) -> str:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(octets)
        ours.shutdown(socket.SHUT_WR)
        return answer(theirs, user, Ports(tree, off_s=0))


def test_only_one_user_is_heard(tree: Path) -> None:
    assert asked(tree, b"usb-rebind 1-1.4\n", os.getuid()) == "ok"
    assert asked(tree, b"usb-rebind 1-1.4\n", os.getuid() + 1) == "error: only the gateway's user may ask"


@pytest.mark.parametrize("octets", [b"", b"usb-rebind 1-1.4", b"x" * 10_000, b"\xff\xfe\n", b"\n\n\n"])
def test_broken_orders(octets: bytes, tree: Path) -> None:
    assert asked(tree, octets, os.getuid()).startswith("error: ")
    assert not (tree / "bus/usb/drivers/usb/bind").exists()


def test_the_program_as_the_unit_runs_it(tree: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-I", "-m", "appliance.hardware.usbports", "--socket-fd", str(theirs.fileno()),
                 "--user", pwd.getpwuid(os.getuid()).pw_name, "--sys", str(tree)],
                pass_fds=(theirs.fileno(),), cwd=ROOT, stderr=subprocess.PIPE)
        ours.sendall(b"usb-rebind 1-1.4\n")
        assert ours.recv(100) == b"ok\n"
        assert process.communicate(timeout=30)[1] == b"usb ports: ok\n"
    assert process.returncode == 0


def test_it_loads_nothing_but_the_standard_library() -> None:
    code = ("import sys; before = set(sys.modules); import appliance.hardware.usbports; "
            "print(*sorted(set(sys.modules) - before))")
    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    others = [name for name in loaded.split() if name.split(".")[0] not in sys.stdlib_module_names]
    assert others == ["appliance", "appliance.hardware", "appliance.hardware.usbports"]
