"""Pins by the kernel's character device: a pretend libgpiod whose chips are files with a label in them, and whose lines
belong to one user each. With the real library and the kernel's driver: chapter pi3 of `make test-image`."""

from __future__ import annotations

import enum
import errno
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from appliance.hardware.chardev import ChardevGpio, header
from appliance.hardware.gpio import GpioMissing
from tests.hardware.pins import plugged


class Words(ModuleType):
    class Direction(enum.Enum):
        INPUT, OUTPUT = range(2)

    class Value(enum.Enum):
        INACTIVE, ACTIVE = range(2)

    class Bias(enum.Enum):
        AS_IS, PULL_UP = range(2)


WORDS = Words("gpiod.line")


class Header:
    """The kernel's side: who has which line, and every change."""

    def __init__(self) -> None:
        self.taken: dict[int, str] = {}
        self.levels: dict[int, Any] = {}
        self.outputs: list[int] = []
        self.closed = 0


class Request:
    def __init__(self, chip: Header, config: dict[int, Any], consumer: str) -> None:
        (self._pin,) = config
        self._chip = chip
        if self._pin in chip.taken:
            raise OSError(errno.EBUSY, "Device or resource busy")
        if self._pin > 57:
            raise ValueError("Invalid argument")
        chip.taken[self._pin] = consumer
        self.reconfigure_lines(config)

    def reconfigure_lines(self, config: dict[int, Any]) -> None:
        how = config[self._pin]
        if how.direction is WORDS.Direction.OUTPUT:
            self._chip.outputs.append(self._pin)
            self._chip.levels[self._pin] = how.output_value
        elif self._pin in self._chip.outputs:
            self._chip.outputs.remove(self._pin)
        else:
            self._chip.levels[self._pin] = WORDS.Value(how.bias is WORDS.Bias.PULL_UP)

    def set_value(self, pin: int, value: Any) -> None:
        assert pin in self._chip.outputs
        self._chip.levels[pin] = value

    def get_value(self, pin: int) -> Any:
        return self._chip.levels[pin]

    def release(self) -> None:
        del self._chip.taken[self._pin]


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Header:
    kernel = Header()
    (tmp_path / "gpiochip0").write_text("raspberrypi-exp-gpio")
    (tmp_path / "gpiochip1").write_text("pinctrl-bcm2835")

    def close() -> None:
        kernel.closed += 1

    def opened(path: str) -> Any:
        label = Path(path).read_text()
        return SimpleNamespace(get_info=lambda: SimpleNamespace(label=label), close=close,
                               request_lines=lambda config, consumer: Request(kernel, config, consumer))

    library: Any = ModuleType("gpiod")
    library.Chip, library.line = opened, WORDS
    library.LineSettings = lambda direction, output_value=None, bias=WORDS.Bias.AS_IS: SimpleNamespace(
        direction=direction, output_value=output_value, bias=bias)
    monkeypatch.setitem(sys.modules, "gpiod", library)
    monkeypatch.setitem(sys.modules, "gpiod.line", WORDS)
    return kernel


def test_the_header_is_known_by_its_driver_and_not_by_its_number(chip: Header, tmp_path: Path) -> None:
    gpio = ChardevGpio(tmp_path)
    assert chip.closed == 1
    gpio.lamp(17, on=True)
    assert chip.levels == {17: WORDS.Value.ACTIVE}
    assert chip.taken == {17: "ringback"}
    gpio.lamp(17, on=False)
    assert chip.levels == {17: WORDS.Value.INACTIVE}


def test_a_button_pulls_its_pin_to_ground(chip: Header, tmp_path: Path) -> None:
    gpio = ChardevGpio(tmp_path)
    assert not gpio.pressed(5)
    chip.levels[5] = WORDS.Value.INACTIVE
    assert gpio.pressed(5)


def test_its_end_makes_inputs_and_gives_all_back(chip: Header, tmp_path: Path) -> None:
    gpio = ChardevGpio(tmp_path)
    gpio.lamp(17, on=True)
    assert not gpio.pressed(5)
    gpio.close()
    assert (chip.outputs, chip.taken, chip.closed) == ([], {}, 2)


def test_somebody_elses_pin_is_told(chip: Header, tmp_path: Path) -> None:
    chip.taken[17] = "another"
    gpio = ChardevGpio(tmp_path)
    for use in (lambda: gpio.lamp(17, on=True), lambda: gpio.pressed(17), lambda: gpio.lamp(99, on=True)):
        with pytest.raises(GpioMissing, match=r"pin (17|99) cannot be used"):
            use()


def test_no_header_and_no_right_to_it(chip: Header, tmp_path: Path) -> None:
    (tmp_path / "gpiochip1").unlink()
    with pytest.raises(GpioMissing, match="is this a Raspberry Pi"):
        ChardevGpio(tmp_path)
    (tmp_path / "gpiochip1").symlink_to("nowhere")
    with pytest.raises(GpioMissing, match="group gpio"):
        ChardevGpio(tmp_path)


def test_rpi_gpio_goes_first_where_it_works(chip: Header, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = plugged(monkeypatch)
    header().lamp(17, on=True)
    assert pins.changes == [(17, True)]
    assert not chip.taken


def test_rpi_gpio_that_finds_no_registers_is_passed_over(
        chip: Header, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With Debian's kernels, where there is no /dev/gpiomem: it can be imported, and says so at the first pin."""
    pins = plugged(monkeypatch)
    pins.mapped = False
    gpio = header(tmp_path)
    gpio.lamp(17, on=True)
    assert chip.taken == {17: "ringback"}
    assert not pins.changes
    assert gpio.by == f"libgpiod at {tmp_path}/gpiochip1 (pinctrl-bcm2835)"


def test_without_any_library_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RPi.GPIO", "gpiod", "gpiod.line"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(GpioMissing, match=r"python3-rpi-lgpio .* python3-libgpiod"):
        header()
