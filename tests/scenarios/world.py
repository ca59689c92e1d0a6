"""A whole box against a lab in memory, on time that jumps: real drivers, real mixer, real switchboard, real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.accounts.account import Account, Verify
from appliance.accounts.pin import hash_pin
from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset, Manner
from appliance.lab.memory import MemoryBank
from appliance.lab.modem import LabModem
from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.network import Network
from appliance.lab.persona import HUAWEI, QUECTEL, Persona
from appliance.lab.virtualtime import LoopClock, run
from appliance.ledger.record import Record
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.line import Line, LineHealth
from appliance.routing.route import Rate
from appliance.settings.model import LineSettings, RingBack, Settings, SiteSettings, TriggerPolicy
from appliance.store.journal import Journal
from appliance.switchboard.board import Switchboard
from appliance.switchboard.office import Office
from appliance.switchboard.story import StoryLine
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

SIMS = ("+4915112345601", "+4915112345602", "+4915112345603")
ANNA, BERT = "+4915155500001", "+493012345678"
PIN_HASH = hash_pin("4711", b"sixteen octets!!")


@dataclass
class World:
    """Everything a scenario touches."""

    board: Switchboard
    journal: Journal
    anna: Handset
    bert: Handset
    modems: list[LabModem]
    bank: MemoryBank
    network: Network
    story: list[StoryLine]
    office: Office

    def records(self) -> list[Record]:
        """Oldest first."""
        return self.journal.records()[::-1]

    def told(self) -> str:
        return "\n".join(f"{line.room}: {line.text}" for line in self.story)

    async def over(self) -> None:
        """Waits until no call runs and no phone is in use."""
        while self.board.calls or self.anna.stage != "over" or self.bert.stage != "over":
            await asyncio.sleep(0.1)

    async def ready(self) -> None:
        while any(line.state.health is not LineHealth.READY for line in self.board.lines.values()):
            await asyncio.sleep(0.05)

    async def miss_a_call(self, to: int = 0, rings_s: float = 3.0) -> None:
        """Anna lets a SIM ring and hangs up."""
        self.anna.call(SIMS[to])
        await asyncio.sleep(rings_s)
        self.anna.hang_up()


def rate(per_minute: str, fee: str = "0", first: int = 60, following: int = 60) -> tuple[Rate, ...]:
    return (Rate("", Money.parse(fee, "EUR"), Money.parse(per_minute, "EUR"), first, following),)


def settings(
    *, verify: Verify = Verify.PIN, trigger: TriggerPolicy = TriggerPolicy.RING, rest: float = 3.0, lines: int = 3,
    spend_per_day: str | None = None, max_call_s: int = 3600, **site: Any,
) -> Settings:
    tariffs = (rate("0.09"), rate("0.05", fee="0.10"), rate("0.06"))
    return Settings(
        site=SiteSettings(callback_rest=rest, language="en", **site),
        lines=tuple(
            LineSettings(f"gsm{n + 1}", at=f"m{n}-at", audio=f"m{n}-audio", number=Number(SIMS[n]), trigger=trigger,
                         ring_back=RingBack.SAME, rates=tariffs[n]) for n in range(lines)),
        accounts=(Account("Front desk", (Number(ANNA),), PIN_HASH, verify, max_call_s=max_call_s,
                          spend_per_day=Money.parse(spend_per_day, "EUR") if spend_per_day else None),),
    )


def play(
    folder: Path, scenario: Callable[[World], Awaitable[None]], chosen: Settings | None = None,
    personas: tuple[Persona, ...] = (QUECTEL, HUAWEI, QUECTEL), nasty: Nastiness = BROCHURE, seed: int = 1,
) -> World:
    """Runs a scenario on virtual time and gives the world it left."""

    async def story() -> World:
        world, tasks = build(folder, chosen or settings(), personas, nasty, seed)
        try:
            await world.ready()
            await scenario(world)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            world.journal.happenings.flush()
        return world

    return run(story())


def build(
    folder: Path, chosen: Settings, personas: tuple[Persona, ...], nasty: Nastiness, seed: int
) -> tuple[World, list[asyncio.Task[None]]]:
    loop = asyncio.get_running_loop()
    network, bank = Network(Transparent), MemoryBank()
    modems = [LabModem(network, SIMS[n], personas[n], nasty=nasty, seed=seed + n) for n in range(len(chosen.lines))]
    for n, modem in enumerate(modems):
        bank.plug(f"m{n}", modem)
    audio = LocalAudio(bank.open_source, detector_factory())
    journal = Journal(folder / "journal.sqlite", "EUR")
    lines: dict[str, Line] = {}
    office = Office.of(chosen)
    board = Switchboard(lines, audio, journal, LoopClock(loop), office, loop)
    names = iter(range(1, 1_000_000))
    for line in chosen.lines:
        config = GsmSettings(line.name, line.at, line.audio, rest_s=0.0 if chosen.site.callback_rest == 0 else 2.0)
        lines[line.name] = GsmLine(config, bank.open_wire, audio, board.line_event, lambda: f"ring-{next(names)}")
    story: list[StoryLine] = []
    board.story.follow(story.append)
    anna, bert = Handset(network, ANNA, "Anna"), Handset(network, BERT, "Bert", Manner.ANSWER)
    world = World(board, journal, anna, bert, modems, bank, network, story, office)
    return world, [asyncio.ensure_future(line.run()) for line in lines.values()]
