"""The audio process's end of the control socket: lines in, lines out, and never a wait."""

from __future__ import annotations

import socket

LINE_OCTETS = 64 * 1024  # a longer line is no order
WAITING_OCTETS = 1024 * 1024  # events kept for a gateway that does not read; beyond that it is as good as dead


class Control:
    """`alive` ends when the gateway closes the socket, or reads no more."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._in = b""
        self._out = bytearray()
        self._skipping = False
        self.alive = True

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def waiting(self) -> bool:
        """Events are kept: call flush when the socket takes more."""
        return bool(self._out)

    def lines(self) -> list[bytes]:
        """What has come, as whole lines. The rest of a line that is too long is thrown away up to its end."""
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.alive = False
            return []
        *lines, self._in = (self._in + data).split(b"\n")
        if lines and self._skipping:
            self._skipping = False
            lines.pop(0)
        if len(self._in) > LINE_OCTETS:
            self._in, self._skipping = b"", True
        return lines

    def send(self, line: bytes) -> None:
        self._out += line
        self.flush()

    def flush(self) -> None:
        try:
            while self._out:
                del self._out[: self._socket.send(self._out)]
        except BlockingIOError:
            self.alive = self.alive and len(self._out) <= WAITING_OCTETS
        except OSError:
            self._out.clear()
            self.alive = False
