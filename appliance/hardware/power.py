"""Ways to wake a modem from outside, as a line's `power` names them. Each implements lines.power.PowerStep.

usb-reset: its drivers let it go and take it anew. usb-cycle: its USB port is switched off for 5 s, where the hub can.
pwrkey:PIN: the key on the modem's board, pressed for as long as its family wants. relay:PIN: its supply, cut for 5 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.hardware.gpio import Gpio, GpioMissing
from appliance.lines.power import PowerFailed, PowerStep

CUT_S = 5.0  # s without supply: a modem's capacitors are empty then
HELPER_S = 25.0  # s for the helper to do it: with some to spare of what a step may take


@dataclass(frozen=True, slots=True)
class PowerKey:
    """Of the modem's own key: s to hold it until it goes off, s until it is off, s to hold it until it goes on."""

    off_s: float
    wait_s: float
    on_s: float


# Not tried on a board. A press while a module still says good-bye to its network is lost, and leaves it off: so the
# waits are the longest that are told, as far as a step may last.
POWER_KEYS = {
    # Mbed's driver of the EC2X: 0.75 s off, 0.6 s on; oFono: 0.6 to 0.7 s off. Then, as remembered, up to 30 s.
    "quectel": PowerKey(0.8, 27.0, 0.8),
    # Guide of SIM7906 and SIM7912: 2.5 to 5 s, then 25 to 28 s. DFRobot on SIM7600: 3 s off, 1 s on.
    "sim7600": PowerKey(3.0, 25.0, 1.0),
    # As remembered: 2.5 s off, 0.05 s on.
    "a76xx": PowerKey(3.0, 4.0, 0.7),
    # SIM800 Hardware Design V1.09: 1.5 to 33 s, then more than 3 s.
    "sim800": PowerKey(2.0, 5.0, 1.5),
}
ANY_KEY = PowerKey(3.0, 25.0, 1.0)


@dataclass(frozen=True, slots=True)
class UsbStep:
    """Asked of the privileged helper at `helper`. `port` gives the USB port's name, "" while it is not known."""

    verb: str
    done: str
    helper: Path
    port: Callable[[], str]

    async def take(self) -> None:
        port = self.port()
        if not port:
            raise PowerFailed("its USB port is not known: it was not there since the gateway started")
        try:
            async with asyncio.timeout(HELPER_S):
                said = await self._ask(f"{self.verb} {port}")
        except (OSError, TimeoutError) as error:
            raise PowerFailed(f"its USB port could not be reset: {str(error) or 'no answer'}") from error
        if said != "ok":
            raise PowerFailed(f"its USB port could not be reset: {said.removeprefix('error: ') or 'no answer'}")

    async def _ask(self, order: str) -> str:
        reader, writer = await asyncio.open_unix_connection(self.helper)
        try:
            writer.write(order.encode() + b"\n")
            return (await reader.readline()).decode("utf-8", "replace").strip()
        finally:
            writer.close()


@dataclass(frozen=True, slots=True)
class KeyStep:
    """The modem's key by a pin: through a transistor, so that a high pin presses it."""

    pin: int
    dialect: Callable[[], str]
    gpio: Callable[[], Gpio]
    done: str = "it was switched off and on by its key"

    async def take(self) -> None:
        key = POWER_KEYS.get(self.dialect(), ANY_KEY)
        with _pins(self.gpio) as gpio:
            await _hold(gpio, self.pin, key.off_s)
            await asyncio.sleep(key.wait_s)
            await _hold(gpio, self.pin, key.on_s)


@dataclass(frozen=True, slots=True)
class RelayStep:
    """Its supply by a relay that is at rest while the modem has power: a box that is off leaves it on."""

    pin: int
    gpio: Callable[[], Gpio]
    done: str = "its supply was cut for 5 s"

    async def take(self) -> None:
        with _pins(self.gpio) as gpio:
            await _hold(gpio, self.pin, CUT_S)


async def _hold(gpio: Gpio, pin: int, seconds: float) -> None:
    """High for so long, and low whatever happens."""
    gpio.lamp(pin, on=True)
    try:
        await asyncio.sleep(seconds)
    finally:
        gpio.lamp(pin, on=False)


@contextmanager
def _pins(open_gpio: Callable[[], Gpio]) -> Iterator[Gpio]:
    """Pins for a step; that they cannot be used is the step's failure."""
    try:
        gpio = open_gpio()
        try:
            yield gpio
        finally:
            gpio.close()
    except GpioMissing as error:
        raise PowerFailed(str(error)) from error


def steps(
    names: tuple[str, ...], dialect: Callable[[], str], helper: Path | None, port: Callable[[], str],
    gpio: Callable[[], Gpio],
) -> list[PowerStep]:
    """What `power` of a line means; `dialect` names the family by the time of the step. Steps by USB need the helper's
    socket; without it they are left out."""
    found: list[PowerStep] = []
    for name in names:
        kind, _, pin = name.partition(":")
        if kind == "usb-reset" and helper:
            found.append(UsbStep("usb-rebind", "its USB port was reset", helper, port))
        elif kind == "usb-cycle" and helper:
            found.append(UsbStep("usb-cycle", "its USB port was switched off and on", helper, port))
        elif kind == "pwrkey":
            found.append(KeyStep(int(pin), dialect, gpio))
        elif kind == "relay":
            found.append(RelayStep(int(pin), gpio))
    return found
