"""A/B: RAUC's backend on a folder, and autoboot.txt as the firmware reads it."""

from __future__ import annotations

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


def test_unknown_orders_and_slots_fail(slots: Slots) -> None:
    for words in (("set-primary", "C"), ("frobnicate",), ("set-state", "", "good")):
        with pytest.raises(subprocess.CalledProcessError):
            slots(*words)


@pytest.mark.parametrize("text", ["", "[all]\n", "[tryboot]\nboot_partition=3\n"])
def test_a_card_that_starts_nothing_is_told(text: str) -> None:
    with pytest.raises(CardError):
        boot_partition(text, tryboot=False)


def test_root_alone_may_ask_rauc() -> None:
    """dbus-daemon(1): the last word for everybody holds, and a user's own rules come after it."""
    policy = ElementTree.parse(OVERLAY / "etc/dbus-1/system.d/ringback-rauc.conf").getroot()
    told = [(each.attrib, rule.tag, rule.attrib) for each in policy for rule in each]
    rauc = {"send_destination": "de.pengutronix.rauc"}
    assert told == [({"context": "default"}, "deny", rauc), ({"user": "root"}, "allow", rauc)]
    for unit in ("ringback-update@.service", "ringback.service"):
        assert ("User" in keys(SYSTEMD / "system" / unit)) is (unit == "ringback.service")
