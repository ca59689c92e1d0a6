"""The header's pins through the module RPi.GPIO: of RPi.GPIO on a Pi 3, 4, CM4, of rpi-lgpio on those and a Pi 5."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

PROBED = 2  # is only asked what it is; RPi.GPIO maps the registers at that, and not before
OUTPUT_PINS = range(2, 28)  # BCM numbers of the 40-pin header; 0 and 1 belong to the EEPROM of HATs


class GpioMissing(Exception):
    """The pins cannot be used; the text says why and what to do."""


class Gpio(Protocol):
    """Pins by their BCM numbers."""

    @property
    def by(self) -> str:
        """What reaches them, for the log."""

    def lamp(self, pin: int, *, on: bool) -> None:
        """Makes the pin an output and sets it."""

    def pressed(self, pin: int) -> bool:
        """A button between the pin and ground; the pin is pulled up."""

    def close(self) -> None:
        """Gives back the pins that were used, and only those."""


class RPiGpio:
    """Implements Gpio. GpioMissing when there is no header here, or no right to use it."""

    def __init__(self) -> None:
        try:
            self._module: Any = importlib.import_module("RPi.GPIO")
            self._module.setwarnings(False)
            self._module.setmode(self._module.BCM)
            self._module.gpio_function(PROBED)
        except ImportError as error:
            raise GpioMissing("lamps and button need a module that reaches the pins: apt install python3-rpi-lgpio "
                              "(Raspberry Pi OS) or python3-libgpiod (Debian 13)") from error
        except (RuntimeError, OSError, ValueError) as error:
            raise GpioMissing(f"the pins cannot be used: {str(error).splitlines()[0] if str(error) else error!r}; is "
                              "this a Raspberry Pi, and its user in the group gpio?") from error
        self._outputs: dict[int, bool] = {}
        self._inputs: set[int] = set()
        self.by = f"RPi.GPIO {getattr(self._module, 'VERSION', '')}".strip()

    def lamp(self, pin: int, *, on: bool) -> None:
        if self._outputs.get(pin) is on:
            return
        try:
            if pin in self._outputs:
                self._module.output(pin, on)
            else:
                self._module.setup(pin, self._module.OUT, initial=on)
        except (RuntimeError, OSError, ValueError) as error:
            raise GpioMissing(f"pin {pin} cannot be used: {error}") from error
        self._outputs[pin] = on

    def pressed(self, pin: int) -> bool:
        try:
            if pin not in self._inputs:
                self._module.setup(pin, self._module.IN, pull_up_down=self._module.PUD_UP)
                self._inputs.add(pin)
            return not self._module.input(pin)
        except (RuntimeError, OSError, ValueError) as error:
            raise GpioMissing(f"pin {pin} cannot be used: {error}") from error

    def close(self) -> None:
        if used := [*self._outputs, *self._inputs]:
            self._module.cleanup(used)
        self._outputs.clear()
        self._inputs.clear()
