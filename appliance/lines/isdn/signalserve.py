"""libpri in a process of its own, for programs that must not load it: `python -m appliance.lines.isdn.signalserve`.

libpri is GPL-2 only; only the standard library, cffi (MIT) and files of ours are loaded here. Each line on standard
input is one order for one D channel, with the time at which it is given; each is answered by one line: what libpri said
meanwhile, in order, and when it wants to be asked again. Time is the asking one's, so it may jump.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from appliance.lines.isdn.controller import Controller
from appliance.lines.isdn.libpri import SONAME, LibpriMissing, load
from appliance.lines.isdn.reports import Report
from appliance.lines.isdn.signalling import READY, Charge, Party
from appliance.lines.isdn.steady import give_clock

MISSING = 3  # exit status: there is no libpri


class Alarm:
    """The one timer of a D channel; implements controller.Timer."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self._at, self.call, self.cancelled = at, call, False

    def when(self) -> float:
        return self._at

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """The time of the last order, in s."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now


class Desk:
    """One D channel. Implements controller.Timers."""

    def __init__(self, layout: str, side: str, time: Callable[[], float]) -> None:
        self.time = time
        self._said: list[tuple[str, Any]] = []
        self._alarm: Alarm | None = None
        self._controller = Controller(layout, side, self._frame, self._report, time, self)

    def call_at(self, when: float, call: Callable[[], None]) -> Alarm:
        self._alarm = Alarm(when, call)
        return self._alarm

    def _frame(self, frame: bytes) -> None:
        self._said.append(("frame", frame.hex()))

    def _report(self, report: Report) -> None:
        self._said.append((type(report).__name__, asdict(report)))

    def do(self, order: str, arguments: dict[str, Any]) -> Any:
        """One order; its result."""
        if order == "due":
            alarm, self._alarm = self._alarm, None
            return alarm.call() if alarm and not alarm.cancelled else None
        if order == "received":
            return self._controller.received(bytes.fromhex(arguments["frame"]))
        if order == "setup":
            arguments = arguments | {"caller": Party(**arguments["caller"])}
        elif order == "charge":
            arguments = arguments | {"charge": Charge(**arguments["charge"])}
        return getattr(self._controller, order)(**arguments)

    def answer(self, result: Any) -> dict[str, Any]:
        said, self._said = self._said, []
        due = self._alarm.when() if self._alarm and not self._alarm.cancelled else None
        return {"said": said, "due": due, "result": result}


def serve() -> int:
    """Until the end of standard input."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libpri's own words
    clock = Clock()
    desks: dict[int, Desk] = {}
    try:
        load()
        if not give_clock(SONAME, clock.time):
            raise LibpriMissing("this libpri cannot be given another clock")
    except LibpriMissing as error:
        print(error, file=out, flush=True)
        return MISSING
    print(READY, file=out, flush=True)
    for line in sys.stdin:
        number, clock.now, order, arguments = json.loads(line)
        if order == "open":
            desks[number] = Desk(arguments["layout"], arguments["side"], clock.time)
            result = None
        else:
            result = desks[number].do(order, arguments)
        print(json.dumps(desks[number].answer(result)), file=out, flush=True)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever asks
    sys.exit(serve())
