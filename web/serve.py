"""`ringback web`: the page's process, from its settings to its server."""

from __future__ import annotations

import logging
import os
import signal
import socket as sockets
import ssl
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from appliance.daemon.supervisor import Supervisor
from appliance.vocabulary.clock import SystemClock
from web.application import make_app
from web.certificate import CertificateFailed, LocalAuthority, Pair, fingerprint, host_names
from web.door import Door
from web.server import LazyHandshake, Server, anywhere
from web.settings import WebSettings, read
from web.site import SITE

log = logging.getLogger("ringback.web")
NICE = 10  # niceness of what answers pages
ANSWER_S = 10.0  # s in which a browser must be let in
LOOK_S = 3600.0  # s between two looks whether the certificate must be renewed


def _give_way() -> None:
    """This thread, and those it starts: calls come before pages."""
    with suppress(OSError):  # not granted: then as all others
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


class Site:
    """The running page. `port` 0 takes a free one."""

    def __init__(self, socket: Path, state: Path, address: str | None = None, port: int | None = None) -> None:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        door, clock = Door(socket), SystemClock()
        settings = read(door, state)
        self.settings = replace(settings, address=settings.address if address is None else address,
                                port=settings.port if port is None else port)
        self._authority = LocalAuthority(state / "tls", clock)
        self.pair = self._pair()
        self._served = self.pair.fingerprint
        try:
            self._adapter = LazyHandshake(self.pair.certificate, self.pair.key)
        except OSError as error:
            raise CertificateFailed(f"{self.pair.certificate} and {self.pair.key} cannot be used: {error}") from error
        self.app = make_app(door, self.settings, clock, SITE, self.pair.ca)
        self.server = Server((self.settings.address or anywhere(), self.settings.port), self.app, self._adapter)

    def open(self) -> None:
        """Binds. OSError when the port is taken. Its workers are started by a thread that gives way, as they will."""
        with ThreadPoolExecutor(1, initializer=_give_way) as one:
            one.submit(self.server.prepare).result()

    @property
    def port(self) -> int:
        return int(self.server.bind_addr[1])

    def serve(self) -> None:
        """Until `close`."""
        _give_way()
        self.server.serve()

    def close(self) -> None:
        self.app.close()
        self.server.stop()

    def answers(self) -> bool:
        """Whether a browser would be let in now: a handshake with the own port, as one of its threads makes it."""
        anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE  # it is ourselves
        host, port = self.server.bind_addr[:2]
        try:
            with sockets.create_connection((host, port), ANSWER_S) as plain, anyone.wrap_socket(plain):
                return True
        except OSError:
            return False

    def renew(self) -> None:
        """A certificate that grows old, or names an address the box no longer has, is replaced while it serves."""
        try:
            pair = self._pair()
            if pair.fingerprint != self._served:
                self._adapter.renew(pair.certificate, pair.key)
                self._served = pair.fingerprint
                log.warning("the page has a new certificate: SHA-256 %s", self._served)
        except (CertificateFailed, OSError) as error:
            log.error("the certificate cannot be renewed: %s", error)

    def _pair(self) -> Pair:
        settings = self.settings
        if settings.certificate:
            return Pair(Path(settings.certificate), Path(settings.key or settings.certificate), None)
        return self._authority.pair(settings.names)

    def __str__(self) -> str:
        name = next((name for name in host_names() if name.endswith(".local")), "localhost")
        said = [f"The page is at https://{name}:{self.port}/", f"its certificate: SHA-256 {self.pair.fingerprint}"]
        if self.pair.ca:
            said.append(f"its local CA:    SHA-256 {fingerprint(self.pair.ca)}")
        return "\n".join(said)


def run(socket: Path, state: Path, address: str | None, port: int | None) -> int:
    """Runs until SIGTERM or SIGINT. Trouble at start is one sentence and status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    stop = threading.Event()
    try:
        site = Site(socket, state, address, port)
        site.open()
    except (CertificateFailed, OSError) as error:
        print(f"ringback web: {error}", file=sys.stderr)
        return 1
    print(site, flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving = threading.Thread(target=site.serve, name="web", daemon=True)
    serving.start()
    clock = SystemClock()
    supervisor = Supervisor(clock.monotonic)
    supervisor.ready()
    look_at = clock.monotonic() + LOOK_S
    while not stop.wait(supervisor.pause or LOOK_S):
        if clock.monotonic() >= look_at:
            site.renew()
            look_at = clock.monotonic() + LOOK_S
        if supervisor.pause and site.answers():
            supervisor.beat()
    supervisor.stopping()
    site.close()
    serving.join(10)
    return 0


__all__ = ["Site", "WebSettings", "run"]
