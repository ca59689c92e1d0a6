"""Two USB ISDN adapters with their S0 ports joined, plugged into the kernel's virtual USB hub: a process of its own.

Tells "plugged in" first; then, for each line that comes in, at the next interval a line of JSON: per side, "te" and
"nt", what Chip counts; and `at`, the time in s. Ends when nothing can come in any more.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time

from tests.kernel.inside.adapter import INTERVAL, Adapter
from tests.kernel.inside.chip import Chip
from tests.kernel.inside.usbip import attach

MS = 1_000_000  # ns


class Bus:
    """The line between two adapters. Time goes by as `pass_time` tells it."""

    def __init__(self, *adapters: Adapter) -> None:
        self.adapters = adapters
        one, other = (adapter.chip for adapter in adapters)
        self._ways: tuple[tuple[Chip, Chip], ...] = ((one, other), (other, one))

    def pass_time(self) -> None:
        """One interval between interrupts."""
        for _ in range(INTERVAL):
            for adapter in self.adapters:
                adapter.millisecond()
            for there, here in self._ways:
                _carry(there, here)
        infos = [(here, there.info) for there, here in self._ways]
        for here, info in infos:
            here.hears(info)
        for adapter in self.adapters:
            adapter.interrupt()

    def told(self) -> str:
        chips = {"nt" if adapter.chip.nt else "te": adapter.chip for adapter in self.adapters}
        return json.dumps({"at": time.monotonic()} | {side: {"states": chip.states, "sent": chip.sent,
                                                             "lacked": chip.lacked} for side, chip in chips.items()})


def _carry(there: Chip, here: Chip) -> None:
    for channel in (0, 1):
        here.b_from_line(channel, there.b_to_line(channel))
    if frame := there.d_to_line():
        here.d_from_line(frame)


def main() -> None:
    os.nice(-10)  # hardware waits for nobody
    bus = Bus(*(Adapter(attach(port)) for port in (0, 1)))
    print("plugged in", flush=True)
    due, asked = time.monotonic_ns(), 0
    while True:
        ready, _, _ = select.select([sys.stdin, *(adapter.wire for adapter in bus.adapters)], [], [],
                                    max(0, due - time.monotonic_ns()) / 1e9)
        for adapter in bus.adapters:
            if adapter.wire in ready:
                adapter.readable()
        if sys.stdin in ready:
            if not sys.stdin.readline():
                return
            asked += 1
        if time.monotonic_ns() >= due:
            bus.pass_time()
            due += INTERVAL * MS
            while asked:
                print(bus.told(), flush=True)
                asked -= 1


if __name__ == "__main__":
    main()
