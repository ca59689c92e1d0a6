"""The client end, blocking: for the command line and the web page."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from appliance.api.wire import MAX_LINE, ApiError, BadRequest, read_reply, write

TIMEOUT_S = 30.0  # s for one answer
MAX_REPLY = 16 * MAX_LINE  # octets; listings are longer than requests


class NoGateway(Exception):
    """No gateway runs on this socket."""


class GatewayLost(ApiError):
    """It ran, and left or fell silent before it answered."""


class Client:
    """One connection to a running gateway. Not for two threads at once.

    Raises NoGateway when nothing listens, ApiError when the gateway may not be talked to.
    """

    def __init__(self, path: Path, timeout_s: float = TIMEOUT_S) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        self._next = 0
        try:
            self._socket.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
            self._socket.close()
            raise NoGateway(f"no gateway is running on {path}; start it with: ringback run") from error
        except OSError as error:
            self._socket.close()
            raise ApiError(f"the gateway on {path} cannot be reached: {error.strerror or error}; "
                           "run the command as the user that runs the gateway, or of its socket's group") from error
        self._file = self._socket.makefile("rb")

    def call(self, method: str, **params: Any) -> Any:
        """One question, one answer. ApiError with the gateway's own words when it refuses."""
        number = self._ask(method, params)
        while True:
            reply = self._reply()
            if reply.get("id") in (number, None) and "event" not in reply:
                return _result(reply)

    def stream(self, method: str, **params: Any) -> Iterator[Any]:
        """Events until the gateway ends the subscription or goes away; waits between them without limit."""
        number = self._ask(method, params)
        self._socket.settimeout(None)
        while True:
            reply = self._reply()
            if reply.get("id") not in (number, None):
                continue
            if "event" not in reply:
                _result(reply)
                return
            yield reply["event"]

    @property
    def alive(self) -> bool:
        """False when the gateway has closed this connection, for one that was kept between two questions."""
        return not select.select((self._socket,), (), (), 0)[0]

    def _ask(self, method: str, params: dict[str, Any]) -> int:
        self._next += 1
        line = write({"id": self._next, "method": method, "params": params})
        if len(line) > MAX_LINE:
            raise ApiError(f"this is too much for one request: {len(line)} octets, {MAX_LINE} are allowed")
        try:
            self._socket.sendall(line)
        except OSError as error:
            raise GatewayLost(f"the gateway closed the connection: {error}") from error
        return self._next

    def _reply(self) -> dict[str, Any]:
        try:
            line = self._file.readline(MAX_REPLY)
        except TimeoutError as error:
            raise GatewayLost("the gateway did not answer in time; its log says more") from error
        except OSError as error:
            raise GatewayLost(f"the gateway closed the connection: {error}") from error
        if not line.endswith(b"\n"):
            raise GatewayLost("the gateway closed the connection")
        try:
            return read_reply(line)
        except BadRequest as error:
            raise GatewayLost(f"the gateway's answer is unreadable: {error}") from error

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def gateway_runs(path: Path) -> bool:
    """Whether somebody listens on the socket."""
    try:
        Client(path, 5.0).close()
    except NoGateway:
        return False
    except ApiError:
        return True
    return True


def _result(reply: dict[str, Any]) -> Any:
    if "error" in reply:
        error = reply["error"]
        raise ApiError(str(error.get("message", error)) if isinstance(error, dict) else str(error))
    return reply.get("result")
