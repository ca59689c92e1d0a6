"""Two modems that play at their own pace what the box gives them: `python -m tests.bench.playing --seconds 12`.

Each gives a numbered frame every 20 ms, and plays one of those it was given, or nothing. Prints the paths as JSON,
waits for a line, talks, prints `[[s since the begin, ms from mouth to ear], ...]` for every frame played.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from tests.bench.audioport import FRAME_NS, AudioPort, hardware_waits_for_nobody
from tests.bench.voices import HEAD, MARK, SPEECH


@dataclass
class Player:
    """One modem. `spoken`: when each of its frames was given, in ns."""

    number: int
    port: AudioPort = field(default_factory=AudioPort)
    spoken: list[int] = field(default_factory=list)
    waiting: deque[bytes] = field(default_factory=deque)

    def speak(self, now: int) -> None:
        self.port.write(HEAD.pack(MARK, self.number, len(self.spoken)) + SPEECH)
        self.spoken.append(now)

    def play(self) -> bytes | None:
        self.waiting.extend(self.port.frames())
        return self.waiting.popleft() if self.waiting else None


def talk(players: list[Player], seconds: float) -> list[tuple[float, float]]:
    began, heard, tick = time.monotonic_ns(), [], 0
    while (now := time.monotonic_ns()) - began < seconds * 1e9:
        due = began + tick * FRAME_NS // len(players)
        if now < due:
            time.sleep((due - now) / 1e9)
        player, tick = players[tick % len(players)], tick + 1
        now = time.monotonic_ns()
        frame = player.play()
        if frame is not None:
            mark, sender, number = HEAD.unpack(frame[: HEAD.size])
            if mark == MARK and sender != player.number and number < len(players[sender].spoken):
                heard.append(((now - began) / 1e9, (now - players[sender].spoken[number]) / 1e6))
        player.speak(now)
    return heard


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    hardware_waits_for_nobody()
    players = [Player(n) for n in range(2)]
    print(json.dumps([player.port.path for player in players]), flush=True)
    sys.stdin.readline()
    print(json.dumps(talk(players, options.seconds)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
