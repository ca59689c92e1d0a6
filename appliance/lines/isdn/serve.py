"""A span's own process: `python -m appliance.lines.isdn.serve --control-fd N`.

It owns libpri, which is GPL-2 only: only the standard library, cffi (MIT) and files of ours are loaded here.
Orders and events are lines of JSON on the control socket; the first line is the span's settings. Voices are packets of
160 octets of A-law on sockets that the audio process opens at `voices`; their first packet names the leg. Other packets
are orders about what that leg hears: "join LEG", another leg of this card; "pass LEG", the same, and keys too pass as
they come; "take", the audio process again.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from appliance.daemon.heart import live
from appliance.daemon.supervisor import Supervisor
from appliance.lines.isdn.bchannel import FRAME
from appliance.lines.isdn.libpri import SONAME, LibpriMissing, load
from appliance.lines.isdn.misdn import open_misdn
from appliance.lines.isdn.pair import open_pair
from appliance.lines.isdn.span import Span
from appliance.lines.isdn.spansettings import Event, SpanSettings
from appliance.lines.isdn.steady import give_clock
from appliance.lines.isdn.transport import Ears, OpenTransport, Transport, TransportError
from appliance.vocabulary.clock import SystemClock

PRIORITY = 10  # of SCHED_FIFO, as the audio process: a B channel that waits is a hole in a voice
LONGEST_NAME = 64
ALONE, SHARED = 0o600, 0o660  # who may take voices: this user, or its group too
VOICE = FRAME // 2  # octets at least: a frame evened out to another clock is a few shorter or longer; orders are short


def settings_of(given: dict[str, Any]) -> SpanSettings:
    """The first line of the control socket."""
    return SpanSettings(given["layout"], given["side"], tuple(given["numbers"]), int(given["digits"]),
                        given["country"])


def opener(port: str, settings: SpanSettings) -> OpenTransport:
    """The transport that a port's name begins with."""
    kind, _, where = port.partition(":")
    if kind == "pair":
        return partial(open_pair, where)
    if kind == "misdn":
        return partial(open_misdn, where, settings.layout, settings.side)

    def unknown(_: Ears) -> Transport:
        raise TransportError(f"{port} is no ISDN port; write misdn:0 for the first one of the kernel")

    return unknown


class Server:
    """A span between a control socket and the audio process."""

    def __init__(self, control: socket.socket, audio: Path, mode: int, span: Span) -> None:
        self._control, self._span = control, span
        self._loop = asyncio.get_running_loop()
        self._voices = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        audio.unlink(missing_ok=True)
        self._voices.bind(str(audio))
        os.chmod(audio, mode)
        self._voices.listen(64)
        self._voices.setblocking(False)
        self._loop.add_reader(self._voices, self._called)

    def _called(self) -> None:
        with suppress(BlockingIOError):
            Voice(self._voices.accept()[0], self._span).readable()  # its name mostly is there already


class Voice:
    """One leg's voice on its way to the audio process."""

    def __init__(self, sock: socket.socket, span: Span) -> None:
        self._sock, self._span, self._leg = sock, span, ""
        self._loop = asyncio.get_running_loop()
        self._heard: Callable[[bytes], None] = lambda frame: None
        sock.setblocking(False)
        self._loop.add_reader(sock.fileno(), self.readable)

    def readable(self) -> None:
        try:
            packet = self._sock.recv(FRAME + LONGEST_NAME)
        except BlockingIOError:
            return None
        except OSError:
            packet = b""
        if not packet:
            return self._close()
        if not self._leg:
            return self._named(packet[:LONGEST_NAME].decode("ascii", "replace"))
        if len(packet) >= VOICE:
            self._heard(packet)
        else:
            self._order(packet.decode("ascii", "replace"))
        return None

    def _order(self, order: str) -> None:
        what, _, leg = order.partition(" ")
        if what in ("join", "pass"):
            self._span.join(self._leg, leg, untouched=what == "pass")
        elif what == "take":
            self._span.take(self._leg)

    def _named(self, leg: str) -> None:
        heard = self._span.listen(leg, self._give)
        if heard is None:
            return self._close()
        self._leg, self._heard = leg, heard
        return None

    def _give(self, frame: bytes) -> None:
        with suppress(OSError):  # full: the audio process sleeps, and a frame is lost; gone: reading tells
            self._sock.send(frame)

    def _close(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        if self._leg:
            self._span.listen(self._leg, None)


async def serve(control: socket.socket, mode: int) -> int:
    """Until the gateway closes the control socket. `mode`: of the socket for voices."""
    clock = SystemClock()
    supervisor = Supervisor(clock.monotonic)
    reader, writer = await asyncio.open_connection(sock=control)

    def tell(event: Event) -> None:
        writer.write(json.dumps(event).encode() + b"\n")

    try:
        load()
    except LibpriMissing as error:
        print(f"isdn: {error}", file=sys.stderr)
        tell({"is": "failed", "why": str(error)})
        await writer.drain()
        return 1
    line = await reader.readline()
    if not line:
        return 0
    given = json.loads(line)
    settings = settings_of(given)
    steady = give_clock(SONAME, clock.monotonic)
    span = Span(settings, opener(given["port"], settings), tell,
                clock.monotonic if steady else lambda: clock.now().timestamp())
    Server(control, Path(given["voices"]), mode, span)
    if not steady:
        print("isdn: libpri keeps the machine's clock: a step of it delays calls", file=sys.stderr)
    gc.collect()
    gc.freeze()  # no pause for what lives as long as the process
    span.start()
    beating = asyncio.ensure_future(live(supervisor))
    with suppress(ConnectionError):  # the gateway was killed: its end all the same
        while line := await reader.readline():
            span.obey(json.loads(line))
    beating.cancel()
    span.close()
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control-fd", type=int, required=True)
    parser.add_argument("--shared-voices", action="store_true", help="the group may take voices too")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends calls in order
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    return asyncio.run(serve(socket.socket(fileno=options.control_fd), SHARED if options.shared_voices else ALONE))


if __name__ == "__main__":
    sys.exit(main())
