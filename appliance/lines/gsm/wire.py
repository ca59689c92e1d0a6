"""Octets to and from a modem's AT port: the seam between the AT engine and a serial port, a pty or memory."""

from __future__ import annotations

import asyncio
import fcntl
import os
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import serial

OnData = Callable[[bytes], None]
OnLost = Callable[[str], None]


class WireError(OSError):
    """The port cannot be opened; `absent` tells a missing device from one that somebody else has."""

    def __init__(self, text: str, *, absent: bool) -> None:
        super().__init__(text)
        self.text, self.absent = text, absent


class Wire(Protocol):
    """An open port. Loss comes once, through the on_lost handed in at opening."""

    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


OpenWire = Callable[[str, OnData, OnLost], Wire]


class SerialWire:
    """A serial port by its stable path, opened exclusively, without flow control: USB modems have none that works."""

    def __init__(self, path: str, on_data: OnData, on_lost: OnLost) -> None:
        self._port = _open(path)
        self._on_data, self._on_lost = on_data, on_lost
        self._loop = asyncio.get_running_loop()
        self._out = bytearray()
        self._fd = self._port.fileno()
        _claim(self._fd)
        os.set_blocking(self._fd, False)
        self._loop.add_reader(self._fd, self._readable)

    def write(self, data: bytes) -> None:
        waiting = bool(self._out)
        self._out += data
        if not waiting:
            self._writable()

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._fd = -1
            self._port.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return None
        except OSError as error:
            return self._lose(error.strerror or str(error))
        if data:
            return self._on_data(data)
        return self._lose("the device is gone")

    def _writable(self) -> None:
        if self._fd < 0:
            return None
        try:
            sent = os.write(self._fd, self._out)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            return self._lose(error.strerror or str(error))
        del self._out[:sent]
        if self._out:
            self._loop.add_writer(self._fd, self._writable)
        else:
            self._loop.remove_writer(self._fd)
        return None

    def _lose(self, why: str) -> None:
        self.close()
        self._on_lost(why)


def _claim(fd: int) -> None:
    """The lock stops those who ask for it, TIOCEXCL everybody but root. With VMIN = 1, no octets means it is gone."""
    fcntl.ioctl(fd, termios.TIOCEXCL)
    attributes = termios.tcgetattr(fd)
    attributes[6][termios.VMIN] = 1
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _open(path: str) -> serial.Serial:
    if not Path(path).exists():
        raise WireError(f"{path} is not there; plug the modem in, or correct `at` of this line", absent=True)
    try:
        return serial.Serial(path, 115200, timeout=0, exclusive=True, rtscts=False, dsrdtr=False)
    except (OSError, ValueError) as error:  # SerialException is an OSError
        busy = any(word in str(error).lower() for word in ("lock", "busy", "temporarily unavailable"))
        denied = "permission" in str(error).lower()
        why = ("another program has it; stop ModemManager or whatever holds it" if busy else
               "this user may not open it; add the user to the group dialout" if denied else str(error))
        raise WireError(f"{path}: {why}", absent=not (busy or denied)) from error


def open_serial(path: str, on_data: OnData, on_lost: OnLost) -> Wire:
    """Opens a real port (or a pty). WireError says what is wrong and what to do."""
    return SerialWire(path, on_data, on_lost)
