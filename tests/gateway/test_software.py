"""An update beside calls: it is written while they go on, and the box does not restart before they are over."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance import __version__
from appliance.api.wire import ApiError
from appliance.commands.software import Software
from appliance.hardware.slots import Slots, Updater
from appliance.store.lastupdate import LastUpdate
from tests.hardware.cardimage import CardImage, card_image


class StillClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 28, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def software(image: CardImage, data: Path, calls: list[str], story: list[str]) -> Software:
    return Software(Slots(image.root), Updater(image.socket), data / "update", LastUpdate(data / "update.json"),
                    StillClock(), lambda: len(calls), story.append)


def test_the_box_restarts_when_calls_are_over_and_not_before(tmp_path: Path) -> None:
    async def story(image: CardImage) -> None:
        calls, told = ["4711"], list[str]()
        part = software(image, tmp_path, calls, told)
        handlers = part.handlers()
        running = asyncio.create_task(part.run())
        await asyncio.sleep(0)  # it clears away what a life before has left
        (tmp_path / "update").mkdir()
        shutil.copy(image.bundle("good"), tmp_path / "update/bundle.raucb")
        assert await handlers["software_check"]({}) == {"version": "9.1.0", "model": "ringback-pi4"}
        await handlers["software_install"]({})
        await asyncio.to_thread(image.go_on)
        while (await handlers["software_state"]({}))["phase"] == "installing":
            await asyncio.sleep(0.01)
        state = await handlers["software_state"]({})
        assert (state["phase"], state["calls"], state["trouble"]) == ("installed", 1, "")
        assert not image.restarted()
        with pytest.raises(ApiError, match="1 calls run now"):
            await handlers["software_try"]({})
        calls.clear()
        assert await handlers["software_try"]({}) == {"version": "9.1.0"}
        assert image.restarted() == "reboot --reboot-argument=0 tryboot"
        assert told == ["version 9.1.0 is in the other half of the card",
                        f"the box restarts to try version 9.1.0; if it is not well, {__version__} comes back"]
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    with card_image(tmp_path / "card", tmp_path / "update/bundle.raucb") as image:
        asyncio.run(asyncio.wait_for(story(image), 60))


def test_a_record_that_a_power_cut_has_broken_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "update.json").write_text("{", "utf-8")
    told: list[str] = []

    async def state(image: CardImage) -> None:
        assert (await software(image, tmp_path, [], told).handlers()["software_state"]({}))["last"] is None

    with card_image(tmp_path / "card", tmp_path / "update/bundle.raucb") as image:
        asyncio.run(state(image))
    assert told == []


def test_without_the_helper_it_says_so(tmp_path: Path) -> None:
    async def story(image: CardImage) -> None:
        (tmp_path / "update").mkdir()
        shutil.copy(image.bundle("good"), tmp_path / "update/bundle.raucb")
        image.socket.unlink()
        with pytest.raises(ApiError, match="the update service does not answer: No such file"):
            await software(image, tmp_path, [], []).handlers()["software_check"]({})

    with card_image(tmp_path / "card", tmp_path / "update/bundle.raucb") as image:
        asyncio.run(story(image))
