"""How late a pty by itself is on this machine: `python -m tests.bench.ptycanary`.

What is written to a pty reaches its other end by a worker of the kernel, which waits for a core like any ordinary
process; and what is under this machine may keep a core from everybody. Here an octet goes through one every 4 ms, with
the highest priority at both ends, and nothing else is done: what is late here no program of ours delayed. Prints
`ready`; a line in, and it prints what was long, in ms, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import sys
import time
import tty

HIGHEST = 90  # of SCHED_FIFO
EVERY_S = 0.004
LONG_MS = 10.0  # half a frame


def main() -> int:
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(HIGHEST))
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    print("ready", flush=True)
    long_ms: list[float] = []
    over: list[int] = []
    while not over:
        due = time.monotonic() + EVERY_S
        over, _, _ = select.select([sys.stdin.fileno()], [], [], EVERY_S)
        if over:
            break
        os.write(ours, b"x")
        os.read(theirs, 1)
        if (late := (time.monotonic() - due) * 1e3) > LONG_MS:
            long_ms.append(round(late, 1))
    print(json.dumps(long_ms), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
