"""Lamps and button: what is shown in which state, and what a press does, on a pretend header with the clock moved."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from appliance.hardware.button import Button, Press
from appliance.hardware.gpio import GpioMissing, RPiGpio
from appliance.hardware.lamps import DARK, FAST, ON, SLOW, TWICE, State, code, lit, show
from appliance.hardware.panel import TICK_S, Panel
from appliance.hardware.panel import Pins as Wiring
from appliance.vocabulary.clock import ManualClock
from tests.hardware.pins import plugged

WIRING = Wiring(ok=17, call=27, trouble=22, button=5)


class Rig:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, wiring: Wiring = WIRING) -> None:
        self.pins, self.clock = plugged(monkeypatch), ManualClock()
        self.state, self.calls, self.resets, self.told = State.FINE, 0, 0, list[str]()
        self.panel = Panel(RPiGpio, wiring, self.clock, lambda: (self.state, self.calls), self._reset,
                           self.told.append)
        self.gpio = RPiGpio()

    def _reset(self) -> str:
        self.resets += 1
        return "reset"

    def live(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.panel.tick(self.gpio)
            self.clock.advance(TICK_S)

    def press(self, seconds: float) -> None:
        self.pins.levels[5] = False
        self.live(seconds)
        self.pins.levels[5] = True

    def blinks(self, pin: int, seconds: float) -> int:
        before = len(self.pins.changes)
        self.live(seconds)
        return self.pins.changes[before:].count((pin, True))


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch)


def test_a_box_that_is_well_has_a_green_lamp_and_nothing_else(rig: Rig) -> None:
    rig.live(5)
    assert rig.pins.levels == {17: True, 27: False, 22: False, 5: True}
    assert len(rig.pins.changes) == 3  # no write without a change


def test_a_call_is_shown_while_it_runs(rig: Rig) -> None:
    rig.live(1)
    rig.calls = 1
    rig.live(1)
    assert rig.pins.levels[27]
    rig.calls = 0
    rig.live(1)
    assert not rig.pins.levels[27]


@pytest.mark.parametrize(("state", "ok", "trouble"), [
    (State.STARTING, FAST, DARK), (State.LINE_AWAY, SLOW, SLOW), (State.NO_CALLS, (0.1, 1.9), ON),
    (State.FINE, ON, DARK), (State.BOX, ON, (0.1, 1.9))])
def test_states_differ(state: State, ok: tuple[float, ...], trouble: tuple[float, ...]) -> None:
    shown = show(state, 0)
    assert (shown.ok, shown.trouble) == (ok, trouble)


def test_every_state_can_be_told_by_the_green_lamp_or_the_red_one() -> None:
    looks = [(show(state, calls).ok, show(state, calls).trouble) for state in State for calls in (0, 1)]
    assert show(State.FINE, 1).ok == TWICE
    assert len(set(looks)) >= 8


@pytest.mark.parametrize("state", list(State))
def test_a_short_press_blinks_the_states_number_twice(state: State, rig: Rig) -> None:
    rig.live(1)
    rig.state = state
    rig.press(0.3)
    pattern = code(state)
    assert rig.blinks(17, 2 * sum(pattern) - 0.2) + 1 in (2 * state, 2 * state + 1)  # the first came with the release
    assert rig.resets == 0


def test_ten_seconds_ask_for_a_new_password_once(rig: Rig) -> None:
    rig.live(1)
    rig.press(30)
    assert rig.resets == 1
    assert rig.blinks(22, 1) == 0  # and the panel is as before
    rig.press(9.8)
    assert rig.resets == 1


def test_a_bouncing_contact_is_one_press() -> None:
    button, told = Button(), []
    for n, level in enumerate([1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0]):
        told.append(button.sampled(bool(level), n * 0.05))
    assert [each for each in told if each] == [Press.SHORT]


def test_inverted_lamps(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, Wiring(ok=17, trouble=22, inverted=True))
    rig.live(1)
    assert rig.pins.levels == {17: False, 22: True}


def test_patterns() -> None:
    assert [lit(SLOW, t) for t in (0.0, 0.49, 0.5, 0.99, 1.0)] == [True, True, False, False, True]
    assert lit(ON, 100)
    assert not lit(DARK, 100)


def run(panel: Panel, until: Callable[[], bool]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(10):
            task = asyncio.ensure_future(panel.run())
            while not until() and not task.done():
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(whole())


def test_the_log_says_what_reaches_the_pins(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "ringback.hardware"):
        run(rig.panel, lambda: bool(rig.pins.changes))
    assert "lamps and button by RPi.GPIO" in caplog.text


def test_its_end_gives_the_pins_back(rig: Rig) -> None:
    run(rig.panel, lambda: bool(rig.pins.changes))
    assert sorted(rig.pins.given_back) == [5, 17, 22, 27]


def test_without_pins_nothing_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, Wiring())
    rig.pins.broken = "must not be asked"
    run(rig.panel, lambda: False)
    assert rig.told == []


def test_a_machine_without_header_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch)
    rig.pins.broken = "This module can only be run on a Raspberry Pi!"
    run(rig.panel, lambda: False)
    assert len(rig.told) == 1
    assert "can only be run on a Raspberry Pi" in rig.told[0]


def test_a_missing_module_names_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "RPi.GPIO", None)
    with pytest.raises(GpioMissing, match="python3-rpi-lgpio"):
        RPiGpio()


def test_a_bad_pin_gives_up_the_panel_and_not_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, Wiring(ok=99))
    run(rig.panel, lambda: False)
    assert "pin 99" in rig.told[0]
