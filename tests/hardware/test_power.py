"""Modems woken from outside: by their key, a relay, and the USB helper, which is the real one."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from appliance.hardware.gpio import RPiGpio
from appliance.hardware.power import ANY_KEY, POWER_KEYS, steps
from appliance.hardware.usbplaces import UsbPlaces
from appliance.hardware.usbports import Ports, answer
from appliance.lab.virtualtime import run
from appliance.lines.gsm.dialects import DIALECTS
from appliance.lines.power import PowerFailed, PowerStep
from tests.hardware.pins import Pins, plugged


def known(*names: str, dialect: str = "quectel", helper: Path | None = None, port: str = "1-1.4") -> list[PowerStep]:
    return steps(names, lambda: dialect, helper, lambda: port, RPiGpio)


def timed(pins: Pins, story: Callable[[], Awaitable[None]]) -> list[tuple[float, int, bool]]:
    """When each pin changed, in s."""
    changes: list[tuple[float, int, bool]] = []

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        began, change = loop.time(), pins._change

        def noted(pin: int, level: bool) -> None:
            change(pin, level)
            changes.append((round(loop.time() - began, 3), pin, bool(level)))

        pins._change = noted  # type: ignore[method-assign]
        await story()

    run(whole())
    return changes


@pytest.mark.parametrize("dialect", [*POWER_KEYS, "generic"])
def test_a_key_is_held_as_long_as_the_family_wants(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pins, key = plugged(monkeypatch), POWER_KEYS.get(dialect, ANY_KEY)
    (step,) = known("pwrkey:17", dialect=dialect)
    on_at = key.off_s + key.wait_s
    assert timed(pins, step.take) == [
        (0.0, 17, True), (key.off_s, 17, False), (round(on_at, 3), 17, True), (round(on_at + key.on_s, 3), 17, False)]
    assert set(pins.given_back) == {17}


def test_a_step_ends_within_what_a_step_may_take() -> None:
    for key in (*POWER_KEYS.values(), ANY_KEY):
        assert key.off_s + key.wait_s + key.on_s < 30


def test_power_keys_are_of_families_that_exist() -> None:
    assert set(POWER_KEYS) <= {dialect.name for dialect in DIALECTS}


def test_a_relay_lets_go_even_when_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = plugged(monkeypatch)
    (step,) = known("relay:22")

    async def story() -> None:
        task = asyncio.ensure_future(step.take())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert timed(pins, story) == [(0.0, 22, True), (1.0, 22, False)]
    assert pins.given_back == [22]


def test_a_header_that_is_not_there_is_a_failed_step(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged(monkeypatch).broken = "not a Raspberry Pi"
    (step,) = known("relay:22")
    with pytest.raises(PowerFailed, match="not a Raspberry Pi"):
        asyncio.run(step.take())


class Helper:
    """The helper's own code behind a socket, as systemd starts it; a tree in the place of /sys."""

    def __init__(self, folder: Path) -> None:
        self.path, self._ports = folder / "power.sock", Ports(folder, 0)
        driver = folder / "bus/usb/drivers/usb"
        driver.mkdir(parents=True)
        (folder / "bus/usb/devices/1-1.4").mkdir(parents=True)
        self.bind = driver / "bind"

    def asked_by(self, step: PowerStep) -> None:
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(self.path))
            door.listen()
            serving = threading.Thread(target=self._serve, args=(door,))
            serving.start()
            try:
                asyncio.run(step.take())
            finally:
                serving.join(10)
                self.path.unlink()

    def _serve(self, door: socket.socket) -> None:
        with door.accept()[0] as one:
            one.sendall(answer(one, os.getuid(), self._ports).encode() + b"\n")


def test_places_are_kept_while_the_modem_is_away(tmp_path: Path) -> None:
    device = tmp_path / "sys/devices/platform/soc/3f980000.usb/usb1/1-1/1-1.4/1-1.4:1.2/ttyUSB2"
    device.mkdir(parents=True)
    (tmp_path / "sys/class/tty/ttyUSB2").mkdir(parents=True)
    (tmp_path / "sys/class/tty/ttyUSB2/device").symlink_to(device)
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/ttyUSB2").touch()
    (tmp_path / "dev/usb-1.4-at").symlink_to("ttyUSB2")
    places, wanted = UsbPlaces(tmp_path / "sys"), {"gsm1": str(tmp_path / "dev/usb-1.4-at"), "isdn": "misdn:0"}
    places.learn(wanted)
    assert places.port("gsm1") == "1-1.4"
    (tmp_path / "dev/usb-1.4-at").unlink()
    (tmp_path / "sys/class/tty/ttyUSB2/device").unlink()
    places.learn(wanted)
    assert places.port("gsm1") == "1-1.4"
    assert places.port("isdn") == places.port("never") == ""


def test_steps_by_usb_need_the_helper() -> None:
    assert known("usb-reset", "usb-cycle") == []
    assert [step.done for step in known("usb-reset", "usb-cycle", "relay:4", helper=Path("/nowhere"))] == [
        "its USB port was reset", "its USB port was switched off and on", "its supply was cut for 5 s"]


def test_without_a_port_or_a_helper_it_says_so() -> None:
    with pytest.raises(PowerFailed, match="not there since the gateway started"):
        asyncio.run(known("usb-reset", helper=Path("/nowhere"), port="")[0].take())
    with pytest.raises(PowerFailed, match="could not be reset"):
        asyncio.run(known("usb-reset", helper=Path("/nowhere"))[0].take())


def test_the_helper_is_asked_and_answers(tmp_path: Path) -> None:
    helper = Helper(tmp_path)
    helper.asked_by(known("usb-reset", helper=helper.path)[0])
    assert helper.bind.read_text() == "1-1.4"
    with pytest.raises(PowerFailed, match="the hub of"):
        helper.asked_by(known("usb-cycle", helper=helper.path)[0])
