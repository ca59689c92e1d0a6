"""ALSA's libasound by ctypes: one direction of one sound card, 8 kHz, one channel, 16 bit."""

from __future__ import annotations

import ctypes
import errno
from functools import cache

from appliance.audio.frame import FRAME_MS, FRAME_OCTETS, FRAME_SAMPLES, RATE, SILENCE

PLAYBACK, CAPTURE = 0, 1
NONBLOCK = 1
S16_LE, RW_INTERLEAVED = 2, 3
BUFFER_MS = 5 * FRAME_MS  # what the card may hold; what does not fit is refused, so that no delay piles up
PREFILL = 2  # frames of silence before the first: a voice that comes up to 40 ms late is heard without a gap

REMEDIES = {
    errno.ENOENT: "there is no such sound card; `aplay -l` lists those there are",
    errno.ENODEV: "the sound card is gone; plug it in",
    errno.EBUSY: "another program has the sound card; stop it (PulseAudio and PipeWire take every card they find)",
    errno.EACCES: "this user may not open it; add the user to the group audio",
    errno.EPERM: "this user may not open it; add the user to the group audio",
    errno.EINVAL: "the card does not do 8 kHz, one channel, 16 bit, not even converted",
}


class AlsaError(OSError):
    """What is wrong and what to do."""


@cache
def library() -> ctypes.CDLL:
    """libasound. AlsaError names the package when it is missing."""
    try:
        found = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise AlsaError("the library of sound cards is missing; install it: apt install libasound2 (Debian 12) "
                        "or libasound2t64 (Debian 13)") from error
    for name in ("snd_pcm_writei", "snd_pcm_readi", "snd_pcm_avail_update"):
        getattr(found, name).restype = ctypes.c_long
    found.snd_strerror.restype = ctypes.c_char_p
    return found


def converted(card: str) -> str:
    """A bare card is opened through ALSA's plug: it converts in the library where a card does only 48 kHz or stereo,
    and changes nothing where the card does 8 kHz mono itself. Other names are taken as they are."""
    return f"plug{card}" if card.startswith("hw:") else card


def explain(code: int) -> str:
    """A negative result in plain words with the remedy."""
    if remedy := REMEDIES.get(-code):
        return remedy
    return str(library().snd_strerror(code).decode("utf-8", "replace"))


class PollFd(ctypes.Structure):
    """struct pollfd."""

    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


class Pcm:
    """One direction of a card, open, non-blocking, prepared. Never waits."""

    def __init__(self, card: str, stream: int) -> None:
        self._library, self._pcm, self._stream = library(), ctypes.c_void_p(), stream
        self._check(self._library.snd_pcm_open(
            ctypes.byref(self._pcm), converted(card).encode("utf-8", "replace"), stream, NONBLOCK))
        try:
            self._check(self._library.snd_pcm_set_params(
                self._pcm, S16_LE, RW_INTERLEAVED, 1, RATE, 1, BUFFER_MS * 1000))
            self._set_thresholds()
            if stream == CAPTURE:
                self._check(self._library.snd_pcm_start(self._pcm))
        except AlsaError:
            self.close()
            raise
        self._taken = ctypes.create_string_buffer(FRAME_OCTETS * 16)
        self._dry = True  # nothing is being played

    def _check(self, code: int) -> None:
        if code < 0:
            raise AlsaError(explain(code))

    def _set_thresholds(self) -> None:
        """Starts with the first sample, not when the buffer is full, and wakes us for every frame."""
        settings = ctypes.c_void_p()
        self._check(self._library.snd_pcm_sw_params_malloc(ctypes.byref(settings)))
        try:
            self._library.snd_pcm_sw_params_current(self._pcm, settings)
            self._library.snd_pcm_sw_params_set_start_threshold(self._pcm, settings, ctypes.c_ulong(1))
            self._library.snd_pcm_sw_params_set_avail_min(self._pcm, settings, ctypes.c_ulong(FRAME_SAMPLES))
            self._check(self._library.snd_pcm_sw_params(self._pcm, settings))
        finally:
            self._library.snd_pcm_sw_params_free(settings)

    def descriptors(self) -> ctypes.Array[PollFd]:
        """What to poll, and for what."""
        count = int(self._library.snd_pcm_poll_descriptors_count(self._pcm))
        found: ctypes.Array[PollFd] = (PollFd * max(0, count))()
        self._library.snd_pcm_poll_descriptors(self._pcm, found, len(found))
        return found

    def acknowledge(self, polled: ctypes.Array[PollFd]) -> None:
        """Lets plugins that poll something else than the card (dsnoop: a timer) see what was found."""
        events = ctypes.c_ushort()
        self._library.snd_pcm_poll_descriptors_revents(self._pcm, polled, len(polled), ctypes.byref(events))

    def read(self, samples: int) -> bytes:
        """Up to that many samples, b"" when there are none now. AlsaError when the card is gone."""
        count = self._library.snd_pcm_readi(self._pcm, self._taken, ctypes.c_ulong(min(samples, 16 * FRAME_SAMPLES)))
        if count >= 0:
            return self._taken.raw[: 2 * count]
        if count != -errno.EAGAIN:
            self._recover(count)
            self._check(self._library.snd_pcm_start(self._pcm))
        return b""

    def waiting(self) -> int:
        """Samples that can be read now."""
        count: int = self._library.snd_pcm_avail_update(self._pcm)
        return count if count >= 0 else FRAME_SAMPLES  # reading tells what is wrong

    def write(self, frame: bytes) -> int:
        """Samples taken; 0 when the card holds enough. When it had run dry, some silence goes first."""
        if self._dry:
            self._dry = False
            for _ in range(PREFILL):
                self._put(SILENCE)
        taken = self._put(frame)
        if taken < 0 and taken != -errno.EAGAIN:
            self._recover(taken)
            for _ in range(PREFILL):
                self._put(SILENCE)
            taken = self._put(frame)
        return max(0, taken)

    def _put(self, frame: bytes) -> int:
        taken: int = self._library.snd_pcm_writei(self._pcm, frame, ctypes.c_ulong(len(frame) // 2))
        return taken

    def _recover(self, code: int) -> None:
        """From an overrun, an underrun (xrun), a suspended machine."""
        self._check(self._library.snd_pcm_recover(self._pcm, ctypes.c_int(code), 1))

    def close(self) -> None:
        self._library.snd_pcm_close(self._pcm)
