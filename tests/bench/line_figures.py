"""Figures of lines and journal: from the end of a ring to the dial command, and from opening modems to ready ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from appliance.accounts.account import Account, Verify
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from appliance.ledger.record import Record, Side
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.gsm.wire import open_serial
from appliance.lines.line import Line, LineEvent, LineHealth
from appliance.routing.route import Rate
from appliance.settings.model import Brakes, LineSettings, Settings, SiteSettings, TriggerPolicy
from appliance.store.journal import Journal
from appliance.switchboard.board import Switchboard
from appliance.switchboard.office import Office
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number
from tests.bench.child import Child
from tests.bench.figure import Figure, share, spread
from tests.bench.simulated import CALLER, NUMBER

DISK = "the disk's own flush is the larger part of it: see the commit beside it"


class Ready:
    """Waits for lines, whoever else listens to them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._changed = asyncio.Event()

    def event(self, _: LineEvent) -> None:
        self._changed.set()

    async def all(self) -> None:
        while any(line.state.health is not LineHealth.READY for line in self._lines):
            self._changed.clear()
            await self._changed.wait()


def _keying(folder: Path) -> Settings:
    """The same with prices, and a caller who is asked for nothing but the number."""
    settings = _settings(folder)
    eur = Money.parse("0.09", "EUR")
    lines = tuple(replace(line, tariff="bench", rates=(Rate("49", eur, eur),)) for line in settings.lines)
    accounts = tuple(replace(account, verify=Verify.NONE) for account in settings.accounts)
    return replace(settings, lines=lines, accounts=accounts)


def _settings(folder: Path) -> Settings:
    """Two lines, one caller, no rest, and brakes that let the bench through."""
    many = 1_000_000
    site = SiteSettings(callback_rest=0.0, callback_tries=1, brakes=Brakes(0, many, many, many))
    lines = tuple(
        LineSettings(f"gsm{n}", at=str(folder / f"sim{n}-at"), audio=str(folder / f"sim{n}-audio"),
                     number=Number(NUMBER.format(n)), trigger=TriggerPolicy.RING)
        for n in range(2))
    return Settings(site, lines, (Account("Anna", (Number(CALLER),), verify=Verify.KEY),))


@asynccontextmanager
async def _audio(folder: Path) -> AsyncIterator[AudioProcess]:
    audio = AudioProcess(PromptBook(folder / "prompts"), "DE")
    running = asyncio.create_task(audio.run())
    await audio.started.wait()
    try:
        yield audio
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def _gateway(folder: Path, journal: Journal, settings: Settings) -> AsyncIterator[Switchboard]:
    """The parts a gateway joins, with ready lines."""
    lines, names = dict[str, Line](), count(1)
    async with _audio(folder) as audio:
        board = Switchboard(lines, audio, journal, SystemClock(), Office.of(settings), asyncio.get_running_loop())
        seen: list[Ready] = []

        def sink(event: LineEvent) -> None:
            board.line_event(event)
            for ready in seen:
                ready.event(event)

        for line in settings.lines:
            config = GsmSettings(line.name, line.at, line.audio, rest_s=0.0)
            lines[line.name] = GsmLine(config, open_serial, audio, sink, lambda: f"ring-{next(names)}")
        seen.append(Ready(list(lines.values())))
        tasks = [asyncio.create_task(line.run()) for line in lines.values()]
        await seen[0].all()
        try:
            yield board
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def commits(journal: Journal, times: int, when: str) -> list[float]:
    """ms of one record's commit, with nothing else going on; `when`: before or after the calls."""
    took = []
    for n in range(times):
        record = Record(leg=f"{when}-{n}", call="bench", side=Side.A, account="Anna", line="gsm0", number=CALLER,
                        rate=None, opened=datetime.now(UTC))
        began = time.perf_counter()
        journal.open_record(record)
        took.append((time.perf_counter() - began) * 1e3)
    return took


async def ring_to_dial(folder: Path, times: int) -> list[Figure]:
    journal = Journal(folder / "journal.sqlite", "EUR")
    turns: list[float] = []
    async with Child("tests.bench.simulated", "--folder", str(folder), "--personas", "plain", "plain") as street:
        await street.line()
        async with _gateway(folder, journal, _settings(folder)):
            alone = commits(journal, times, "before")
            for _ in range(times):
                street.go()
                moment = await street.told()
                turns.append((moment["atd"] - moment["no_carrier"]) / 1e6)
    alone += commits(journal, times, "after")
    journal.close()
    turn, commit = share(turns, 0.5), share(alone, 0.5)
    return [
        Figure("one commit of the journal (WAL, synchronous FULL)", "", spread(alone)),
        Figure("caller gives up (NO CARRIER's last octet) to ATD's first, commit included", "median <= 3 ms",
               spread(turns), turn <= 3, DISK, "1.5 ms, no commit"),
        Figure("  of it, without its one commit (hold and record)", "", f"{turn - commit:.2f} ms; "
               f"ratio to one commit {turn / commit:.2f}"),
    ]


async def hash_to_dial(folder: Path, times: int) -> list[Figure]:
    """Acted on while the tone sounds: the figure is negative."""
    journal, turns = Journal(folder / "journal.sqlite", "EUR"), list[float]()
    async with Child("tests.bench.simulated", "--folder", str(folder), "--personas", "plain", "plain") as street:
        await street.line()
        async with _gateway(folder, journal, _keying(folder)):
            for _ in range(times):
                street.go("key")
                moment = await street.told()
                turns.append((moment["atd"] - moment["tone_end"]) / 1e6)
    journal.close()
    return [Figure("last octet of a # of 120 ms to the destination's ATD, hold and commit included", "median <= 0 ms",
                   spread(turns), share(turns, 0.5) <= 0, DISK, "41 ms")]


async def modems_ready(folder: Path, times: int) -> list[Figure]:
    took: list[float] = []
    personas = ("quectel", "huawei", "plain", "quectel")
    async with Child("tests.bench.simulated", "--folder", str(folder), "--personas", *personas) as street:
        await street.line()
        async with _audio(folder) as audio:
            for _ in range(times):
                took.append(await _opening(folder, audio, len(personas)))
    return [Figure("four modems from opening to ready", "<= 1 s", spread(took, "s"), share(took, 0.5) <= 1.0,
                   "a modem answered late", "0.5-1 s")]


async def _opening(folder: Path, audio: AudioProcess, modems: int) -> float:
    lines: list[Line] = []
    ready = Ready(lines)
    for n in range(modems):
        config = GsmSettings(f"gsm{n}", str(folder / f"sim{n}-at"), str(folder / f"sim{n}-audio"))
        lines.append(GsmLine(config, open_serial, audio, ready.event, lambda: "ring"))
    began = time.perf_counter()
    tasks = [asyncio.create_task(line.run()) for line in lines]
    await ready.all()
    took = time.perf_counter() - began
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return took
