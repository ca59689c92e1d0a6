"""The audio process: `python -m appliance.audio.engine --control-fd N --country DE`. The only place that moves frames.

One selector loop over PCM ports and one control socket. Real-time priority where it is allowed.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import selectors
import socket
import sys
import termios
import tty
from collections.abc import Callable
from functools import partial
from typing import Any

from appliance.audio.client import AudioEvent, PortFailed, PortOpened
from appliance.audio.codec import event_line, read_order, read_sounds
from appliance.audio.dtmf import KeyDetector, SpandspDetector, SpandspMissing, load_spandsp
from appliance.audio.goertzel import GoertzelDetector
from appliance.audio.mixer import Mixer
from appliance.audio.sounds import frames

PRIORITY = 10  # of SCHED_FIFO: above everything ordinary, below the kernel's own threads


def detector_factory() -> Callable[[], KeyDetector]:
    """spandsp where it is installed, else the slower one of our own."""
    try:
        return partial(SpandspDetector, load_spandsp())
    except SpandspMissing as error:
        print(f"audio: {error}; using the built-in detector", file=sys.stderr)
        return GoertzelDetector


class Engine:
    """Ports and control joined by one selector."""

    def __init__(self, control: socket.socket, country: str) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._ports: dict[str, int] = {}
        self._orders = b""
        self._mixer = Mixer(self._emit, detector_factory(), partial(frames, country=country))
        self._selector.register(control, selectors.EVENT_READ, self._controlled)
        self._alive = True

    def run(self) -> None:
        """Until the gateway closes the control socket."""
        while self._alive:
            for key, _ in self._selector.select():
                key.data()

    def _emit(self, event: AudioEvent) -> None:
        try:
            self._control.sendall(event_line(event))
        except OSError:
            self._alive = False

    def _controlled(self) -> None:
        data = self._control.recv(65536)
        if not data:
            self._alive = False
            return
        *lines, self._orders = (self._orders + data).split(b"\n")
        for line in lines:
            order = read_order(line)
            if order is None:
                print(f"audio: unreadable order {line[:80]!r}", file=sys.stderr)
                continue
            try:
                self._obey(*order)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                print(f"audio: bad order {line[:80]!r}: {error!r}", file=sys.stderr)

    def _obey(self, order: str, f: dict[str, Any]) -> None:
        match order:
            case "open":
                self._open(str(f["port"]), str(f["source"]))
            case "close":
                self._close(str(f["port"]))
            case "play":
                self._mixer.play(f["port"], read_sounds(f["sounds"]), int(f["token"]), bool(f["barge_in"]))
            case "stop":
                self._mixer.stop(f["port"])
            case "bridge":
                self._mixer.bridge(f["port"], f["other"])
            case "unbridge":
                self._mixer.unbridge(f["port"])
            case "key":
                self._mixer.key_reported(f["port"], f["key"])
            case "statistics":
                self._mixer.statistics(f["port"])
            case _:
                raise ValueError("no such order")

    def _open(self, port: str, source: str) -> None:
        self._close(port)
        try:
            fd = _open_socket(source[7:]) if source.startswith("socket:") else _open_tty(source)
        except OSError as error:
            return self._emit(PortFailed(port, f"{source}: {error.strerror or error}"))
        self._ports[port] = fd
        self._mixer.attach(port, partial(_write, fd))
        self._selector.register(fd, selectors.EVENT_READ, partial(self._readable, port, fd))
        return self._emit(PortOpened(port))

    def _readable(self, port: str, fd: int) -> None:
        try:
            data = os.read(fd, 4096)
        except BlockingIOError:
            return None
        except OSError as error:
            return self._fail(port, error.strerror or str(error))
        if data:
            return self._mixer.received(port, data)
        return self._fail(port, "the audio device is gone")

    def _fail(self, port: str, why: str) -> None:
        self._close(port)
        self._emit(PortFailed(port, why))

    def _close(self, port: str) -> None:
        fd = self._ports.pop(port, None)
        if fd is not None:
            self._selector.unregister(fd)
            self._mixer.detach(port)
            os.close(fd)


def _write(fd: int, data: bytes) -> int:
    try:
        return os.write(fd, data)
    except BlockingIOError:
        return 0  # the modem takes nothing now; the frame is lost, the count stays true
    except OSError:
        return 0  # reading tells of the loss


def _open_tty(path: str) -> int:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        if os.isatty(fd):
            tty.setraw(fd, termios.TCSANOW)
            fcntl.ioctl(fd, termios.TIOCEXCL)
            termios.tcflush(fd, termios.TCIOFLUSH)  # what the last call left behind
    except (OSError, termios.error) as error:
        os.close(fd)
        raise OSError(str(error)) from error
    return fd


def _open_socket(path: str) -> int:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock.detach()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--country", default="DE")
    options = parser.parse_args()
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        print("audio: no real-time priority here; voices may stutter on a busy machine", file=sys.stderr)
    engine = Engine(socket.socket(fileno=options.control_fd), options.country)
    gc.collect()
    gc.freeze()
    engine.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
