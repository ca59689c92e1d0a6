"""Lamps and button of the box: shows its state, and does what a press asks for. Its loss is never the box's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from appliance.hardware.button import Button, Press
from appliance.hardware.gpio import Gpio, GpioMissing
from appliance.hardware.lamps import FAST, Shown, State, code, lit, show
from appliance.vocabulary.clock import Clock

log = logging.getLogger("ringback.hardware")
TICK_S = 0.05  # s between looks at the button; an edge is not waited for, because RPi.GPIO cannot since kernel 6.6
TWICE = 2  # times that a code is shown
SAID_S = 3.0  # s of fast light after the long press


@dataclass(frozen=True, slots=True)
class Pins:
    """BCM numbers; 0: there is none. `inverted`: lamps between the pin and 3.3 V."""

    ok: int = 0
    call: int = 0
    trouble: int = 0
    button: int = 0
    inverted: bool = False

    def __bool__(self) -> bool:
        return any((self.ok, self.call, self.trouble, self.button))


class Panel:
    """`glance` gives state and calls now; `reset` is what ten seconds on the button ask for; `tell` goes to the story.
    """

    def __init__(
        self, open_gpio: Callable[[], Gpio], pins: Pins, clock: Clock, glance: Callable[[], tuple[State, int]],
        reset: Callable[[], str], tell: Callable[[str], None],
    ) -> None:
        self._open_gpio, self._pins, self._clock = open_gpio, pins, clock
        self._glance, self._reset, self._tell = glance, reset, tell
        self._button = Button()
        self._shown: Shown | None = None
        self._since = self._until = 0.0  # when what is shown began; until when the button's answer is shown

    async def run(self) -> None:
        """Until cancelled; at once when there are no pins. What fails is told once."""
        if not self._pins:
            return None
        try:
            gpio = self._open_gpio()
        except GpioMissing as error:
            return self._tell(str(error))
        log.info("lamps and button by %s", gpio.by)
        try:
            while True:
                self.tick(gpio)
                await asyncio.sleep(TICK_S)
        except Exception as error:
            self._tell(f"lamps and button are given up: {error}")
        finally:
            gpio.close()

    def tick(self, gpio: Gpio) -> None:
        """One look at the button, one at the state."""
        now = self._clock.monotonic()
        state, calls = self._glance()
        press = self._button.sampled(gpio.pressed(self._pins.button), now) if self._pins.button else None
        if press is Press.SHORT:
            pattern = code(state)
            self._begin(Shown(pattern, (), ()), now, TWICE * sum(pattern))
        elif press is Press.LONG:
            self._reset()
            self._begin(Shown(FAST, FAST, FAST), now, SAID_S)
        elif now >= self._until and (normal := show(state, calls)) != self._shown:
            self._begin(normal, now, 0.0)
        assert self._shown is not None
        for pin, pattern in zip((self._pins.ok, self._pins.call, self._pins.trouble),
                                (self._shown.ok, self._shown.call, self._shown.trouble), strict=True):
            if pin:
                gpio.lamp(pin, on=lit(pattern, now - self._since) is not self._pins.inverted)

    def _begin(self, shown: Shown, now: float, for_s: float) -> None:
        self._shown, self._since, self._until = shown, now, now + for_s
