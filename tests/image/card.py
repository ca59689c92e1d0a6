"""The card as the Pi's firmware sees it: partitions, FAT files, and which slot autoboot.txt starts."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMMON, DATA = 1, 7
SECTOR = 512


class CardError(Exception):
    """The card lacks what the firmware would look for."""


@dataclass(frozen=True, slots=True)
class Boot:
    """What the firmware loads from a slot."""

    partition: int
    kernel: Path
    initrd: Path
    cmdline: str


class Card:
    """A card's image; everything is read and written by mtools, without mounting."""

    def __init__(self, image: Path) -> None:
        self.image = image
        told = json.loads(run("sfdisk", "--json", str(image)))["partitiontable"]["partitions"]
        self._places: dict[int, tuple[int, int]] = {}
        for part in told:
            number = int(re.sub(r".*?(\d+)$", r"\1", part["node"]))
            self._places[number] = (part["start"] * SECTOR, part["size"] * SECTOR)

    def read(self, partition: int, name: str) -> bytes:
        """A file of a FAT partition. CardError when it is not there."""
        done = subprocess.run(["mtype", "-i", self._at(partition), f"::{name}"], capture_output=True)
        if done.returncode:
            raise CardError(f"partition {partition} has no {name}: {done.stderr.decode().strip()}")
        return done.stdout

    def has(self, partition: int, name: str) -> bool:
        try:
            return bool(self.read(partition, name))
        except CardError:
            return False

    def label(self, partition: int) -> str:
        """What a PC calls a FAT partition."""
        return run("mlabel", "-s", "-i", self._at(partition), "::").split(" is ")[-1].strip()

    def write(self, partition: int, file: Path) -> None:
        run("mcopy", "-o", "-i", self._at(partition), str(file), f"::{file.name}")

    def starts(self, tryboot: bool) -> int:
        """The partition that the firmware takes: autoboot.txt, with [tryboot] in force for one boot after `tryboot`."""
        return boot_partition(self.read(COMMON, "autoboot.txt").decode(), tryboot)

    def boot(self, folder: Path, tryboot: bool = False) -> Boot:
        """As start.elf does it: config.txt of the partition names kernel and initramfs, cmdline.txt the rest."""
        partition = self.starts(tryboot)
        names = dict(re.findall(r"^(kernel|initramfs)[= ](\S+)", self.read(partition, "config.txt").decode(), re.M))
        kernel, initrd = folder / f"kernel-{partition}", folder / f"initrd-{partition}"
        kernel.write_bytes(self.read(partition, names["kernel"]))
        initrd.write_bytes(self.read(partition, names["initramfs"]))
        return Boot(partition, kernel, initrd, self.read(partition, "cmdline.txt").decode().strip())

    def extract(self, partition: int, target: Path) -> None:
        """The partition's octets, sparse."""
        start, size = self._places[partition]
        run("dd", f"if={self.image}", f"of={target}", "bs=1M", "iflag=skip_bytes,count_bytes", "conv=sparse",
            f"skip={start}", f"count={size}", "status=none")

    def digest(self, *partitions: int) -> str:
        """SHA-256 of what is in these partitions."""
        told = hashlib.sha256()
        for partition in partitions:
            for octets in self._octets(partition):
                told.update(octets)
        return told.hexdigest()

    def is_empty(self, partition: int) -> bool:
        """Nothing but zeros."""
        return not any(octets.strip(b"\0") for octets in self._octets(partition))

    def _octets(self, partition: int) -> Iterator[bytes]:
        start, left = self._places[partition]
        with self.image.open("rb") as file:
            file.seek(start)
            while left and (octets := file.read(min(left, 1 << 20))):
                yield octets
                left -= len(octets)

    def start_of(self, partition: int) -> int:
        """Octets from the card's beginning."""
        return self._places[partition][0]

    def _at(self, partition: int) -> str:
        return f"{self.image}@@{self._places[partition][0]}"


def boot_partition(autoboot: str, tryboot: bool) -> int:
    """autoboot.txt by sections: [tryboot] counts in a try only, [all] always; the last word holds."""
    section, found = "all", 0
    for line in autoboot.splitlines():
        line = line.split("#")[0].strip()
        if head := re.fullmatch(r"\[(\w+)\]", line):
            section = head[1]
        elif (value := re.fullmatch(r"boot_partition=(\d+)", line)) and (section == "all" or tryboot):
            found = int(value[1])
    if not found:
        raise CardError("autoboot.txt names no boot_partition")
    return found


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise CardError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
