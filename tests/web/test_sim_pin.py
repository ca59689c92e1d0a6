"""The PIN of a SIM on the page: a wrong one takes an attempt, and the page says what is left; the last is not taken."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.client import Client
from appliance.commands.layout import Layout
from appliance.lab.codec import Transparent
from appliance.lab.modem import LabModem
from appliance.lab.network import Network
from appliance.lab.persona import QUECTEL
from appliance.lab.ptys import PtyModem
from appliance.vocabulary.clock import SystemClock
from tests.web.box import Box, Browser, running

PATIENCE_S = 60
RIGHT, WRONG, WRONG_TOO = "2468", "1357", "9753"


class Modem:
    """A real modem of the lab on real ptys, on a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._loop = folder, asyncio.new_event_loop()
        self._over, self._ready = asyncio.Event(), threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    async def _run(self) -> None:
        self.modem = LabModem(Network(Transparent), "+4915112345601", QUECTEL, pin=RIGHT)
        ptys = PtyModem(self._folder, "sim1", self.modem)
        self._ready.set()
        await self._over.wait()
        ptys.close()

    @property
    def attempts(self) -> int:
        """What the SIM itself counts."""
        return self.modem.lock.attempts

    def in_a_phone(self, pin: str) -> None:
        self.modem.lock.cpin(f'+CPIN="{pin}"', lambda _: None)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE_S)


@pytest.fixture(name="modem")
def plugged(tmp_path: Path) -> Iterator[Modem]:
    modem = Modem(tmp_path)
    yield modem
    modem.close()


def lines(box: Box) -> Any:
    with Client(Layout(box.data).socket) as client:
        return client.call("lines")


def until(box: Box, fits: Callable[[Any], bool]) -> None:
    """Asks the gateway, which takes its time to answer, until the line is so."""
    clock = SystemClock()
    end = clock.monotonic() + PATIENCE_S
    while not fits(row := lines(box)[0]):
        assert clock.monotonic() < end, row


def has_left(attempts: int) -> Callable[[Any], bool]:
    return lambda row: bool(row["pin_left"] == attempts)


def enter(admin: Browser, folder: Path, pin: str) -> None:
    admin.post("/lines/gsm1", at=str(folder / "sim1-at"), audio=str(folder / "sim1-audio"), number="", trigger="ring",
               ring_back="same", digits="in-band", gain_in="0", gain_out="0", balance_code="", balance_below="",
               enabled="on", new_sim_pin="on", sim_pin=pin)


def page(admin: Browser) -> str:
    return admin.get("/lines/gsm1").body


def test_attempts_are_shown_and_the_last_one_is_left_to_a_person(tmp_path: Path, modem: Modem) -> None:
    with running(tmp_path / "box") as box:
        admin = box.admin()
        admin.post("/lines", name="gsm1", kind="gsm", at=str(tmp_path / "sim1-at"),
                   audio=str(tmp_path / "sim1-audio"), number="", sim_pin="")
        until(box, has_left(3))
        assert "the SIM wants its PIN" in page(admin)
        for pin, left in ((WRONG, 2), (WRONG_TOO, 1)):
            enter(admin, tmp_path, pin)
            until(box, has_left(left))
            assert modem.attempts == left
            assert "the SIM refused" in page(admin)
            assert f"<dt>PIN attempts left</dt><dd>{left}</dd>" in page(admin)
            assert f"Attempts left: {left}" in page(admin)
            assert pin not in page(admin)
        enter(admin, tmp_path, RIGHT)
        until(box, lambda row: "only 1 PIN attempt is left" in row["why"])
        assert modem.attempts == 1  # right as it is, it was not tried
        assert "put the SIM in a phone and enter the PIN there" in page(admin)
        modem.in_a_phone(RIGHT)
        for enabled in ("", "on"):
            admin.post("/lines/gsm1/switch", enabled=enabled)
        until(box, lambda row: row["health"] == "ready")
        assert "PIN attempts left" not in page(admin)
