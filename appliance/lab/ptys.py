"""Modems on pseudo-terminals, in real time: what the real drivers and the audio process open by path."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

from appliance.lab.modem import LabModem


class PtyModem:
    """Two ptys, linked as NAME-at and NAME-audio in a folder."""

    def __init__(self, folder: Path, name: str, modem: LabModem) -> None:
        self._loop = asyncio.get_running_loop()
        self._fds: list[int] = []
        self._links: list[Path] = []
        at = self._pty(folder / f"{name}-at")
        pcm = self._pty(folder / f"{name}-audio")
        modem.say = lambda data: _write(at, data)
        modem.voice.give = lambda data: _write(pcm, data)
        self._loop.add_reader(at, lambda: modem.at_received(_read(at)))
        self._loop.add_reader(pcm, lambda: modem.voice.received(_read(pcm)))

    def _pty(self, link: Path) -> int:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        tty.setraw(ours)
        os.set_blocking(ours, False)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(theirs))
        self._links.append(link)
        self._fds += [ours, theirs]  # theirs stays open, so that a driver's closing does not hang ours up
        return ours

    def close(self) -> None:
        for fd in self._fds:
            self._loop.remove_reader(fd)
            os.close(fd)
        for link in self._links:
            link.unlink(missing_ok=True)


def _write(fd: int, data: bytes) -> None:
    try:
        os.write(fd, data)
    except OSError:
        return  # nobody reads and the buffer is full: a modem drops it too


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 8192)
    except OSError:
        return b""
