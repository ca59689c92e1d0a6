"""`make test-powercut`: 200 power cuts in the midst of busy writing; nothing acknowledged is lost, nothing unreadable.

The data partition lies on a loop device, whose disk (recorder.py) writes down every write and flush. Each cut is the
disk at a random instant: what was flushed before is there, of the rest any sectors. It is repaired and mounted as the
box does it, then compared with what the stores had acknowledged by that instant.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random

from appliance.store.documents import Documents
from appliance.store.journal import Journal
from tests.powercut.disk import CutDisk, Operation, operations
from tests.store.test_kill import Told, check_all_is_there
from tests.store.torturer import START

SIZE = 48 * 1024 * 1024
MEMORY = Path("/dev/shm")  # the disk below is ours: what lies under it need not be durable
HERE = Path(__file__).parent
FEATURES = ("mke2fs", "-q", "-t", "ext4", "-F")
LATER = START + timedelta(days=1000)
MOUNT = "noatime,errors=remount-ro"  # as image-build/init


def needs() -> str:
    """What this machine lacks for the proof; empty when nothing."""
    if subprocess.run(["id", "-u"], capture_output=True, text=True).stdout.strip() != "0":
        return "it must be run as root, for loop devices and mounts"
    if subprocess.run(["/usr/bin/python3", "-c", "import fusepy"], capture_output=True).returncode:
        return "python3-fusepy (Debian) is not installed"
    if not Path("/dev/fuse").exists() or not Path("/dev/loop-control").exists():
        return "this kernel has no FUSE or no loop devices"
    return ""


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def record(work: Path, seconds: float) -> list[str]:
    """Writes for so long; what was acknowledged, line by line."""
    base, log, disk, data = work / "base.img", work / "log", work / "fuse", work / "data"
    with base.open("wb") as file:
        file.truncate(SIZE)
    run(*FEATURES, str(base))
    disk.mkdir()
    data.mkdir()
    recorder = subprocess.Popen(["/usr/bin/python3", str(HERE / "recorder.py"), str(disk), str(base), str(log)])
    while not (disk / "disk").exists():
        if recorder.poll() is not None:
            raise RuntimeError("the recorder did not start")
    loop = run("losetup", "--find", "--show", str(disk / "disk"))
    try:
        run("mount", "-o", MOUNT, loop, str(data))
        writer = subprocess.Popen([sys.executable, "-m", "tests.powercut.writer", str(data)], stdout=subprocess.PIPE,
                                  text=True)
        assert writer.stdout
        told, end = [], time.monotonic() + seconds
        for line in writer.stdout:
            told.append(line)
            if json.loads(line)[0] > end:
                break
        writer.kill()
        told += writer.stdout.readlines()
        writer.wait()
    finally:
        subprocess.run(["umount", str(data)])
        run("losetup", "--detach", loop)
        run("umount", str(disk))
        recorder.wait()
    return told


def check(image: Path, data: Path, told: Told, saved: int, saving: int) -> None:
    """Mounts one disk as the box does, and compares. AssertionError, StoreError or RuntimeError say what is lost."""
    repaired = subprocess.run(["e2fsck", "-p", str(image)], capture_output=True, text=True)
    assert repaired.returncode in (0, 1), f"e2fsck -p: {repaired.stdout}"
    run("mount", "-o", f"loop,{MOUNT}", str(image), str(data))
    try:
        settings = data / "settings.json"
        documents = Documents(settings)
        assert documents.recovered == ""
        turn = documents.site.get("turn", 0)
        assert saved <= turn <= saving, f"settings of turn {turn}, acknowledged {saved}, begun {saving}"
        documents.close()
        journal = Journal(data / "journal.sqlite", "EUR")
        open_ = check_all_is_there(journal, told)
        mended = journal.mend_all(LATER)
        assert sorted(record.leg for record in mended) == sorted(record.leg for record in open_)
        assert not journal.open_records()
        journal.close()
    finally:
        run("umount", str(data))
    clean = subprocess.run(["e2fsck", "-fn", str(image)], capture_output=True, text=True)
    assert clean.returncode == 0, f"e2fsck -fn after the mount: {clean.stdout}"


def prove(work: Path, cuts: int, seconds: float, seed: int) -> None:
    chance = Random(seed)
    lines = [json.loads(line) for line in record(work, seconds)]
    log: list[Operation] = list(operations(work / "log"))
    first = next(n for n, operation in enumerate(log) if operation.at > lines[0][0])
    instants = sorted(chance.choices(range(first, len(log)), k=cuts))
    disk, told, saved, saving, heard, unflushed = CutDisk(work / "base.img", log), Told(), 0, 0, 0, 0
    for number, instant in enumerate(instants, 1):
        while heard < len(lines) and lines[heard][0] < log[instant].at:
            _, kind, *words = lines[heard]
            if kind == "saved":
                saved = words[0]
            elif kind == "saving":
                saving = words[0]
            else:
                told.hear(kind, *words)
            heard += 1
        content, pending = disk.cut(instant, chance)
        unflushed += pending > 0
        image = work / "cut.img"
        image.write_bytes(content)
        try:
            check(image, work / "data", told, saved, saving + 1)
        except Exception as error:
            kept = Path(f"powercut-{seed}-{number}.img").absolute()
            shutil.copy(image, kept)
            sys.exit(f"power cut {number} of {cuts} (seed {seed}): {error!r}; the disk is kept: {kept}")
        if number % 50 == 0:
            print(f"{number} of {cuts} cuts", flush=True)
    flushes = sum(operation.data is None for operation in log)
    print(f"power cuts: {cuts} of {cuts} readable, nothing lost of {heard} acknowledged steps ({saved} settings, "
          f"{len(told.opened)} records); {unflushed} cuts had writes that were not flushed; "
          f"{len(log) - flushes} writes, {flushes} flushes")
    assert unflushed > cuts / 10, "too few cuts fell between a write and its flush: this proves nothing"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.powercut")
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20, help="of writing")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if lacks := needs():
        print(f"test-powercut: SKIPPED: {lacks}")
        return 0
    with tempfile.TemporaryDirectory(prefix="powercut-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        prove(Path(folder), options.cuts, options.seconds, options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
