"""The far side of an ISDN card, in a process of its own: `python -m tests.bench.isdnfar --outlet PATH --layout pri`.

An exchange of the barest kind: it answers every call at once, gives each open channel a numbered frame every 20 ms by
its own clock, and takes what the box sends. With `--modem` there is one modem beside it, that gives and takes by the
same clock. A line on its input is for how many seconds to talk; it prints what it measured as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from appliance.audio.g711 import alaw_of, pcm_of
from appliance.lab.ticker import Ticker
from appliance.lines.isdn import reports
from appliance.lines.isdn.bchannel import FRAME, IDLE
from appliance.lines.isdn.controller import Controller
from appliance.lines.isdn.libpri import SONAME, load
from appliance.lines.isdn.pair import PairEnd, SocketPair
from appliance.lines.isdn.spansettings import NT, SpanSettings
from appliance.lines.isdn.steady import give_clock
from appliance.lines.isdn.transport import Ears
from tests.bench.audioport import AudioPort

MODEM = 0  # the modem's place beside the channels 1 to 31
MARK = b"\x11\x91"
REST = bytes((IDLE ^ 3,)) * (FRAME - 6)
PRIORITY = 20  # of SCHED_FIFO: a card's clock does not wait for a processor
AFTER_S = 0.25  # s for what is on its way


@dataclass
class Voices:
    """What was sent and when, and what arrived; by the place it was sent from."""

    sent: dict[int, list[float]] = field(default_factory=dict)
    seen: dict[int, set[int]] = field(default_factory=dict)
    late_ms: dict[str, list[float]] = field(default_factory=dict)
    twice: int = 0

    def next(self, place: int) -> bytes:
        """The next numbered frame, in A-law."""
        at = self.sent.setdefault(place, [])
        at.append(time.monotonic())
        return MARK + bytes((place,)) + (len(at) - 1).to_bytes(3, "big") + REST

    def arrived(self, place: int, frame: bytes) -> None:
        """At that place; silence and tones are none of ours."""
        if frame[:2] != MARK or frame[6:] != REST:
            return
        sender, number = frame[2], int.from_bytes(frame[3:6], "big")
        seen = self.seen.setdefault(sender, set())
        self.twice += number in seen
        seen.add(number)
        way = "to isdn" if sender == MODEM else "to modem" if place == MODEM else "isdn"
        self.late_ms.setdefault(way, []).append((time.monotonic() - self.sent[sender][number]) * 1e3)

    def report(self) -> dict[str, object]:
        sent = sum(map(len, self.sent.values()))
        return {"sent": sent, "lost": sent - sum(map(len, self.seen.values())), "twice": self.twice,
                "late_ms": {way: [round(ms, 3) for ms in late] for way, late in self.late_ms.items()}}


class FarEnd:
    """Exchange and modem on one clock."""

    def __init__(self, outlet: Path, settings: SpanSettings, modem: AudioPort | None) -> None:
        loop = asyncio.get_running_loop()
        load()
        give_clock(SONAME, loop.time)
        self._modem, self._open, self.voices, self.talking = modem, dict[int, int](), Voices(), False
        self._taken: dict[int, bytearray] = {}
        self._end: PairEnd | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(outlet))
        self._listener.listen(1)
        loop.add_reader(self._listener, self._plugged)
        self._controller = Controller(settings.layout, NT, self._d_out, self._report, loop.time)
        Ticker(self._tick).start()

    def _d_out(self, frame: bytes) -> None:
        if self._end:
            self._end.send_d(frame)

    def _plugged(self) -> None:
        ears = Ears(self._controller.received, self._b_in, lambda up: None, lambda why: None)
        self._end = SocketPair(self._listener.accept()[0], ears)

    def _report(self, report: reports.Report) -> None:
        if isinstance(report, reports.Setup):
            self._controller.proceeding(report.call, report.channel)
            self._controller.answer(report.call, report.channel)
            if self._end:
                self._end.open_b(report.channel)
            self._open[report.call] = report.channel
        elif isinstance(report, reports.Ended):
            channel = self._open.pop(report.call, 0)
            if self._end:
                self._end.close_b(channel)

    def _tick(self) -> None:
        for channel in self._open.values():
            if self._end:
                self._end.send_b(channel, self.voices.next(channel) if self.talking else bytes((IDLE,)) * FRAME)
        if self._modem:
            self._modem.write(pcm_of(self.voices.next(MODEM) if self.talking else bytes((IDLE,)) * FRAME))
            for frame in self._modem.frames():
                self.voices.arrived(MODEM, alaw_of(frame))

    def _b_in(self, channel: int, octets: bytes) -> None:
        taken = self._taken.setdefault(channel, bytearray())
        taken += octets
        while len(taken) >= FRAME:
            self.voices.arrived(channel, bytes(taken[:FRAME]))
            del taken[:FRAME]

    async def talk(self, seconds: float) -> dict[str, object]:
        self.voices, self.talking = Voices(), True
        await asyncio.sleep(seconds)
        self.talking = False
        await asyncio.sleep(AFTER_S)
        return self.voices.report()


async def serve(options: argparse.Namespace) -> None:
    modem = AudioPort() if options.modem else None
    far = FarEnd(options.outlet, SpanSettings(options.layout), modem)
    print(json.dumps(modem.path if modem else ""), flush=True)
    loop = asyncio.get_running_loop()
    while order := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await far.talk(float(order))), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--outlet", type=Path, required=True)
    parser.add_argument("--layout", default="pri")
    parser.add_argument("--modem", action="store_true")
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
