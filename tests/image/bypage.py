"""An update as an admin does it: by the page of the running image, over its own TLS."""

from __future__ import annotations

import asyncio
import http.client
import re
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.image.story import SLOTS, Bench, say, says_its_slot
from web.pages.software import PIECE

PASSWORD = "four words and none"
LOST = 5  # times that a connection may be lost in one piece
EACH_S = 1.0  # s between two looks at the page: an admin's browser asks every two


@dataclass
class Admin:
    """A browser's cookies and forms, without a browser."""

    port: int
    cookie: str = ""
    _context: ssl.SSLContext = field(default_factory=ssl._create_unverified_context)

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self._context, timeout=120)

    def ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "",
        kept: http.client.HTTPSConnection | None = None,
    ) -> tuple[int, str]:
        """`kept`: a connection that stays, for many questions in a row."""
        connection = kept or self.connect()
        headers = {"Origin": f"https://127.0.0.1:{self.port}", "Cookie": self.cookie, "Content-Type": kind}
        connection.request(method, path, body or None, {name: value for name, value in headers.items() if value})
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            if cookie.startswith("__Host-ringback="):
                self.cookie = cookie.partition(";")[0]
        if not kept:
            connection.close()
        return answer.status, text

    def get(self, path: str) -> str:
        return self.ask("GET", path)[1]

    def token(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get("/settings/software"))
        return found[1] if found else ""

    def post(self, path: str, **form: str) -> int:
        body = urlencode({"csrf": self.token() if self.cookie else "", **form}).encode()
        return self.ask("POST", path, body, "application/x-www-form-urlencoded")[0]

    def _piece(self, body: bytes, kept: http.client.HTTPSConnection) -> tuple[int, str]:
        """Once more when the connection is lost, as the page's script does: the server ends one silent for 10 s,
        and an emulated Pi on a crowded machine may be late."""
        for _ in range(LOST):
            try:
                return self.ask("POST", "/settings/software/piece", body, "multipart/form-data; boundary=edge", kept)
            except (http.client.HTTPException, OSError) as lost:
                say(f"a piece is sent once more, since its connection was lost: {lost!r}")
                kept.close()
        raise AssertionError("the connection is lost again and again")

    def send(self, bundle: Path) -> None:
        """In pieces, as the page's script does: over one connection: a handshake takes an emulated Pi a second.
        """
        token, size, kept = self.token(), bundle.stat().st_size, self.connect()
        with bundle.open("rb") as file:
            for at in range(0, size, PIECE):
                fields = {"csrf": token, "at": str(at), "size": str(size)}
                body = "".join(f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                               for name, value in fields.items()).encode()
                body += b'--edge\r\nContent-Disposition: form-data; name="file"; filename="piece"\r\n\r\n'
                body += file.read(PIECE) + b"\r\n--edge--\r\n"
                status, text = self._piece(body, kept)
                assert status == 204, text
        kept.close()


async def update_by_page(bench: Bench, bundles: Path) -> None:
    """Another's signature is refused in words; ours is written, tried, kept, and that stands on the first page."""
    assert bench.machine
    runs = bench.card.starts(tryboot=False)
    admin = Admin(bench.web_port)
    told = await bench.shell.run("journalctl -b -o cat -u ringback.service | grep -o 'set-up code [A-Z0-9-]*'")
    await asyncio.to_thread(admin.post, "/setup", code=told.split()[-1], name="admin", password=PASSWORD,
                            again=PASSWORD)
    assert "Software" in await asyncio.to_thread(admin.get, "/settings/software"), "the admin did not get in"
    await asyncio.to_thread(admin.send, bundles / "foreign.raucb")
    status, text = await asyncio.to_thread(
        admin.ask, "POST", "/settings/software/check", urlencode({"csrf": admin.token()}).encode(),
        "application/x-www-form-urlencoded")
    assert "this file is not signed by whoever made" in text, (status, text)
    begin = time.monotonic()
    await asyncio.to_thread(admin.send, bundles / "update.raucb")
    bench.measure(f"an update of {(bundles / 'update.raucb').stat().st_size // 2**20} MiB is sent to the page in "
                  f"{time.monotonic() - begin:.0f} s")
    await asyncio.to_thread(admin.post, "/settings/software/check")
    assert "is signed and fits" in await asyncio.to_thread(admin.get, "/settings/software")
    begin = time.monotonic()
    await asyncio.to_thread(admin.post, "/settings/software/install")
    await bench.machine.said("reboot: Restarting system with command '0 tryboot'")
    await bench.machine.ended()
    says_its_slot(bench.card)
    say(f"written and restarted by the page after {time.monotonic() - begin:.0f} s, to try slot {SLOTS[5 - runs]}")
    machine = await bench.power_on(tryboot=True)
    await bench.page_answers()
    await machine.said(f"Slot {SLOTS[5 - runs]} is confirmed")
    assert bench.card.starts(tryboot=False) == 5 - runs
    while "went well" not in (shown := await asyncio.to_thread(admin.get, "/")):
        assert "gone back" not in shown
        machine.must_run()
        await asyncio.sleep(EACH_S)
    say("the first page says that the update went well")
    await bench.lines_ready()
