"""The least that a bridge in Python can be: reads a frame, writes it to the other port, listens to nothing.

`python -m tests.bench.relay PATH PATH ...` joins the first with the second and so on. What the audio process is
compared with, in the same run.
"""

from __future__ import annotations

import os
import selectors
import sys
import tty


def main() -> int:
    selector = selectors.DefaultSelector()
    fds = [os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for path in sys.argv[1:]]
    for at, fd in enumerate(fds):
        tty.setraw(fd)
        selector.register(fd, selectors.EVENT_READ, fds[at ^ 1])
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                os.write(key.data, os.read(key.fd, 4096))
            except OSError:
                return 0  # the modems are gone


if __name__ == "__main__":
    sys.exit(main())
