"""`python -m tests.image.boards pi3|pi5 IMAGE`: how far qemu goes with a board's kernel, device tree and modules.

pi3: pi4's image on qemu's Raspberry Pi 3 with the card's own device tree: SD host, USB, mailbox. What the firmware does
before is not there. pi5: its kernel on the generic machine, for qemu has no Pi 5.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.image.card import COMMON, Card
from tests.image.drivers import no_pi_is_said
from tests.image.machine import Machine, virt
from tests.image.station import Shell, page
from tests.image.story import SLOW, free_port, say

CARD = 2 * 1024**3  # octets; a power of two, as qemu wants an SD card
PATIENCE_S = 1200.0  # s; an idle machine with two cores takes a tenth
FAST = 0.25  # s between two questions to the page: nothing tells that it is up
DTB = "bcm2837-rpi-3-b.dtb"
# The watchdog of qemu's board resets it at once when it is armed (seen with 10.0; it is left out here).
# It has none of the hardware of vc4.
PI3 = "earlycon=pl011,mmio32,0x3f201000 rootwait systemd.watchdog_sec=0 module_blacklist=bcm2835_wdt,snd_bcm2835,vc4"
LAMPS = '[site]\ncountry = "DE"\ncurrency = "EUR"\n[site.hardware]\nlamp_call = 27\nlamp_trouble = 22\n'
SHINE = (("GPIO22", "hi"), ("GPIO27", "lo"))  # no line at all is trouble; no call runs
SET_REBOOT_FLAGS = "38064"  # the mailbox' tag, as qemu writes down that it does not know it


@dataclass
class Board:
    """A card in a machine that may be reached by its page and its shell."""

    card: Card
    work: Path
    console: Path
    shell: Shell
    web: int
    ssh: int

    @property
    def ports(self) -> dict[int, int]:
        return {self.web: 8443, self.ssh: 22}

    async def start(self, hardware: list[str], append: str) -> Machine:
        machine = Machine(self.console, hardware)
        await machine.start(self.card.boot(self.work), f"{append} ignore_loglevel")
        return machine

    async def page_answers(self, machine: Machine, what: str) -> str:
        """What was measured."""
        begin = time.monotonic()
        while await page(self.web) != 200:
            machine.must_run()
            await asyncio.sleep(FAST)
        told = f"boot time, {what}: {time.monotonic() - begin:.0f} s from the kernel's start to the page"
        say(told)
        return told


async def pi3(board: Board) -> str:
    """The device tree leads to the card and the network; the word for the firmware reaches its mailbox."""
    dtb, told = board.work / DTB, board.work / "qemu.log"
    dtb.write_bytes(board.card.read(board.card.starts(tryboot=False), DTB))
    forwards = "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for host, guest in board.ports.items())
    machine = await board.start(
        ["-M", "raspi3b", "-dtb", str(dtb), "-drive", f"file={board.card.image},if=sd,format=raw,cache=unsafe",
         "-netdev", f"user,id=net{forwards}", "-device", "usb-net,netdev=net", "-d", "unimp", "-D",
         str(told)], f"{SLOW.replace('ttyAMA0', 'ttyAMA0,115200')} {PI3}")
    try:
        say(await machine.said("mmcblk0: "))
        say(await machine.said("data partition: e2fsck says [01] "))
        booted = await board.page_answers(machine, "qemu's Pi 3")
        say((await board.shell.run("tr -d '\\0' </proc/device-tree/model")).strip())
        loaded = await board.shell.run("lsmod")
        assert all(name in loaded for name in ("rpi_tryboot", "mISDN_core", "mISDN_dsp")), loaded
        say("the supply is watched by " + await board.shell.run("grep -l rpi_volt /sys/class/hwmon/*/name"))
        await lamps_shine(board.shell)
        assert SET_REBOOT_FLAGS not in told.read_text()
        await board.shell.run('systemctl reboot --reboot-argument="0 tryboot"', check=False)
        say(await machine.said("rpi_tryboot: the firmware "))  # the watchdog would restart it now, and is left out
        line = next((line for line in told.read_text().splitlines() if SET_REBOOT_FLAGS in line), "")
        assert line, "the word for the firmware did not reach its mailbox"
        say(f"qemu's firmware was told: {line.strip()}")
        return booted
    finally:
        await machine.kill()


async def lamps_shine(shell: Shell) -> None:
    """The gateway has its pins of the header, and the levels are those of its lamps."""
    told = await shell.run("cat /sys/kernel/debug/gpio")
    for pin, level in SHINE:
        line = next((line for line in told.splitlines() if re.search(rf"\b{pin}\b", line)), "")
        assert re.search(rf"\|ringback +\) out {level}\b", line), f"{pin}: {line!r}"
        say(f"the kernel says of a lamp: {line.strip()}")


async def pi5(board: Board) -> str:
    """The newest backport's kernel up to the page, from this image's root; drivers of the Pi 5 are there."""
    machine = await board.start(virt(board.card.image, board.ports, ()), SLOW)
    try:
        booted = await board.page_answers(machine, "pi5 on the generic machine")
        kernel = (await board.shell.run("uname -r")).strip()
        assert kernel.startswith("7."), kernel
        say(f"it is {kernel}")
        await board.shell.run("modinfo -F filename rp1_pci clk_rp1 pinctrl_rp1 sdhci_brcmstb macb xhci_plat_hcd")
        await no_pi_is_said(board.shell)
        failed = await board.shell.run("systemctl list-units --failed --plain --no-legend")
        assert not failed, failed
        return booted
    finally:
        await machine.kill()


BOARDS: dict[str, Callable[[Board], Awaitable[str]]] = {"pi3": pi3, "pi5": pi5}


async def play(name: str, image: Path, work: Path, console: Path) -> str:
    card = work / "card.img"
    subprocess.run(["cp", "--sparse=always", str(image), str(card)], check=True)
    with card.open("r+b") as file:
        file.truncate(CARD)
    web, ssh = free_port(), free_port()
    board = Board(Card(card), work, console, Shell(work, ssh), web, ssh)
    say(f"{name}: a fresh card on another machine")
    first = {"ringback.toml": f'hostname = "bench"\nssh_keys = ["{board.shell.public_key}"]\n', "site.toml": LAMPS}
    for called, text in first.items():
        (work / called).write_text(text)
        board.card.write(COMMON, work / called)
    return await BOARDS[name](board)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.image.boards")
    parser.add_argument("board", choices=sorted(BOARDS))
    parser.add_argument("image", type=Path, help="the card image, not compressed: of pi4 for pi3, of pi5 for pi5")
    options = parser.parse_args()
    console = Path(f"image-console-{options.board}.log").absolute()
    console.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="ringback-board-") as folder:
        try:
            asyncio.run(asyncio.wait_for(play(options.board, options.image, Path(folder), console), PATIENCE_S))
        except BaseException:
            print(f"tests.image.boards: FAILED; the console is kept: {console}", file=sys.stderr)
            raise
    console.unlink()
    print(f"tests.image.boards: {options.board} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
