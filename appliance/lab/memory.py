"""Wires in memory: the same modems, no pty, for a clock that is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.lab.modem import LabModem
from appliance.lines.gsm.wire import OnData, OnLost, WireError


class MemoryWire:
    """One end of an AT port."""

    def __init__(self, bank: MemoryBank, path: str, modem: LabModem, on_data: OnData, on_lost: OnLost) -> None:
        self._bank, self._path, self._modem, self.on_lost = bank, path, modem, on_lost
        self._loop = asyncio.get_running_loop()
        self._open = True
        modem.say = lambda data: self._deliver(on_data, data)

    def _deliver(self, on_data: OnData, data: bytes) -> None:
        self._loop.call_soon(lambda: on_data(data) if self._open else None)

    def write(self, data: bytes) -> None:
        if self._open:
            self._loop.call_soon(self._modem.at_received, data)

    def close(self) -> None:
        self._open = False
        self._bank.closed(self._path)


class MemoryPcm:
    """One end of an audio port."""

    def __init__(self, modem: LabModem, on_data: Callable[[bytes], None]) -> None:
        self._modem = modem
        modem.voice.give = on_data
        modem.audio_opened()

    def write(self, data: bytes) -> int:
        if not self._modem.voice.health.takes:
            return 0
        self._modem.voice.received(data)
        return len(data)

    def close(self) -> None:
        self._modem.voice.closed()


class MemoryBank:
    """Modems by path: `<path>-at` and `<path>-audio`."""

    def __init__(self) -> None:
        self._modems: dict[str, LabModem] = {}
        self._open: dict[str, MemoryWire] = {}

    def plug(self, path: str, modem: LabModem) -> None:
        """There it is; it boots when it had no power."""
        modem.power_on()
        self._modems[path] = modem

    def unplug(self, path: str) -> None:
        """Pulls the plug; whoever has it open loses it."""
        self._modems.pop(path).power_off()
        self._cut(path)

    def hiccup(self, path: str) -> None:
        """The port is lost for a moment, the modem and its call live on: what a crash of the box looks like to it."""
        self._cut(path)

    def _cut(self, path: str) -> None:
        if wire := self._open.pop(f"{path}-at", None):
            wire.close()
            wire.on_lost("unplugged")

    def open_wire(self, path: str, on_data: OnData, on_lost: OnLost) -> MemoryWire:
        """As lines.gsm.wire.OpenWire."""
        modem = self._modems.get(path.removesuffix("-at"))
        if modem is None:
            raise WireError(f"{path} is not there; plug the modem in", absent=True)
        if path in self._open:
            raise WireError(f"{path}: another program has it", absent=False)
        wire = self._open[path] = MemoryWire(self, path, modem, on_data, on_lost)
        return wire

    def closed(self, path: str) -> None:
        self._open.pop(path, None)

    def open_source(self, source: str, on_data: Callable[[bytes], None]) -> MemoryPcm:
        """As audio.local.OpenSource."""
        modem = self._modems.get(source.removeprefix("alsa:").removesuffix("-audio"))
        if modem is None:
            raise OSError(f"{source} is not there")
        return MemoryPcm(modem, on_data)
