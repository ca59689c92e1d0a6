"""The hybrid of an analog telephone: it gives back part of what it hears. ITU-T G.168 § 3."""

from __future__ import annotations

from array import array

from appliance.audio.frame import FRAME_OCTETS, OCTETS_A_SECOND, samples

SPARE = 4 * FRAME_OCTETS  # octets that may come ahead of the phone's own clock


class Hybrid:
    """Pure: one frame is heard for each that is spoken. The rest of the way adds its own delay to `delay_s`."""

    def __init__(self, delay_s: float, loss_db: float) -> None:
        """`loss_db`: by how much softer the echo is."""
        self._share = 10 ** (-loss_db / 20)
        self._delay = round(delay_s * OCTETS_A_SECOND) // 2 * 2
        self._line = bytearray(self._delay)

    def lifted(self) -> None:
        """A new call: nothing is under way."""
        self._line[:] = bytes(self._delay)

    def heard(self, frame: bytes) -> None:
        self._line += frame
        del self._line[: -(self._delay + SPARE)]

    def speaks(self, frame: bytes) -> bytes:
        """What leaves the phone: what is said there, and the echo."""
        echo = bytes(self._line[:FRAME_OCTETS])
        del self._line[:FRAME_OCTETS]
        both = zip(samples(frame), samples(echo.ljust(FRAME_OCTETS, b"\0")), strict=True)
        return array("h", (max(-32768, min(32767, said + round(back * self._share))) for said, back in both)).tobytes()
