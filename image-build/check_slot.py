"""check_slot.py FLAVOUR SLOT: does a slot's firmware partition have all that its config.txt and its boards ask for?

Nothing emulates the firmware, and a card that lacks one of these files does not start, without a word. What each board
loads: https://www.raspberrypi.com/documentation/computers/config_txt.html and its chapter on the boot folder.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# Mainline's names of the device trees.
BOARDS = {
    "pi4": {"Pi 3": "bcm2837-rpi-3-b", "Pi 3+": "bcm2837-rpi-3-b-plus", "Pi 3 A+": "bcm2837-rpi-3-a-plus",
            "Zero 2 W": "bcm2837-rpi-zero-2-w", "Pi 4": "bcm2711-rpi-4-b", "Pi 400": "bcm2711-rpi-400",
            "CM4": "bcm2711-rpi-cm4-io"},
    "pi5": {"Pi 5": "bcm2712-rpi-5-b", "Pi 5 of the stepping D0": "bcm2712-d-rpi-5-b"},
}
SECTIONS = {"pi4": {"all", "pi3", "pi3+", "pi02", "pi4", "pi400", "cm4"}, "pi5": {"all", "pi5", "cm5"}}
# A Pi 5 has all of it in its EEPROM. The second names are for gpu_mem=16, which a user may still write.
FIRMWARE = {
    "pi4": ("start.elf", "fixup.dat", "start4.elf", "fixup4.dat",
            "start_cd.elf", "fixup_cd.dat", "start4cd.elf", "fixup4cd.dat"),
    "pi5": (),
}


def lines(config: str, flavour: str) -> list[str]:
    """Those that a board of this flavour reads."""
    section, found = "all", []
    for line in (line.split("#")[0].strip() for line in config.splitlines()):
        if head := re.fullmatch(r"\[(.+)\]", line):
            section = head[1]
        elif line and section in SECTIONS[flavour]:
            found.append(line)
    return found


def lacks(flavour: str, slot: Path) -> list[str]:
    """What is missing, a sentence each."""
    found = lines((slot / "config.txt").read_text("utf-8"), flavour)
    wanted = dict.fromkeys(FIRMWARE[flavour], "the firmware itself")
    wanted |= {f"{tree}.dtb": f"the device tree of a {board}" for board, tree in BOARDS[flavour].items()}
    wanted["cmdline.txt"] = "the kernel's command line"
    for line in found:
        name, value = re.split(r"[= ]", line, maxsplit=1)
        if name in ("kernel", "initramfs"):
            wanted[value.split()[0]] = line
        elif name == "dtoverlay" and value:
            wanted[f"overlays/{value.split(',')[0]}.dtbo"] = line
    told = [f"{name} is missing: {why}" for name, why in wanted.items()
            if not (slot / name).is_file() or not (slot / name).stat().st_size]
    if not any(line.startswith("kernel=") for line in found):
        told.append("config.txt names no kernel=")
    if "upstream_kernel=1" not in found:
        told.append("config.txt lacks upstream_kernel=1: the firmware would look for device trees of other names")
    return told


def main(flavour: str, slot: str) -> int:
    told = lacks(flavour, Path(slot))
    for sentence in told:
        print(f"image: a {flavour} would not start: {sentence}", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
