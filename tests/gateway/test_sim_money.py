"""A SIM whose money runs low: told in the story once, not at every question, and not again after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.commands.layout import Layout
from appliance.gateway import Gateway
from appliance.lab import modem as lab
from appliance.lab.codec import Transparent
from appliance.lab.network import Network
from appliance.lab.persona import QUECTEL
from appliance.lab.ptys import PtyModem
from appliance.lines.gsm import errands, line
from appliance.settings.codec import settings_to_documents
from appliance.settings.model import LineSettings, Settings
from appliance.store.documents import Documents
from appliance.vocabulary.money import Money

PATIENCE_S = 60
LITTLE = "gsm1: its SIM has only 1.2000 EUR left, below 5.0000 EUR; top it up, or its calls will fail"
ENOUGH = "gsm1: its SIM has 25.0000 EUR now, enough again"


class Life:
    """One life of the gateway, and what it told of money; `asked`: the network's answers to the question for it."""

    def __init__(self, folder: Path) -> None:
        self.gateway = Gateway(Layout(folder))
        self.told: list[str] = []
        self.asked = 0
        self._more = asyncio.Event()
        self.gateway.board.story.follow(lambda line: self._hear(line.room, line.text))

    def _hear(self, room: str, text: str) -> None:
        if room == "money":
            self.told.append(text)
        self.asked += bool(self.gateway.lines["gsm1"].state.balance) if "gsm1" in self.gateway.lines else 0
        self._more.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._more.clear()
                await self._more.wait()

    async def more_answers(self) -> None:
        """One may be on its way already with what the network said before."""
        seen = self.asked
        await self.until(lambda: self.asked >= seen + 2)


async def story(folder: Path) -> None:
    modem = lab.LabModem(Network(Transparent), "+4915112345601", QUECTEL)
    pty = PtyModem(folder, "sim1", modem)
    documents = Documents(Layout(folder / "data").documents)
    gsm1 = LineSettings("gsm1", at=str(folder / "sim1-at"), audio=str(folder / "sim1-audio"), balance_code="*100#",
                        balance_below=Money.parse(5, "EUR"))
    documents.replace_all(*settings_to_documents(Settings(lines=(gsm1,))))
    documents.close()

    first = Life(folder / "data")
    await first.gateway.start()
    await first.more_answers()
    assert first.told == []
    modem.sim.ussd["*100#"] = "Guthaben: 1,20 EUR"
    await first.until(lambda: first.told == [LITTLE])
    modem.sim.ussd["*100#"] = "Bitte spaeter"
    await first.more_answers()
    modem.sim.ussd["*100#"] = "Guthaben: 1,20 EUR"
    await first.more_answers()
    assert first.told == [LITTLE]
    await first.gateway.close()

    second = Life(folder / "data")
    await second.gateway.start()
    await second.more_answers()
    assert second.told == []
    modem.sim.ussd["*100#"] = "Guthaben: 25,00 EUR"
    await second.until(lambda: second.told == [ENOUGH])
    modem.sim.ussd["*100#"] = "Guthaben: 1,20 EUR"
    await second.until(lambda: second.told == [ENOUGH, LITTLE])
    await second.gateway.close()
    pty.close()


def test_the_story_tells_each_crossing_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "SETTLE_S", 0.0)
    monkeypatch.setattr(errands, "DAY_S", 0.0)
    monkeypatch.setattr(line, "LOOK_S", 0.05)
    monkeypatch.setattr(lab, "ANSWERS_S", 0.05)
    asyncio.run(story(tmp_path))
