"""The server end of the socket: methods answer once, subscriptions go on until the client leaves."""

from __future__ import annotations

import asyncio
import errno
import grp
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from appliance.api.wire import MAX_LINE, ApiError, BadRequest, Request, error, read_request, write

log = logging.getLogger("ringback.api")

Handler = Callable[[dict[str, Any]], Awaitable[Any]]
Stream = Callable[[dict[str, Any]], AsyncIterator[Any]]
MAX_CLIENTS = 64
MAX_STREAMS = 8  # subscriptions of one client
PRIVATE, SHARED = 0o600, 0o660  # modes of the socket's file
WRITE_S = 10.0  # s a client may leave its replies unread before it is let go


class AnotherGateway(Exception):
    """Somebody answers on the socket already."""


class ApiServer:
    """Serves `handlers` and `streams` on a Unix socket at `path`.

    A handler gets the request's params and returns something JSON-able; ApiError's text goes to the client, any other
    exception is logged and reported as an internal error. Only its own user may talk to it, or, with `group`, the
    members of that group (by name) as well.
    """

    def __init__(
        self, path: Path, handlers: Mapping[str, Handler], streams: Mapping[str, Stream] | None = None, *,
        group: str = "",
    ) -> None:
        self._path = path
        self._handlers = handlers
        self._streams = streams or {}
        self._group = group
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Binds, replacing the file of a dead gateway. Raises AnotherGateway, or an OSError that says what to do."""
        door = _bind(self._path, self._group)
        self._server = await asyncio.start_unix_server(self._serve, sock=door, limit=MAX_LINE)

    async def close(self) -> None:
        """Lets every client go and removes the file."""
        if self._server is None:
            return
        self._server.close()
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._server = None
        self._path.unlink(missing_ok=True)

    async def __aenter__(self) -> ApiServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            if len(self._clients) > MAX_CLIENTS:
                writer.write(error(None, "too many clients at once"))
            else:
                await _Client(reader, writer, self._handlers, self._streams).run()
            await asyncio.wait_for(writer.drain(), WRITE_S)
        except (ConnectionError, TimeoutError):
            pass  # it left, or does not read
        except asyncio.CancelledError:
            pass  # we close
        finally:
            self._clients.discard(task)
            writer.close()


class _Client:
    """One connection. Requests are answered in order; subscriptions run beside them."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handlers: Mapping[str, Handler],
        streams: Mapping[str, Stream],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._handlers = handlers
        self._streams = streams
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            while line := await self._line():
                if line.strip():
                    await self._one(line)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _line(self) -> bytes:
        """The next line; b"" when the client has left or sent one that has no end."""
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return b""
        except asyncio.LimitOverrunError:
            await self._send(error(None, f"a line may have {MAX_LINE} octets at most"))
            return b""

    async def _one(self, line: bytes) -> None:
        try:
            request = read_request(line)
        except BadRequest as bad:
            return await self._send(error(bad.id, str(bad)))
        if request.method not in self._streams:
            return await self._send(await self._answer(request))
        if len(self._running) >= MAX_STREAMS:
            return await self._send(error(request.id, "too many subscriptions on one connection"))
        task = asyncio.create_task(self._stream(request))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return None

    async def _answer(self, request: Request) -> bytes:
        if (handler := self._handlers.get(request.method)) is None:
            return error(request.id, f"unknown method {request.method[:40]!r}")
        try:
            return write({"id": request.id, "result": await handler(request.params)})
        except Exception as problem:
            return _refusal(request, problem)

    async def _stream(self, request: Request) -> None:
        try:
            async for event in self._streams[request.method](request.params):
                await self._send(write({"id": request.id, "event": event}))
            await self._send(write({"id": request.id, "result": None}))
        except (ConnectionError, TimeoutError):
            self._writer.close()
        except Exception as problem:
            await self._send(_refusal(request, problem))

    async def _send(self, octets: bytes) -> None:
        self._writer.write(octets)
        await _drain(self._writer)


async def _drain(writer: asyncio.StreamWriter) -> None:
    # Not wait_for: before Python 3.12 it may swallow a cancellation, and a subscription would outlive its client.
    async with asyncio.timeout(WRITE_S):
        await writer.drain()


def _refusal(request: Request, problem: Exception) -> bytes:
    if isinstance(problem, ApiError):
        return error(request.id, str(problem))
    log.error("api %s failed", request.method, exc_info=problem)
    return error(request.id, f"internal error in {request.method} ({type(problem).__name__}); the gateway's log has it")


def _bind(path: Path, group: str) -> socket.socket:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            if _answers(path):
                raise AnotherGateway(f"another gateway is running on {path}; stop it first, or choose another --data")
            path.unlink()
        # The file must never be open to others, not even between bind and chmod.
        before = os.umask(0o777 & ~PRIVATE)
        try:
            door.bind(str(path))
        finally:
            os.umask(before)
        if group:
            _share(path, group)
    except OSError as problem:
        door.close()
        why = "its path is too long, choose a shorter --data" if "too long" in str(problem) else problem.strerror
        raise OSError(problem.errno, f"the socket {path} cannot be made: {why}") from problem
    except AnotherGateway:
        door.close()
        raise
    door.setblocking(False)
    return door


def _share(path: Path, group: str) -> None:
    """Lets the members of `group` in. Takes the file away again when that cannot be."""
    try:
        os.chown(path, -1, grp.getgrnam(group).gr_gid)
        os.chmod(path, SHARED)
    except (KeyError, PermissionError) as problem:
        path.unlink()
        why = ("this machine has no such group; make it (groupadd --system)" if isinstance(problem, KeyError)
               else "the gateway's user is not in that group; add it (usermod --append --groups)")
        raise OSError(errno.EPERM, f"it is to be shared with group {group!r}, but {why}, or choose another "
                      "--socket-group") from None


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True
