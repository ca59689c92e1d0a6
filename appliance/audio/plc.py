"""Concealment of a gap: the last good frame again, fading; ITU-T G.711 appendix I in the small."""

from __future__ import annotations

from appliance.audio.frame import SILENCE, samples

FADE = (0.8, 0.5, 0.25)  # of the last good frame, one step a lost frame; then silence


class Concealer:
    """One direction of one port."""

    def __init__(self) -> None:
        self._last = SILENCE
        self._lost = 0

    def good(self, frame: bytes) -> None:
        self._last = frame
        self._lost = 0

    def conceal(self) -> bytes:
        """A frame for a gap."""
        if self._lost >= len(FADE):
            return SILENCE
        gain = FADE[self._lost]
        self._lost += 1
        values = samples(self._last)
        for at, value in enumerate(values):
            values[at] = int(value * gain)
        return values.tobytes()
