"""A sound card as an audio device of the engine: `alsa:hw:1`. Both directions, one descriptor to poll."""

from __future__ import annotations

import ctypes
import os
import select
import struct

from appliance.audio.alsa import CAPTURE, PLAYBACK, AlsaError, Pcm, PollFd
from appliance.audio.device import DeviceGone
from appliance.audio.frame import FRAME_MS, FRAME_SAMPLES

MONOTONIC, TIMER_FLAGS = 1, os.O_NONBLOCK | os.O_CLOEXEC


class AlsaDevice:
    """A device.Device. `fd` is readable when the card has given something."""

    def __init__(self, card: str) -> None:
        self._playback = Pcm(card, PLAYBACK)
        try:
            self._capture = Pcm(card, CAPTURE)
        except AlsaError:
            self._playback.close()
            raise
        self._clock: Descriptors | Timer = _clock(self._capture)
        self.fd = self._clock.fd
        self._rest = b""

    def read(self) -> bytes:
        """b"" when there is nothing now. DeviceGone when the card is unplugged."""
        try:
            return self._capture.read(self._clock.due(self._capture))
        except AlsaError as error:
            raise DeviceGone(str(error)) from error

    def write(self, frame: bytes) -> int:
        """The frame's octets, or 0 when the card takes none of it now."""
        try:
            if self._rest:
                self._rest = self._rest[2 * self._playback.write(self._rest) :]
                if self._rest:
                    return 0
            taken = 2 * self._playback.write(frame)
        except AlsaError:
            return 0  # gone: reading tells of it
        self._rest = frame[taken:] if taken else b""
        return len(frame) if taken else 0

    def close(self) -> None:
        self._clock.close()
        self._capture.close()
        self._playback.close()


class Descriptors:
    """What ALSA says to poll, gathered in one descriptor. OSError for what cannot be polled."""

    def __init__(self, polled: ctypes.Array[PollFd]) -> None:
        self._polled, self._poll = polled, select.epoll()
        self.fd = self._poll.fileno()
        try:
            for found in polled:
                self._poll.register(found.fd, found.events & 0xFFFF)
        except OSError:
            self._poll.close()
            raise

    def due(self, capture: Pcm) -> int:
        ready = dict(self._poll.poll(0))
        for found in self._polled:
            found.revents = ready.get(found.fd, 0) & 0x7FFF
        capture.acknowledge(self._polled)
        return capture.waiting()

    def close(self) -> None:
        self._poll.close()


class Timer:
    """A card made of files (ALSA's plugins null and file) has nothing to poll and no clock: a frame every 20 ms."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.timerfd_create(MONOTONIC, TIMER_FLAGS)
        if self.fd < 0:
            raise AlsaError(os.strerror(ctypes.get_errno()))
        each = struct.pack("@llll", 0, FRAME_MS * 1_000_000, 0, FRAME_MS * 1_000_000)
        libc.timerfd_settime(self.fd, 0, each, None)

    def due(self, capture: Pcm) -> int:
        try:
            (ticks,) = struct.unpack("@Q", os.read(self.fd, 8))
        except BlockingIOError:
            return 0
        return int(ticks) * FRAME_SAMPLES

    def close(self) -> None:
        os.close(self.fd)


def _clock(capture: Pcm) -> Descriptors | Timer:
    try:
        return Descriptors(capture.descriptors())
    except PermissionError:  # epoll takes no file
        return Timer()
