"""The header's pins by the kernel's character device, through libgpiod 2: where RPi.GPIO cannot reach them, as with
Debian's own kernels, which have no /dev/gpiomem."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from appliance.hardware.gpio import Gpio, GpioMissing, RPiGpio

# What the kernel's drivers call the header's chip. Its number has changed from kernel to kernel.
HEADERS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")  # Pi 0 to 3; Pi 4, CM4; Pi 5
USER = "ringback"  # what the kernel says who has a line


class NoLibrary(GpioMissing):
    """libgpiod is not installed."""


class ChardevGpio:
    """Implements Gpio. GpioMissing when there is no header here, or no right to use it."""

    def __init__(self, devices: Path = Path("/dev")) -> None:
        try:
            self._gpiod: Any = importlib.import_module("gpiod")
            self._words: Any = importlib.import_module("gpiod.line")
        except ImportError as error:
            raise NoLibrary("libgpiod 2 for Python is not installed: apt install python3-libgpiod") from error
        self.by = ""
        self._chip = self._header(devices)
        self._lines: dict[int, Any] = {}
        self._outputs: dict[int, bool] = {}

    def lamp(self, pin: int, *, on: bool) -> None:
        if self._outputs.get(pin) is on:
            return
        level = self._words.Value.ACTIVE if on else self._words.Value.INACTIVE
        try:
            if pin in self._outputs:
                self._lines[pin].set_value(pin, level)
            else:
                self._take(pin, direction=self._words.Direction.OUTPUT, output_value=level)
        except (OSError, ValueError) as error:
            raise GpioMissing(f"pin {pin} cannot be used: {error}") from error
        self._outputs[pin] = on

    def pressed(self, pin: int) -> bool:
        try:
            if pin not in self._lines:
                self._take(pin, direction=self._words.Direction.INPUT, bias=self._words.Bias.PULL_UP)
            return bool(self._lines[pin].get_value(pin) == self._words.Value.INACTIVE)
        except (OSError, ValueError) as error:
            raise GpioMissing(f"pin {pin} cannot be used: {error}") from error

    def close(self) -> None:
        for pin, line in self._lines.items():
            if pin in self._outputs:  # as RPi.GPIO does: else the driver may leave it as it was
                line.reconfigure_lines({pin: self._gpiod.LineSettings(direction=self._words.Direction.INPUT)})
            line.release()
        self._lines.clear()
        self._outputs.clear()
        self._chip.close()

    def _take(self, pin: int, **how: Any) -> None:
        config = {pin: self._gpiod.LineSettings(**how)}
        self._lines[pin] = self._chip.request_lines(config=config, consumer=USER)

    def _header(self, devices: Path) -> Any:
        why = "is this a Raspberry Pi?"
        for device in sorted(devices.glob("gpiochip*")):
            try:
                chip = self._gpiod.Chip(str(device))
            except OSError as error:
                why = f"{error}; is this user in the group gpio?"
                continue
            if (label := chip.get_info().label) in HEADERS:
                self.by = f"libgpiod at {device} ({label})"
                return chip
            chip.close()
        raise GpioMissing(f"the header's pins are not among {devices}/gpiochip*: {why}")


def header(devices: Path = Path("/dev")) -> Gpio:
    """By RPi.GPIO where it works, else by the kernel's device. GpioMissing says why neither does, and what to do."""
    try:
        return RPiGpio()
    except GpioMissing as first:
        try:
            return ChardevGpio(devices)
        except NoLibrary:
            raise first from None
