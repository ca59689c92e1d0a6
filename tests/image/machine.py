"""A Pi by qemu: its console is followed line by line and kept; it is waited for, never slept for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.image.card import Boot

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.|\r")
VIRT = ("-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024", "-accel", "tcg,thread=multi")


class BoxGone(Exception):
    """The machine ended while something was awaited from it."""


class Machine:
    """One power-on. `modems`: (pty, serial number) pairs that appear as USB serial ports."""

    def __init__(self, console: Path, hardware: Sequence[str]) -> None:
        self._hardware, self._file = hardware, console
        self._lines: list[str] = []
        self._news = asyncio.Condition()
        self._ended = False

    async def start(self, boot: Boot, append: str) -> None:
        words = [word for word in boot.cmdline.split() if word != "quiet" and "console=" not in word]
        self._process = await asyncio.create_subprocess_exec(
            "qemu-system-aarch64", *self._hardware, "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio",
            "-kernel", str(boot.kernel), "-initrd", str(boot.initrd), "-append", " ".join([*words, append]),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        self._follower = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        assert self._process.stdout
        with self._file.open("a") as file:
            file.write("=== power on\n")
            while line := await self._process.stdout.readline():
                text = ESCAPES.sub("", line.decode(errors="replace")).rstrip()
                file.write(text + "\n")
                file.flush()
                async with self._news:
                    self._lines.append(text)
                    self._news.notify_all()
        async with self._news:
            self._ended = True
            self._news.notify_all()

    async def said(self, pattern: str, since: int = 0) -> str:
        """The first line of the console that the pattern is found in. BoxGone when the machine ends before."""
        place = since
        while True:
            async with self._news:
                while place < len(self._lines):
                    if re.search(pattern, self._lines[place]):
                        return self._lines[place]
                    place += 1
                if self._ended:
                    raise BoxGone(f"the machine ended before it said {pattern!r}; last words: {self._lines[-3:]}")
                await self._news.wait()

    def must_run(self) -> None:
        if self._ended:
            raise BoxGone(f"the machine ended; last words: {self._lines[-3:]}")

    @property
    def mark(self) -> int:
        """How many lines were said so far."""
        return len(self._lines)

    def after(self, line: str, since: int) -> int:
        """The place behind that line."""
        return self._lines.index(line, since) + 1

    def heard(self, pattern: str) -> bool:
        return any(re.search(pattern, line) for line in self._lines)

    async def ended(self) -> None:
        """Waits until the machine reboots or powers off, which ends qemu."""
        await self._process.wait()
        await self._follower

    async def kill(self) -> None:
        """The plug is pulled."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self.ended()


def virt(card: Path, ports: dict[int, int], modems: Sequence[tuple[Path, str]]) -> list[str]:
    """qemu's words for the generic machine. `ports`: host port -> the box's port."""
    forwards = "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for host, guest in ports.items())
    # unsafe: a kill of qemu leaves what it wrote in the page cache of this machine, which stays up.
    words = [*VIRT, "-drive", f"file={card},if=none,id=card,format=raw,cache=unsafe", "-device",
             "virtio-blk-pci,drive=card", "-netdev", f"user,id=net{forwards}", "-device", "virtio-net-pci,netdev=net",
             "-device", "virtio-rng-pci", "-device", "qemu-xhci,id=usb"]
    for pty, serial in modems:
        words += ["-chardev", f"serial,id={serial},path={pty.resolve()}", "-device",
                  f"usb-serial,bus=usb.0,chardev={serial},serial={serial}"]
    return words
