"""`make test-image`: boots the built card in qemu and plays its life. Console logs are kept when it fails."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from appliance.labbox import LabProcess
from tests.image import boards, story
from tests.image.bypage import update_by_page
from tests.image.card import Card
from tests.image.drivers import own_modules
from tests.image.station import ClockServer, Shell

PROGRAMS = ("qemu-system-aarch64", "mtype", "sfdisk", "ssh", "ssh-keygen", "e2fsck", "espeak-ng")
CARD = 2 * 1024**3  # octets: larger than the image, so that the data partition has something to grow into
PATIENCE_S = 2700.0  # s for all but the board; on two crowded cores it took 35 minutes, and the board 5

CHAPTERS: dict[str, Callable[[story.Bench, Path], Awaitable[None]]] = {
    "modules": lambda bench, _: own_modules(bench),
    "call": lambda bench, _: story.a_call(bench, talk=True),
    "plug": lambda bench, _: story.plug_pulled(bench),
    "foreign": lambda bench, bundles: story.foreign_update(bench, bundles / "foreign.raucb"),
    "update": lambda bench, bundles: story.update(bench, bundles / "update.raucb"),
    "broken": lambda bench, bundles: story.bad_update(bench, bundles / "broken.raucb"),
    "page": update_by_page,
}  # in this order, between first start and power-off
BOARD = "pi3"  # and this one after it, with a fresh card: a Pi 3 as far as qemu has one


async def play(options: argparse.Namespace, work: Path, console: Path) -> list[str]:
    card = work / "card.img"
    subprocess.run(["cp", "--sparse=always", str(options.image), str(card)], check=True)
    with card.open("r+b") as file:
        file.truncate(CARD)
    lab = LabProcess(work / "lab")
    await lab.start()
    loop = asyncio.get_running_loop()
    clock = None
    with suppress(OSError):  # then this machine has a clock server of its own, and qemu hands the box to that
        clock, _ = await loop.create_datagram_endpoint(ClockServer, local_addr=("127.0.0.1", 123))
    web, ssh = story.free_port(), story.free_port()
    bench = story.Bench(Card(card), work, lab, Shell(work, ssh), web, ssh, console)
    try:
        await story.first_start(bench)
        for chapter in CHAPTERS:
            if chapter in options.chapters:
                await CHAPTERS[chapter](bench, options.bundles)
        await story.power_off(bench)
    finally:
        if bench.machine:
            await bench.machine.kill()
        if clock:
            clock.close()
        await lab.stop()
    return bench.measured


async def on_a_board(options: argparse.Namespace, work: Path, console: Path) -> list[str]:
    if BOARD not in options.chapters:
        return []
    if not Card(options.image).has(2, boards.DTB):
        story.say(f"{BOARD}: SKIPPED, this image is not for a Pi 3")
        return []
    folder = work / BOARD
    folder.mkdir()
    return [await boards.play(BOARD, options.image, folder, console)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.image")
    parser.add_argument("image", type=Path, help="the card image, not compressed")
    parser.add_argument("bundles", type=Path, help="folder of update.raucb, broken.raucb and foreign.raucb")
    parser.add_argument("--chapters", nargs="*", default=[*CHAPTERS, BOARD], metavar="CHAPTER",
                        help=f"only these: between first start and power-off {', '.join(CHAPTERS)}; then {BOARD}")
    options = parser.parse_args()
    if unknown := set(options.chapters) - {*CHAPTERS, BOARD}:
        parser.error(f"no chapter is called {', '.join(sorted(unknown))}; there are {', '.join(CHAPTERS)}, {BOARD}")
    if lacks := [program for program in PROGRAMS if shutil.which(program) is None]:
        print(f"test-image: SKIPPED: this machine has no {', '.join(lacks)}")
        return 0
    begin = time.monotonic()
    console = Path("image-console.log").absolute()
    console.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="ringback-image-") as folder:
        try:
            measured = asyncio.run(asyncio.wait_for(play(options, Path(folder), console), PATIENCE_S))
            measured += asyncio.run(asyncio.wait_for(on_a_board(options, Path(folder), console), boards.PATIENCE_S))
        except BaseException:
            print(f"test-image: FAILED; the console is kept: {console}", file=sys.stderr)
            raise
    console.unlink()
    print(f"test-image: passed in {time.monotonic() - begin:.0f} s\n  " + "\n  ".join(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
