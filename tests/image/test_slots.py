"""A/B: RAUC's backend on a folder, and autoboot.txt as the firmware reads it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.image.card import CardError, boot_partition
from tests.units.unitfiles import ROOT, SYSTEMD, keys

OVERLAY = ROOT / "image-build/overlay"
HELPERS = OVERLAY / "usr/lib/ringback-image"


class Slots:
    def __init__(self, folder: Path) -> None:
        self.common, self.states = folder / "common", folder / "slots"
        self.common.mkdir()
        (self.common / "autoboot.txt").write_text(autoboot(2))

    def __call__(self, *words: str) -> str:
        return subprocess.run(
            [str(HELPERS / "slots"), *words], check=True, capture_output=True, text=True,
            env={"PATH": "/usr/bin:/bin", "RINGBACK_COMMON": str(self.common), "RINGBACK_SLOTS": str(self.states)},
        ).stdout.strip()

    def starts(self, tryboot: bool = False) -> int:
        return boot_partition((self.common / "autoboot.txt").read_text(), tryboot)


@pytest.fixture
def slots(tmp_path: Path) -> Slots:
    return Slots(tmp_path)


def autoboot(partition: int) -> str:
    words = [str(HELPERS / "autoboot"), str(partition)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def test_autoboot_is_one_sector_and_as_long_for_either_slot() -> None:
    assert len(autoboot(2)) == len(autoboot(3)) < 512
    assert boot_partition(autoboot(2), tryboot=False) == boot_partition(autoboot(3), tryboot=True) == 2
    assert boot_partition(autoboot(2), tryboot=True) == boot_partition(autoboot(3), tryboot=False) == 3
    assert "tryboot_a_b=1" in autoboot(2)


def test_a_new_slot_is_tried_and_becomes_the_lasting_one_only_when_it_is_good(slots: Slots) -> None:
    assert slots("get-primary") == "A"
    slots("set-primary", "B")
    assert slots("get-primary") == "B"
    assert slots.starts() == 2
    assert slots.starts(tryboot=True) == 3
    slots("set-state", "B", "good")
    assert slots.starts() == 3
    assert slots.starts(tryboot=True) == 2
    assert slots("get-primary") == "B"
    assert not (slots.states / "trying").exists()


def test_a_bad_slot_changes_nothing_that_the_firmware_reads(slots: Slots) -> None:
    slots("set-primary", "B")
    slots("set-state", "B", "bad")
    assert slots("get-state", "B") == "bad"
    assert slots("get-state", "A") == "good"
    assert slots.starts() == 2


def test_a_slot_that_is_bad_is_not_tried_any_more(slots: Slots) -> None:
    """RAUC calls a slot bad before it writes to it, and when somebody tells it to."""
    slots("set-primary", "B")
    slots("set-state", "A", "bad")
    assert slots("get-primary") == "B"
    slots("set-state", "B", "bad")
    assert slots("get-primary") == "A"
    assert not (slots.states / "trying").exists()
    slots("set-state", "B", "bad")
    assert slots("get-state", "B") == "bad"


def test_a_slot_that_starts_and_never_becomes_well_is_left_and_then_called_bad(slots: Slots, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    told = tmp_path / "systemctl"
    told.write_text(f'#!/bin/sh\necho "$@" >>{asked}\n[ "$1" = reboot ]\n')  # no service is active
    told.chmod(0o755)

    def confirm(current: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "cmdline").write_text(f"quiet rauc.slot={current} panic=10\n")
        return subprocess.run(
            [str(HELPERS / "confirm")], check=False, capture_output=True, text=True, timeout=30,
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "RINGBACK_COMMON": str(slots.common), "RINGBACK_PATIENCE": "0",
                 "RINGBACK_SLOTS": str(slots.states), "RINGBACK_CMDLINE": str(tmp_path / "cmdline")})

    slots("set-primary", "B")
    given_up = confirm("B")
    assert given_up.returncode == 1
    assert "Slot B is not well after 0 s; back to slot A." in given_up.stdout
    assert asked.read_text().splitlines() == ["is-active --quiet ringback.service ringback-web.service", "reboot"]
    assert slots.starts() == 2
    back = confirm("A")
    assert back.returncode == 0, back.stderr
    assert "The update in slot B did not become well and was left" in back.stdout
    assert slots("get-state", "B") == "bad"
    assert (slots.states / "failed").read_text() == "B\n"
    assert confirm("A").stdout == ""  # said once


def test_unknown_orders_and_slots_fail(slots: Slots) -> None:
    for words in (("set-primary", "C"), ("frobnicate",), ("set-state", "", "good")):
        with pytest.raises(subprocess.CalledProcessError):
            slots(*words)


@pytest.mark.parametrize("text", ["", "[all]\n", "[tryboot]\nboot_partition=3\n"])
def test_a_card_that_starts_nothing_is_told(text: str) -> None:
    with pytest.raises(CardError):
        boot_partition(text, tryboot=False)


UNITS = OVERLAY / "usr/lib/systemd/system"


def test_nothing_that_hangs_keeps_a_slot_on_trial() -> None:
    """systemd.service(5): a oneshot has no time-out of its own. What comes after a unit waits for it, however long."""
    assert keys(UNITS / "ringback-confirm.service").get("After") is None
    for unit in UNITS.glob("*.service"):
        if "ringback-image" in unit.read_text("utf-8") and keys(unit)["Type"] == ["oneshot"]:
            assert keys(unit)["TimeoutStartSec"] == ["5min"], unit.name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", sorted(UNITS.glob("ringback-*.service")), ids=lambda unit: unit.name)
def test_systemd_takes_the_images_own_units(unit: Path, tmp_path: Path) -> None:
    """With multi-user.target, which wants them: a loop of the order would be told."""
    for each in UNITS.glob("ringback-*.service"):
        text = each.read_text("utf-8").replace("ExecStart=/usr/lib/ringback-image/", f"ExecStart={HELPERS}/")
        (tmp_path / each.name).write_text(text, "utf-8")
        wants = tmp_path / "multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        (wants / each.name).symlink_to(f"../{each.name}")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", f"./{unit.name}", "multi-user.target"], cwd=tmp_path,
        capture_output=True, text=True, check=False, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"})
    told = [line for line in (done.stdout + done.stderr).splitlines() if "ringback" in line or "cycle" in line]
    assert told == []


def test_root_alone_may_ask_rauc() -> None:
    """dbus-daemon(1): the last word for everybody holds, and a user's own rules come after it."""
    policy = ElementTree.parse(OVERLAY / "etc/dbus-1/system.d/ringback-rauc.conf").getroot()
    told = [(each.attrib, rule.tag, rule.attrib) for each in policy for rule in each]
    rauc = {"send_destination": "de.pengutronix.rauc"}
    assert told == [({"context": "default"}, "deny", rauc), ({"user": "root"}, "allow", rauc)]
    for unit in ("ringback-update@.service", "ringback.service"):
        assert ("User" in keys(SYSTEMD / "system" / unit)) is (unit == "ringback.service")
