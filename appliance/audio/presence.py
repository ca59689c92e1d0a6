"""Is somebody there? A modem may say that the far side answered while its phone still rings."""

from __future__ import annotations

from appliance.audio.frame import FRAME_OCTETS, samples
from appliance.audio.goertzel import power_at

RINGBACK_HZ = (400, 425, 440, 450, 480)  # what networks let a caller hear, one or two of them; ITU-T E.180 supplement 2
TONE = 0.45  # share of a frame's power in one of these: nobody's voice


def somebody(frame: bytes) -> bool:
    """Neither digital silence nor a network's tone: every microphone hears a room."""
    if len(frame) != FRAME_OCTETS or frame == frame[:2] * (FRAME_OCTETS // 2):
        return False
    values = samples(frame)
    whole = len(values) * sum(v * v for v in values)
    return all(2 * power_at(values, hertz) < TONE * whole for hertz in RINGBACK_HZ)
