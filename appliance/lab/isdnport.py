"""The exchange of a lab process: it listens on a socket, as a wall outlet does, for whoever is plugged in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from appliance.lab.exchange import Exchange
from appliance.lab.network import Network
from appliance.lines.isdn.apart import LibpriProcess
from appliance.lines.isdn.pair import LONGEST
from appliance.lines.isdn.spansettings import SpanSettings


class ExchangePort:
    """One outlet at `path`. LibpriMissing where there is no libpri. It runs in a process of its own: here may be codecs
    under a licence that libpri's does not allow beside it."""

    def __init__(self, path: Path, network: Network, settings: SpanSettings, numbers: Sequence[str]) -> None:
        self.libpri = LibpriProcess()
        self._loop = asyncio.get_running_loop()
        self._path = path
        self._terminal: socket.socket | None = None
        self.deaf = False  # the exchange hears nothing
        self._outlet = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path.unlink(missing_ok=True)
        self._outlet.bind(str(path))
        self._outlet.listen(1)
        self._outlet.setblocking(False)
        self._loop.add_reader(self._outlet, self._plugged)
        self.exchange = Exchange(network, settings, numbers, self._carry, self._loop.time,
                                 make=self.libpri.open)

    def _plugged(self) -> None:
        """Whoever was there before is unplugged."""
        self._unplugged()
        self._terminal = self._outlet.accept()[0]
        self._terminal.setblocking(False)
        self._loop.add_reader(self._terminal, self._readable)
        self.exchange.dead(False)

    def _unplugged(self) -> None:
        if self._terminal:
            self._loop.remove_reader(self._terminal)
            self._terminal.close()
            self._terminal = None

    def _readable(self) -> None:
        assert self._terminal
        try:
            packet = self._terminal.recv(LONGEST)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if packet:
            if not self.deaf:
                self.exchange.end.packet(packet)
        else:
            self._unplugged()
            self.exchange.dead(True)

    def _carry(self, packet: bytes) -> None:
        if self._terminal:
            with suppress(OSError):  # full, or just unplugged
                self._terminal.send(packet)

    def close(self) -> None:
        self._unplugged()
        self._loop.remove_reader(self._outlet)
        self._outlet.close()
        self.exchange.close()
        self.libpri.close()
        self._path.unlink(missing_ok=True)
