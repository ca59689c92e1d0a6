"""From espeak-ng's rate to 8 kHz: a windowed sinc low-pass, computed once per clip, never on the path of a call."""

from __future__ import annotations

import math
from array import array
from operator import mul

from appliance.audio.frame import RATE, samples

HALF_WIDTH = 8  # zero crossings each side; stop-band below -40 dB, enough for speech
PHASES = 64


def to_8_khz(pcm: bytes, rate: int) -> bytes:
    """PCM of `rate` Hz as PCM of 8 kHz. Rates below 8 kHz, and nonsense, come back as they are."""
    if rate <= RATE:
        return pcm
    source, ratio = samples(pcm), rate / RATE
    reach = math.ceil(HALF_WIDTH * ratio)
    kernels = [array("d", _kernel(phase / PHASES, reach, ratio)) for phase in range(PHASES)]
    padded = array("d", bytes(8 * reach)) + array("d", source) + array("d", bytes(8 * (reach + 1)))
    made = array("h")
    for n in range(int(len(source) / ratio)):
        at = n * ratio
        whole = int(at)
        kernel = kernels[int((at - whole) * PHASES)]
        window = padded[whole + 1 : whole + 1 + len(kernel)]
        value = sum(map(mul, kernel, window))
        made.append(max(-32768, min(32767, round(value))))
    return made.tobytes()


def _kernel(fraction: float, reach: int, ratio: float) -> list[float]:
    """Taps for an output sample `fraction` behind an input sample."""
    taps = [_tap((k - reach + 1 - fraction) / ratio) for k in range(2 * reach)]
    total = sum(taps)
    return [tap / total for tap in taps]


def _tap(x: float) -> float:
    if abs(x) >= HALF_WIDTH:
        return 0.0
    sinc = 1.0 if x == 0 else math.sin(math.pi * x) / (math.pi * x)
    return sinc * (0.5 + 0.5 * math.cos(math.pi * x / HALF_WIDTH))  # Hann window
