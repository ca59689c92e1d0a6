"""The server: cheroot with TLS, cured of handshakes in the thread that accepts connections."""

from __future__ import annotations

import logging
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cheroot import wsgi
from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter

log = logging.getLogger("ringback.web")
THREADS = 24  # workers; each viewer of live pages holds one
TIMEOUT_S = 10  # s a client may be silent
MAX_BODY = 256 * 1024 * 1024  # octets; a backup. Each page says how much it takes, and most take little
MAX_HEAD = 16 * 1024  # octets
BACKLOG = 64  # connections that wait to be accepted
WAITING = 200  # requests that wait for a worker; more are let go


class LazyHandshake(BuiltinSSLAdapter):
    """cheroot does the TLS handshake in the thread that accepts: one silent client stops the whole site (cheroot #748,
    #709). Here it happens with the first read, in a worker."""

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(str(certificate), str(key))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    def renew(self, certificate: Path, key: Path) -> None:
        """For connections from now on."""
        self.context.load_cert_chain(str(certificate), str(key))

    def wrap(self, sock: Any) -> tuple[Any, dict[str, str]]:
        return (self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False),
                {"wsgi.url_scheme": "https", "HTTPS": "on"})


def anywhere() -> str:
    """The address for all of them: IPv6 takes IPv4 along, where the machine has it."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
            return "::"
    except OSError:
        return "0.0.0.0"


TLS_RECORD = b"\x16"  # first octet of a handshake, RFC 8446 § 5.1
PLAIN = re.compile(rb"(?:GET|HEAD) (/[!-~]{0,1000}) HTTP/1\.[01]\r\n(?:.*\r\n)*?"
                   rb"host: ([A-Za-z0-9.:\[\]-]{1,255})\r\n", re.IGNORECASE)


class _Connection(HTTPConnection):
    """What goes wrong in a handshake is the client's trouble: the connection ends, nothing else happens."""

    def communicate(self) -> bool:
        try:
            if isinstance(self.socket, ssl.SSLSocket) and self.socket.version() is None:
                if socket.socket.recv(self.socket, 1, socket.MSG_PEEK) not in (TLS_RECORD, b""):
                    return self._send_to_tls(self.socket)
                self.socket.do_handshake()
        except OSError as error:  # ssl.SSLError and timeouts are among them
            log.debug("no TLS with %s: %s", self.remote_addr, error)
            return False
        return bool(super().communicate())  # type: ignore[no-untyped-call]

    @staticmethod
    def _send_to_tls(sock: ssl.SSLSocket) -> bool:
        """Who typed the address without https:// is sent there. To the name it asked for: nobody else's."""
        asked = PLAIN.match(socket.socket.recv(sock, 4096, socket.MSG_PEEK))
        to = f"Location: https://{asked[2].decode()}{asked[1].decode()}\r\n" if asked else ""
        head = "308 Permanent Redirect" if asked else "400 Bad Request"
        text = "This page is served with TLS only: use https://"
        socket.socket.send(sock, f"HTTP/1.1 {head}\r\n{to}Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
                                 f"Connection: close\r\n\r\n{text}".encode())
        return False


class Server(wsgi.Server):
    """A new connection waits in the selector until it says something: silent ones cost no worker."""

    ConnectionClass = _Connection

    def __init__(self, address: tuple[str, int], app: Callable[..., Any], adapter: LazyHandshake) -> None:
        super().__init__(address, app, numthreads=THREADS, max=THREADS, server_name="ringback",
                         request_queue_size=BACKLOG, timeout=TIMEOUT_S, accepted_queue_size=WAITING,
                         accepted_queue_timeout=1)
        self.ssl_adapter = adapter
        self.max_request_body_size = MAX_BODY
        self.max_request_header_size = MAX_HEAD

    def process_conn(self, conn: Any) -> None:
        if getattr(conn, "has_spoken", False):
            super().process_conn(conn)
            return
        conn.has_spoken = True
        self._connections.put(conn)  # type: ignore[attr-defined]

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        log.log(level, "%s", msg, exc_info=traceback)
