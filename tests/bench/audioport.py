"""One end of a pretend modem's audio port: a pty whose other end the audio process opens by path."""

from __future__ import annotations

import contextlib
import os
import tty

FRAME = 320  # octets: 20 ms of 8 kHz s16le
FRAME_NS = 20_000_000
HARDWARE = 20  # of SCHED_FIFO; the audio process has 10


def hardware_waits_for_nobody() -> None:
    """A modem has its own clock, whatever the box does: its process comes before all others, where it may."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(HARDWARE))


class AudioPort:
    """`path` is what a driver opens. `theirs` stays open, so that the driver's closing does not hang ours up."""

    def __init__(self) -> None:
        self.fd, self._theirs = os.openpty()
        tty.setraw(self.fd)
        tty.setraw(self._theirs)
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self._theirs)
        self._rest = b""

    def write(self, frame: bytes) -> bool:
        """False when it was not taken whole."""
        try:
            return os.write(self.fd, frame) == len(frame)
        except BlockingIOError:
            return False

    def frames(self) -> list[bytes]:
        """What the box wrote since the last look, as whole frames."""
        try:
            data = self._rest + os.read(self.fd, 8192)
        except OSError:
            return []
        whole = len(data) // FRAME * FRAME
        self._rest = data[whole:]
        return [data[at : at + FRAME] for at in range(0, whole, FRAME)]

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._theirs)
