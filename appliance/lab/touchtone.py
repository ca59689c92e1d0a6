"""Digits that a modem is told to send (AT+VTS): the network makes the tones, in the place of the voice."""

from __future__ import annotations

import re

from appliance.audio.frame import FRAME_OCTETS
from appliance.audio.tones import key_tone

ON_MS, OFF_MS = 120, 80  # what an exchange makes of a START DTMF; 3GPP TS 23.014 § 6 has 70 and 65 as the least


class TouchTone:
    """Of one modem."""

    def __init__(self) -> None:
        self._tones = bytearray()

    def obey(self, command: str) -> None:
        """`+VTS=5`, `+VTS="5"` or `^DTMF=1,5`."""
        if found := re.fullmatch(r'(?:\+VTS=|\^DTMF=1,)"?([0-9*#])"?', command):
            self._tones += key_tone(found[1], ON_MS, OFF_MS)

    def instead_of(self, voice: bytes) -> bytes:
        """What leaves for the far side in this frame."""
        if not self._tones:
            return voice
        tone = bytes(self._tones[:FRAME_OCTETS])
        del self._tones[:FRAME_OCTETS]
        return tone
