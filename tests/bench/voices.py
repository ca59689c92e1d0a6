"""Pretend modems that talk, in a process of their own: `python -m tests.bench.voices --ports 2 --seconds 10`.

Each gives a frame every 20 ms at its own phase, numbered, and takes what the box writes. Port 0 talks with 1, 2 with 3.
Prints the paths as JSON, waits for a line, talks, prints what it measured as JSON.
"""

from __future__ import annotations

import argparse
import heapq
import json
import selectors
import struct
import sys
import time
from dataclasses import dataclass, field

from appliance.audio.tones import key_tone, mix
from tests.bench.audioport import FRAME, FRAME_NS, AudioPort, hardware_waits_for_nobody

HEAD = struct.Struct("<4sHI")  # mark, port, number; a few samples that only the bench reads
MARK = b"Rb\x01\x02"
SPEECH = mix((210.0, 640.0), 160, -20.0)[HEAD.size :]
KEY = key_tone("5", 120, 0)  # in the middle of the call; made before it, because that takes longer than a frame


@dataclass
class Talker:
    """One modem: its port, what it sent and when, what came back."""

    number: int
    port: AudioPort = field(default_factory=AudioPort)
    sent: list[int] = field(default_factory=list)  # ns, by frame number
    refused: int = 0
    key_left: list[bytes] = field(default_factory=list)

    def speak(self) -> None:
        frame = HEAD.pack(MARK, self.number, len(self.sent)) + SPEECH
        self.sent.append(time.monotonic_ns())
        self.refused += not self.port.write(frame)

    def key(self) -> None:
        """A frame of the tone, unnumbered."""
        self.port.write(self.key_left.pop(0))


class Room:
    """All talkers on one selector. The times are of one clock in one process."""

    def __init__(self, count: int) -> None:
        self.talkers = [Talker(n) for n in range(count)]
        self.late_ms: list[float] = []
        self.twice = self.missed = 0
        self._seen: set[tuple[int, int]] = set()
        self._selector = selectors.DefaultSelector()
        for talker in self.talkers:
            self._selector.register(talker.port.fd, selectors.EVENT_READ, talker)

    def talk(self, seconds: float) -> None:
        """Everybody talks; in the middle everybody keys once; the last quarter second is for what is on its way."""
        start = time.monotonic_ns() + FRAME_NS
        turns = [(start + FRAME_NS * n // len(self.talkers), n) for n in range(len(self.talkers))]
        heapq.heapify(turns)
        quiet, over = start + int(seconds * 1e9), start + int((seconds + 0.25) * 1e9)
        middle = start + int(seconds * 5e8)
        keyed: set[int] = set()
        while (now := time.monotonic_ns()) < over:
            while turns[0][0] <= now:
                missed = (now - turns[0][0]) // FRAME_NS  # this process was late: a modem would not be
                due, n = heapq.heapreplace(turns, (turns[0][0] + FRAME_NS * (1 + missed), turns[0][1]))
                self.missed += missed
                talker = self.talkers[n]
                if due > middle and n % 2 == 0 and n not in keyed:
                    keyed.add(n)
                    talker.key_left = [KEY[at : at + FRAME] for at in range(0, len(KEY), FRAME)]
                if due < quiet and talker.key_left:
                    talker.key()
                elif due < quiet:
                    talker.speak()
                else:
                    talker.port.write(bytes(FRAME))
            self._listen(max(0, turns[0][0] - now) / 1e9)

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            frames = key.data.port.frames()
            now = time.monotonic_ns()
            for frame in frames:
                mark, sender, number = HEAD.unpack(frame[: HEAD.size])
                if mark != MARK or sender >= len(self.talkers):
                    continue
                self.twice += (sender, number) in self._seen
                self._seen.add((sender, number))
                self.late_ms.append((now - self.talkers[sender].sent[number]) / 1e6)

    @property
    def lost(self) -> int:
        """Frames that were sent and did not arrive."""
        return sum(len(talker.sent) for talker in self.talkers) - len(self._seen)

    def report(self) -> dict[str, object]:
        return {"late_ms": [round(ms, 4) for ms in self.late_ms], "sent": sum(len(t.sent) for t in self.talkers),
                "lost": self.lost, "twice": self.twice, "missed": self.missed,
                "refused": sum(t.refused for t in self.talkers)}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ports", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    hardware_waits_for_nobody()
    room = Room(options.ports)
    print(json.dumps([talker.port.path for talker in room.talkers]), flush=True)
    sys.stdin.readline()
    room.talk(options.seconds)
    print(json.dumps(room.report()), flush=True)
    sys.stdin.readline()  # a modem stays plugged in while the box is asked what it counted
    return 0


if __name__ == "__main__":
    sys.exit(main())
