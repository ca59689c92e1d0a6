"""`make test-image`: boots the built card in qemu and plays its life. Console logs are kept when it fails."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from appliance.labbox import LabProcess
from tests.image import story
from tests.image.card import Card
from tests.image.station import ClockServer, Shell

PROGRAMS = ("qemu-system-aarch64", "mtype", "sfdisk", "ssh", "ssh-keygen", "e2fsck", "espeak-ng")
CARD = 2 * 1024**3  # octets: larger than the image, so that the data partition has something to grow into
PATIENCE_S = 1500.0  # s for everything; an idle machine with two cores takes about a quarter of it


async def play(image: Path, bundle: Path, broken: Path, work: Path, console: Path) -> list[str]:
    card = work / "card.img"
    subprocess.run(["cp", "--sparse=always", str(image), str(card)], check=True)
    with card.open("r+b") as file:
        file.truncate(CARD)
    lab = LabProcess(work / "lab")
    await lab.start()
    loop = asyncio.get_running_loop()
    clock, _ = await loop.create_datagram_endpoint(ClockServer, local_addr=("127.0.0.1", 123))
    web, ssh = story.free_port(), story.free_port()
    bench = story.Bench(Card(card), work, lab, Shell(work, ssh), web, ssh, console)
    try:
        await story.first_start(bench)
        await story.a_call(bench, talk=True)
        await story.plug_pulled(bench)
        await story.update(bench, bundle)
        await story.bad_update(bench, broken)
        await story.power_off(bench)
    finally:
        if bench.machine:
            await bench.machine.kill()
        clock.close()
        await lab.stop()
    return bench.measured


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.image")
    parser.add_argument("image", type=Path, help="the card image, not compressed")
    parser.add_argument("bundle", type=Path, help="the update")
    parser.add_argument("broken", type=Path, help="an update with a good signature that cannot start")
    options = parser.parse_args()
    if lacks := [program for program in PROGRAMS if shutil.which(program) is None]:
        print(f"test-image: SKIPPED: this machine has no {', '.join(lacks)}")
        return 0
    begin = time.monotonic()
    console = Path("image-console.log").absolute()
    console.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="ringback-image-") as folder:
        try:
            measured = asyncio.run(asyncio.wait_for(
                play(options.image, options.bundle, options.broken, Path(folder), console), PATIENCE_S))
        except BaseException:
            print(f"test-image: FAILED; the console is kept: {console}", file=sys.stderr)
            raise
    console.unlink()
    print(f"test-image: passed in {time.monotonic() - begin:.0f} s\n  " + "\n  ".join(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
