"""The audio process: `python -m appliance.audio.engine --control-fd N`. The only place that moves frames.

One loop over PCM ports and one control socket. Real-time priority where it is allowed.
"""

from __future__ import annotations

import argparse
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from appliance.audio.client import AudioEvent, Pong, PortFailed, PortOpened, Treatment
from appliance.audio.codec import event_line, read_order, read_sounds
from appliance.audio.control import Control
from appliance.audio.device import Device, DeviceGone, open_device
from appliance.audio.dtmf import KeyDetector, SpandspMissing, load_spandsp
from appliance.audio.ear import TwoLooks
from appliance.audio.echo import make_canceller
from appliance.audio.goertzel import GoertzelDetector
from appliance.audio.keyway import PASS
from appliance.audio.mixer import Mixer
from appliance.audio.resampler import maker
from appliance.audio.shortcut import Shortcut
from appliance.audio.sounds import frames
from appliance.audio.spandevice import SpanDevice
from appliance.audio.tones import NAMES, one_period
from appliance.daemon.supervisor import Supervisor
from appliance.vocabulary.clock import SystemClock

PRIORITY = 10  # of SCHED_FIFO: above everything ordinary, below the kernel's own threads
MANY = 8  # ports; with more of them frames are gathered, because waking up for each costs more than moving it
GATHER_S = 0.00007  # s for each port; measured with 30 calls: 4 ms cost a sixth less than 2, for 1 ms more of delay


def detector_factory() -> Callable[[], KeyDetector]:
    """Two looks by spandsp where it is installed, else the slower one of our own."""
    try:
        return partial(TwoLooks, load_spandsp())
    except SpandspMissing as error:
        print(f"audio: {error}; using the built-in detector", file=sys.stderr)
        return GoertzelDetector


class Engine:
    """Ports and control joined by one poll. A bad order or a broken port never ends anybody else's call."""

    def __init__(self, control: socket.socket) -> None:
        self._control, self._country = Control(control), "DE"
        self._poll = select.epoll()
        self._handlers: dict[int, Callable[[], None]] = {control.fileno(): self._controlled}
        self._devices: dict[str, Device] = {}
        self._sources: dict[str, str] = {}
        self._mixer = Mixer(self._emit, detector_factory(), lambda sound: frames(sound, self._country),
                            SystemClock().monotonic, maker())
        self._poll.register(control.fileno(), select.EPOLLIN)

    def run(self, supervisor: Supervisor) -> None:
        """Until the gateway closes the control socket."""
        handlers, poll, control, pause = self._handlers, self._poll.poll, self._control, supervisor.pause
        while control.alive:
            if len(handlers) > MANY:
                select.select((), (), (), GATHER_S * len(handlers))
            for fd, _ in poll(pause):
                if handler := handlers.get(fd):  # an order before it may have closed this one
                    handler()
            supervisor.beat()

    def _emit(self, event: AudioEvent) -> None:
        self._control.send(event_line(event))
        self._expect()

    def _expect(self) -> None:
        wanted = select.EPOLLIN | (select.EPOLLOUT if self._control.waiting else 0)
        self._poll.modify(self._control.fileno(), wanted)

    def _controlled(self) -> None:
        if self._control.waiting:
            self._control.flush()
            self._expect()
        for line in self._control.lines():
            order = read_order(line)
            if order is None:
                print(f"audio: unreadable order {line[:80]!r}", file=sys.stderr)
                continue
            try:
                self._obey(*order)
            except Exception as error:
                print(f"audio: bad order {line[:80]!r}: {error!r}", file=sys.stderr)

    def _obey(self, order: str, f: dict[str, Any]) -> None:
        match order:
            case "open":
                self._open(str(f["port"]), str(f["source"]), Treatment(
                    int(f.get("gain_in", 0)), int(f.get("gain_out", 0)), bool(f.get("echo_canceller"))))
            case "reopen":
                self._reopen(str(f["port"]))
            case "close":
                self._close(str(f["port"]))
            case "play":
                self._mixer.play(str(f["port"]), read_sounds(f["sounds"]), int(f["token"]), bool(f["barge_in"]))
            case "stop":
                self._mixer.stop(str(f["port"]))
            case "bridge":
                self._mixer.bridge(str(f["port"]), str(f["other"]), str(f.get("digits", PASS)))
            case "unbridge":
                self._mixer.unbridge(str(f["port"]))
            case "hold":
                self._mixer.hold(str(f["port"]), bool(f["held"]))
            case "key":
                self._mixer.key_reported(str(f["port"]), str(f["key"]))
            case "keys":
                self._mixer.keys_in_band(str(f["port"]), str(f["keys"]))
            case "statistics":
                self._mixer.statistics(str(f["port"]))
            case "country":
                self._tones_of(str(f["country"]))
            case "ping":
                self._mixer.look()
                self._emit(Pong())
            case _:
                raise ValueError("no such order")

    def _tones_of(self, country: str) -> None:
        for name in NAMES:
            one_period(name, country)  # computed now, not while somebody talks
        self._country = country

    def _open(self, port: str, source: str, how: Treatment) -> None:
        self._close(port)
        try:
            device = open_device(source)
        except OSError as error:
            return self._emit(PortFailed(port, f"{source}: {error.strerror or error}"))
        self._mixer.attach(port, device.write, how.gain_in, how.gain_out, _shortcut(device),
                           make_canceller() if how.echo_canceller else None)
        return self._opened(port, source, device)

    def _reopen(self, port: str) -> None:
        """The same port on its device, opened anew. One that is not open stays so: whoever asked is too late."""
        if port not in self._devices:
            return None
        source = self._sources[port]
        self._let_go(port)
        try:
            device = open_device(source)
        except OSError as error:
            self._mixer.detach(port)
            return self._emit(PortFailed(port, f"{source}: {error.strerror or error}"))
        self._mixer.rewire(port, device.write, _shortcut(device))
        return self._opened(port, source, device)

    def _opened(self, port: str, source: str, device: Device) -> None:
        self._devices[port], self._sources[port] = device, source
        self._handlers[device.fd] = partial(self._readable, port, device)
        self._poll.register(device.fd, select.EPOLLIN)
        self._emit(PortOpened(port))

    def _readable(self, port: str, device: Device) -> None:
        try:
            if data := device.read():
                self._mixer.received(port, data)
        except DeviceGone as error:
            self._fail(port, str(error))
        except Exception as error:
            self._fail(port, f"an error of ours: {error!r}")

    def _fail(self, port: str, why: str) -> None:
        self._close(port)
        self._emit(PortFailed(port, why))

    def _close(self, port: str) -> None:
        if port in self._devices:
            self._mixer.detach(port)
            self._let_go(port)

    def _let_go(self, port: str) -> None:
        device = self._devices.pop(port)
        del self._handlers[device.fd]
        self._poll.unregister(device.fd)
        device.close()


def _shortcut(device: Device) -> Shortcut | None:
    return device if isinstance(device, SpanDevice) else None


def _prepare() -> None:
    """What a voice needs of the machine: its turn before others, and no pause for garbage."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends calls in order
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except OSError:
        print("audio: no real-time priority here; voices may stutter on a busy machine", file=sys.stderr)
    gc.collect()
    gc.freeze()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--control-fd", type=int, required=True)
    options = parser.parse_args()
    supervisor = Supervisor(SystemClock().monotonic)
    engine = Engine(socket.socket(fileno=options.control_fd))
    _prepare()
    supervisor.ready()
    engine.run(supervisor)
    return 0


if __name__ == "__main__":
    sys.exit(main())
