"""A pretend module RPi.GPIO that remembers every change, in the place where the real one would be imported."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import Any

import pytest


class Pins(ModuleType):
    """The functions of RPi.GPIO that the product uses, with its errors. `changes`: (pin, level), in order."""

    BCM, BOARD, OUT, IN, PUD_UP = 11, 10, 0, 1, 22

    def __init__(self) -> None:
        super().__init__("RPi.GPIO")
        self.changes: list[tuple[int, bool]] = []
        self.levels: dict[int, bool] = {}
        self.given_back: list[int] = []
        self.broken = ""  # why setmode fails
        self.mapped = True  # whether the registers can be reached
        self.mode = 0
        self.moved = threading.Condition()
        self._ways: dict[int, int] = {}

    def setwarnings(self, on: bool) -> None: ...

    def setmode(self, mode: int) -> None:
        if self.broken:
            raise RuntimeError(self.broken)
        if self.mode and mode != self.mode:
            raise ValueError("A different mode has already been set!")
        self.mode = mode

    def gpio_function(self, pin: int) -> int:
        assert self.mode == self.BCM
        if not self.mapped:
            raise RuntimeError("No access to /dev/mem.  Try running as root!")
        return self._ways.get(pin, self.IN)

    def setup(self, pin: int, way: int, *, initial: bool = False, pull_up_down: int = 20) -> None:
        assert self.mode == self.BCM
        if not 0 <= pin <= 27:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        self._ways[pin] = way
        if way == self.OUT:
            self._change(pin, initial)
        else:
            self.levels.setdefault(pin, pull_up_down == self.PUD_UP)

    def output(self, pin: int, level: bool) -> None:
        if self._ways.get(pin) != self.OUT:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        self._change(pin, level)

    def input(self, pin: int) -> int:
        if pin not in self._ways:
            raise RuntimeError("You must setup() the GPIO channel first")
        return int(self.levels[pin])

    def cleanup(self, pins: list[int]) -> None:
        for pin in pins:
            del self._ways[pin]
            self.levels.pop(pin)
            self.given_back.append(pin)

    def _change(self, pin: int, level: bool) -> None:
        with self.moved:
            self.levels[pin] = bool(level)
            self.changes.append((pin, bool(level)))
            self.moved.notify_all()


def plugged(monkeypatch: pytest.MonkeyPatch) -> Pins:
    """From now on in this test `import RPi.GPIO` finds it."""
    module: Any = ModuleType("RPi")
    module.GPIO = pins = Pins()
    monkeypatch.setitem(sys.modules, "RPi", module)
    monkeypatch.setitem(sys.modules, "RPi.GPIO", pins)
    return pins
