"""A pretend modem whose caller keys `#`: `python -m tests.bench.keying --keys 40`. Tells when each tone began.

The first sample of a frame sounded 20 ms before the modem handed the frame out, so a tone begins up to 20 ms before
its first octet is written: that counts as waiting for the box, although no box could be faster.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from appliance.audio.tones import key_tone
from appliance.vocabulary.clock import seeded
from tests.bench.audioport import FRAME, FRAME_NS, AudioPort, hardware_waits_for_nobody

TONE_MS = 120
SAMPLES = FRAME // 2
PAUSE_FRAMES = 12


def pieces(offset: int) -> list[bytes]:
    """The tone, begun `offset` samples into a frame, and a pause."""
    pcm = bytes(2 * offset) + key_tone("#", TONE_MS, 0, -16.0)
    pcm += bytes(-len(pcm) % FRAME + PAUSE_FRAMES * FRAME)
    return [pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME)]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=40)
    options = parser.parse_args()
    hardware_waits_for_nobody()
    port, dice, began = AudioPort(), seeded(7), []
    print(json.dumps([port.path]), flush=True)
    sys.stdin.readline()
    due = time.monotonic_ns()
    for _ in range(options.keys):
        offset = dice.randint(0, SAMPLES - 1)
        for number, frame in enumerate(pieces(offset)):
            due += FRAME_NS
            time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
            if number == 0:
                began.append(time.monotonic_ns() - FRAME_NS + FRAME_NS * offset // SAMPLES)
            port.write(frame)
            port.frames()
    print(json.dumps({"began": began}), flush=True)
    sys.stdin.readline()
    return 0


if __name__ == "__main__":
    sys.exit(main())
