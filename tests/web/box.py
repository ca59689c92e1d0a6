"""A gateway's socket with real stores, and the page's real server on a real port: what attackers meet."""

from __future__ import annotations

import asyncio
import http.client
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from appliance.commands.layout import Layout
from appliance.gateway import Gateway
from appliance.labbox import LabProcess, lab_settings
from web.serve import Site

PASSWORD = "four words and none"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str
    length: int = 0  # octets of the body as it was sent

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""


@dataclass
class Box:
    """`codes`: what the gateway told on its console. `gateway`: where it runs in this process."""

    port: int
    data: Path
    codes: list[str]
    site: Site
    gateway: Any = None

    def browser(self) -> Browser:
        return Browser(self)

    def admin(self) -> Browser:
        """Logged in; sets the box up first when nobody did."""
        browser = Browser(self)
        if browser.get("/").location == "/setup":
            code = self.codes[-1].rpartition(" ")[2]
            browser.post("/setup", code=code, name="admin", password=PASSWORD, again=PASSWORD)
        else:
            browser.post("/login", name="admin", password=PASSWORD)
        assert browser.get("/").status == 200
        return browser


@dataclass
class Browser:
    """As a browser: keeps cookies, sends Origin and the token that the page gave it."""

    box: Box
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        context = ssl.create_default_context(cafile=str(self.box.site.pair.ca))
        connection = http.client.HTTPSConnection("localhost", self.box.port, context=context, timeout=20)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(headers or {})}
        connection.request(method, path, body or None, {name: value for name, value in sent.items() if value})
        reply = connection.getresponse()
        octets = reply.read()
        text = octets.decode("utf-8", "replace")
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return Answer(reply.status, reply.headers, text, len(octets))

    @contextmanager
    def kept(self) -> Iterator[Callable[[str], int]]:
        """GETs over one connection that stays; each gives its status when the last octet is there."""
        context = ssl.create_default_context(cafile=str(self.box.site.pair.ca))
        connection = http.client.HTTPSConnection("localhost", self.box.port, context=context, timeout=60)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())

        def ask(path: str) -> int:
            connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
            reply = connection.getresponse()
            reply.read()
            return reply.status
        try:
            yield ask
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def token(self, path: str = "/") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get(path).body)
        return found[1] if found else ""

    def post(
        self, path: str, *, headers: Mapping[str, str] | None = None, token: str | None = None, **form: Any
    ) -> Answer:
        if token is None:
            token = self.token() if "__Host-ringback" in self.cookies else ""
        sent = {"Origin": f"https://localhost:{self.box.port}", "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"csrf": token, **form}, doseq=True).encode()
        return self.ask("POST", path, body, {**sent, **(headers or {})})


class _Loop(threading.Thread):
    """A gateway without lines on a loop of its own."""

    def __init__(self, layout: Layout, codes: list[str]) -> None:
        super().__init__(daemon=True)
        self._layout, self._codes = layout, codes
        self.loop = asyncio.new_event_loop()
        self.gateway: Gateway | None = None
        self.ready = threading.Event()
        self._over = asyncio.Event()

    def run(self) -> None:
        self.loop.run_until_complete(self._run())

    async def _run(self) -> None:
        gateway = self.gateway = Gateway(self._layout)
        gateway.visitors.announce = self._codes.append
        await gateway.start()
        while not self._layout.socket.exists():
            await asyncio.sleep(0.005)
        self.ready.set()
        await self._over.wait()
        await gateway.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._over.set)
        self.join(20)


@contextmanager
def running(data: Path, layout: Layout | None = None) -> Iterator[Box]:
    """Gateway and page until the end of the block."""
    codes: list[str] = []
    gateway = _Loop(layout or Layout(data), codes)
    gateway.start()
    assert gateway.ready.wait(30)
    try:
        with served(data, codes) as box:
            box.gateway = gateway.gateway
            yield box
    finally:
        gateway.stop()


@contextmanager
def served(data: Path, codes: list[str] | None = None) -> Iterator[Box]:
    """The page alone."""
    site = Site(data / "gateway.sock", data / "web", "127.0.0.1", 0)
    site.open()
    serving = threading.Thread(target=site.serve, daemon=True)
    serving.start()
    try:
        yield Box(site.port, data, [] if codes is None else codes, site)
    finally:
        site.close()
        serving.join(10)


@contextmanager
def lab(data: Path) -> Iterator[LabProcess]:
    """The lab as a process beside the gateway to come, whose settings fit it."""
    process = subprocess.Popen([sys.executable, "-m", "appliance.lab.serve", "--run-dir", str(data / "lab")],
                               stdout=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        lab_settings(data)
        yield LabProcess(data / "lab")
    finally:
        process.terminate()
        process.wait(20)
