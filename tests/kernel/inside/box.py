"""The box's end of a port: the span's own process as the gateway starts it, and voices as the audio process takes
them: a frame goes out for each that comes in."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from appliance.lines.isdn.bchannel import FRAME
from appliance.lines.isdn.process import ProcessLink
from appliance.lines.isdn.spansettings import Event, SpanSettings
from tests.kernel.inside.voice import LONGEST_S, Voice


class Box:
    """Starts the process at once."""

    def __init__(self, port: int, settings: SpanSettings, folder: Path) -> None:
        self._link = ProcessLink(f"misdn:{port}", settings, folder / "voices")
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._passed: list[Event] = []
        self._sockets: list[socket.socket] = []
        self._life = asyncio.create_task(self._link.live(self._events.put_nowait))
        self._life.add_done_callback(lambda life: self._events.put_nowait({"is": "dead"}))

    @property
    def pid(self) -> int:
        return self._link.pid

    def do(self, **order: object) -> None:
        """One order for the span."""
        self._link.send(order)

    async def next(self, what: str, **fields: object) -> Event:
        """The next event of that name with these fields; others are kept for later."""
        try:
            async with asyncio.timeout(LONGEST_S):
                while True:
                    for event in self._passed:
                        if event["is"] == what and fields.items() <= event.items():
                            self._passed.remove(event)
                            return event
                    event = await self._events.get()
                    if event["is"] == "dead":
                        raise AssertionError("the span's process died")
                    self._passed.append(event)
        except TimeoutError:
            raise AssertionError(f"no {what} {fields}; what came instead: {self._passed}") from None

    def voice(self, leg: str) -> Voice:
        """That leg's voice from now on."""
        path = self._link.source(leg).removeprefix("span:").partition("#")[0]
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.connect(path)
        sock.send(leg.encode())
        sock.setblocking(False)
        voice = Voice()

        def readable() -> None:
            if frame := sock.recv(FRAME):
                voice.hear(frame)
                sock.send(voice.next())
            else:
                loop.remove_reader(sock)

        loop = asyncio.get_running_loop()
        loop.add_reader(sock, readable)
        self._sockets.append(sock)
        return voice

    def order(self, leg_index: int, text: str) -> None:
        """About what a leg hears, on its voice's socket: in the order in which voices were taken."""
        self._sockets[leg_index].send(text.encode())

    async def close(self) -> None:
        for sock in self._sockets:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)
