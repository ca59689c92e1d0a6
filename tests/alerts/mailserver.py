"""A real mail server (aiosmtpd) on a real port, with TLS, a login, and whatever it is told to refuse."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

USER, PASSWORD = "box", "correct horse"


@dataclass
class Inbox:
    """What came; `refuse` answers RCPT by address, `data` answers the message."""

    port: int = 0
    ca: Path | None = None
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    data: str = ""

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.data:
            return self.data
        self.envelopes.append(envelope)
        letter = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"


def certificate(folder: Path) -> tuple[Path, Path]:
    """For localhost, signed by itself."""
    cert, key = folder / "mail.pem", folder / "mail.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost", "-days", "2",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return cert, key


def _login(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def mail_server(folder: Path, *, tls: str = "starttls", login: bool = True) -> Iterator[Inbox]:
    """`tls` as in the settings. On a loop and thread of its own, and a free port."""
    cert, key = certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    inbox, loop = Inbox(ca=cert), asyncio.new_event_loop()
    at_once = tls == "tls"
    words: dict[str, Any] = {"auth_required": login, "authenticator": _login if login else None}
    words |= {"tls_context": context, "require_starttls": True} if tls == "starttls" else {"auth_require_tls": False}

    async def serve() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(inbox, hostname="localhost", loop=loop, **words), "127.0.0.1", 0,
                                        ssl=context if at_once else None)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    inbox.port = server.sockets[0].getsockname()[1]
    try:
        yield inbox
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
