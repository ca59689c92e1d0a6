"""The firmware's partition of the card image: what its boards and config.txt ask for is there, or the build ends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "image-build"
CONFIG = (BUILD / "config.txt").read_text("utf-8") + (ROOT / "firmware-config/boot/config.txt").read_text("utf-8")
# Read in the packages of packages.lock: linux-image 6.12 and 7.3.4, raspi-firmware.
FILES = {
    "pi4": [*(f"start{end}.elf" for end in ("", "4", "_cd", "4cd")),
            *(f"fixup{end}.dat" for end in ("", "4", "_cd", "4cd")),
            *(f"bcm2837-rpi-{board}.dtb" for board in ("3-a-plus", "3-b", "3-b-plus", "cm3-io3", "zero-2-w")),
            *(f"bcm2711-rpi-{board}.dtb" for board in ("4-b", "400", "cm4-io"))],
    "pi5": ["bcm2712-rpi-5-b.dtb", "bcm2712-d-rpi-5-b.dtb"],
}
COMMON = ["kernel8.img", "initrd.img", "cmdline.txt"]


def made_up(folder: Path, flavour: str) -> Path:
    """A slot as image-build/firmware lays it out, with files of one octet, and the config.txt that is shipped."""
    slot = folder / flavour
    (slot / "overlays").mkdir(parents=True)
    for name in [*FILES[flavour], *COMMON]:
        (slot / name).write_text("x")
    for overlay in (BUILD / "overlays").glob("*.dts") if flavour == "pi4" else ():
        (slot / "overlays" / f"{overlay.stem}.dtbo").write_text("x")
    (slot / "config.txt").write_text(CONFIG, "utf-8")
    return slot


def told(flavour: str, slot: Path) -> tuple[int, str]:
    words = [sys.executable, str(BUILD / "check_slot.py"), flavour, str(slot)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("flavour", ["pi4", "pi5"])
def test_what_is_shipped_is_whole(flavour: str, tmp_path: Path) -> None:
    assert told(flavour, made_up(tmp_path, flavour)) == (0, "")


@pytest.mark.parametrize(("flavour", "name"), [
    *(("pi4", name) for name in (*FILES["pi4"], *COMMON) if "cm3" not in name),
    *(("pi5", name) for name in (*FILES["pi5"], *COMMON)),
    ("pi4", "overlays/disable-bt.dtbo"), ("pi4", "overlays/dwc2.dtbo"),
])
def test_a_file_less_is_told(flavour: str, name: str, tmp_path: Path) -> None:
    slot = made_up(tmp_path, flavour)
    (slot / name).unlink()
    status, text = told(flavour, slot)
    assert status == 1
    assert f" {name} is missing: " in text
    assert len(text.splitlines()) == 1
    (slot / name).write_text("")  # a copy that went wrong is no file either
    assert told(flavour, slot)[0] == 1


@pytest.mark.parametrize(("line", "instead", "says"), [
    ("upstream_kernel=1", "", "upstream_kernel"), ("kernel=kernel8.img", "", "kernel="),
    ("arm_64bit=1", "dtoverlay=of-nobody,x=1", "overlays/of-nobody.dtbo is missing: dtoverlay=of-nobody,x=1"),
])
def test_a_line_that_the_card_does_not_serve_is_told(line: str, instead: str, says: str, tmp_path: Path) -> None:
    slot = made_up(tmp_path, "pi4")
    assert re.search(rf"^{line}$", CONFIG, re.MULTILINE)
    (slot / "config.txt").write_text(re.sub(rf"^{line}$", instead, CONFIG, flags=re.MULTILINE))
    status, text = told("pi4", slot)
    assert status == 1
    assert says in text


def test_lines_of_other_boards_do_not_count(tmp_path: Path) -> None:
    slot = made_up(tmp_path, "pi5")
    (slot / "config.txt").write_text(CONFIG + "[pi3]\ndtoverlay=of-nobody\n[all]\n")
    assert told("pi5", slot)[0] == 0


def test_every_overlay_that_is_offered_is_there() -> None:
    """Those behind a # as well: whoever takes it away wants the chip to work."""
    offered = set(re.findall(r"^#?dtoverlay=([a-z0-9-]+)", CONFIG, re.MULTILINE))
    assert offered == {overlay.stem for overlay in (BUILD / "overlays").glob("*.dts")}


def test_memory_for_the_firmware_that_is_shipped() -> None:
    """gpu_mem=16 would ask for the cut-down one."""
    assert [int(word) for word in re.findall(r"^gpu_mem\w*=(\d+)", CONFIG, re.MULTILINE)] == [32]


def test_a_panic_restarts_and_a_hang_as_well() -> None:
    modules = (BUILD / "modules.boot").read_text("utf-8").splitlines()
    assert "bcm2835_wdt" in modules
    drop_in = BUILD / "overlay/usr/lib/systemd/system.conf.d/20-ringback-watchdog.conf"
    assert re.search(r"^\[Manager\]\nRuntimeWatchdogSec=1min$", drop_in.read_text("utf-8"), re.MULTILINE)
