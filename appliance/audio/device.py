"""An audio device, opened: a modem's PCM tty, a sound card, or a socket on which another process hands frames over."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import termios
import tty
from typing import Protocol

READ_OCTETS = 4096


class Device(Protocol):
    """What the engine moves frames through; `fd` is readable when there is something to read."""

    fd: int

    def read(self) -> bytes: ...
    def write(self, frame: bytes) -> int: ...
    def close(self) -> None: ...


class DeviceGone(OSError):
    """The device ended; the text says how."""


class FdDevice:
    """Frames go out whole, whatever the device takes at once: half a sample too few makes noise of all the rest."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._rest = b""

    def read(self) -> bytes:
        """b"" when there is nothing now. DeviceGone at its end."""
        try:
            data = os.read(self.fd, READ_OCTETS)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise DeviceGone(error.strerror or str(error)) from error
        if not data:
            raise DeviceGone("the audio device is gone")
        return data

    def write(self, frame: bytes) -> int:
        """The frame's octets, or 0 when the device takes none of it now."""
        try:
            if self._rest:
                self._rest = self._rest[os.write(self.fd, self._rest) :]
                if self._rest:
                    return 0
            sent = os.write(self.fd, frame)
        except OSError:
            return 0  # full, or gone: then reading tells of it
        if sent < len(frame):
            self._rest = frame[sent:]
        return len(frame)

    def close(self) -> None:
        os.close(self.fd)


def open_device(source: str) -> Device:
    """A device path, alsa:CARD, span:PATH#LEG, or socket:PATH. OSError says what is wrong."""
    if source.startswith("span:"):
        from appliance.audio.spandevice import SpanDevice  # it needs this file

        return SpanDevice(source.removeprefix("span:"))
    if source.startswith("alsa:"):
        from appliance.audio.alsadevice import AlsaDevice  # it needs this file, and few boxes need it

        return AlsaDevice(source.removeprefix("alsa:"))
    try:
        return FdDevice(_open_socket(source[7:]) if source.startswith("socket:") else _open_tty(source))
    except ValueError as error:
        raise OSError(f"not a path: {error}") from error


def _open_tty(path: str) -> int:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        if not stat.S_ISCHR(os.fstat(fd).st_mode) or not os.isatty(fd):
            raise OSError("this is no audio port of a modem; correct `audio` of this line")
        _lock(fd)
        tty.setraw(fd, termios.TCSANOW)
        termios.tcflush(fd, termios.TCIOFLUSH)  # what the last call left behind
    except (OSError, termios.error) as error:
        os.close(fd)
        raise error if isinstance(error, OSError) else OSError(str(error)) from error
    return fd


def _lock(fd: int) -> None:
    """A lock on the file, as pyserial takes: the kernel frees it when a process is killed, unlike TIOCEXCL, which stays
    on a tty that anybody else holds open."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise OSError("another program has it; stop it") from error


def _open_socket(path: str) -> int:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock.detach()
