"""A whole box against a lab in memory, on time that jumps: real drivers, real mixer, real switchboard, real stores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from appliance.audio.client import Treatment
from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.isdnbench import MemoryPort, SpanAudio
from appliance.lab.memory import MemoryBank
from appliance.lab.modem import LabModem
from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.network import Network
from appliance.lab.persona import QUECTEL, Persona
from appliance.lab.virtualtime import START, LoopClock, run
from appliance.ledger.record import Record
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.isdn.apart import LibpriProcess
from appliance.lines.isdn.line import IsdnLine
from appliance.lines.isdn.memorylink import MemoryLink
from appliance.lines.isdn.signalling import MakeSignalling
from appliance.lines.isdn.span import Span
from appliance.lines.isdn.spansettings import TE, SpanSettings
from appliance.lines.line import Line, LineHealth, Sink
from appliance.settings.model import IsdnSide, LineSettings, Settings, TriggerPolicy
from appliance.store.journal import Journal
from appliance.switchboard.board import Switchboard
from appliance.switchboard.office import Office
from appliance.switchboard.story import StoryLine


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in the lab: phones by name and number, a modem family for each line in turn, how nasty they are."""

    phones: tuple[tuple[str, str], ...] = ()
    inside: tuple[tuple[str, str], ...] = ()  # phones behind the box, by the number they are called by
    personas: tuple[Persona, ...] = (QUECTEL,)
    nasty: Nastiness = BROCHURE
    seed: int = 1
    start: datetime = START
    nasties: tuple[Nastiness, ...] = ()  # one for each line in turn, in the place of `nasty`


@dataclass
class World:
    """Everything a story touches."""

    settings: Settings
    board: Switchboard
    journal: Journal
    clock: LoopClock
    bank: MemoryBank
    network: Network
    modems: dict[str, LabModem] = field(default_factory=dict)
    ports: dict[str, MemoryPort] = field(default_factory=dict)  # ISDN
    phones: dict[str, Handset] = field(default_factory=dict)
    inside: dict[str, Handset] = field(default_factory=dict)  # those behind the box
    story: list[StoryLine] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    libpri: LibpriProcess | None = None  # one for all ISDN ports

    def records(self) -> list[Record]:
        """Oldest first."""
        return self.journal.records()[::-1]

    def told(self) -> str:
        return "\n".join(f"{line.at:%H:%M:%S} {line.room:8} {line.text}" for line in self.story)

    async def ready(self) -> None:
        """Waits until every line is ready."""
        while any(line.state.health is not LineHealth.READY for line in self.board.lines.values()):
            await asyncio.sleep(0.05)

    async def over(self) -> None:
        """Waits until no call runs and no phone is in use."""
        while self.board.calls or any(phone.stage != "over" for phone in self.phones.values()):
            await asyncio.sleep(0.1)

    def loose_ends(self) -> Iterator[str]:
        """What must never be left behind, whatever happened: one sentence for each."""
        for record in self.journal.open_records():
            yield f"the record {record.leg} is still open"
        for account in self.settings.accounts:
            if self.journal.held(account.name).micros:
                yield f"money of {account.name} is still held: {self.journal.held(account.name)}"
        through = {line.name for line in self.settings.lines if line.trigger is TriggerPolicy.CALL_THROUGH}
        for name, modem in self.modems.items():
            if modem.answered_triggers and name not in through:
                yield f"{name} answered a trigger, which costs the caller money"
        for call in self.board.calls:
            yield f"call {call} still runs"


def play(
    folder: Path, settings: Settings, cast: Cast, scenario: Callable[[World], Awaitable[None]],
    mended: Callable[[World], None] = lambda world: None,
) -> World:
    """Runs a story on virtual time in an empty or used folder, and gives the world it left, its journal still open."""

    async def story() -> World:
        with _built(folder, settings, cast) as world:
            mended(world)
            await scenario(world)
        return world

    return run(story(), start=cast.start)


@contextmanager
def _built(folder: Path, settings: Settings, cast: Cast) -> Iterator[World]:
    world = build(folder, settings, cast)
    try:
        yield world
    finally:
        for task in world.tasks:
            task.cancel()
        world.journal.happenings.flush()
        if world.libpri:
            world.libpri.close()


def build(folder: Path, settings: Settings, cast: Cast) -> World:
    """Needs a running loop. Lines run as tasks; whoever asked cancels them."""
    loop = asyncio.get_running_loop()
    network, bank, clock = Network(Transparent), MemoryBank(), LoopClock(loop)
    links: dict[str, MemoryLink] = {}
    audio = LocalAudio(SpanAudio(links, bank.open_source).open_source, detector_factory())
    journal = Journal(folder / "journal.sqlite", settings.site.currency)
    lines: dict[str, Line] = {}
    board = Switchboard(lines, audio, journal, clock, Office.of(settings), loop)
    world = World(settings, board, journal, clock, bank, network)
    board.story.follow(world.story.append)
    names = count(1)
    for n, line in enumerate(line for line in settings.lines if line.enabled):
        if line.kind == "isdn":
            libpri = world.libpri = world.libpri or LibpriProcess()
            port = world.ports[line.name] = _port(line, network, world, settings, cast, libpri.open)
            lines[line.name] = _isdn(line, port, links, audio, board.line_event, lambda: f"ring-{next(names)}",
                                     libpri.open)
            continue
        modem = LabModem(network, str(line.number), cast.personas[n % len(cast.personas)], pin=line.sim_pin,
                         nasty=cast.nasties[n % len(cast.nasties)] if cast.nasties else cast.nasty, seed=cast.seed + n)
        world.modems[line.name] = modem
        bank.plug(line.at.removesuffix("-at"), modem)
        lines[line.name] = GsmLine(_config(line, settings, modem.persona.card), bank.open_wire, audio, board.line_event,
                                   lambda: f"ring-{next(names)}")
    board.messages.open()
    world.phones = {name: Handset(network, number, name) for name, number in cast.phones} | world.inside
    world.tasks = [asyncio.ensure_future(line.run()) for line in lines.values()]
    return world


def _port(
    line: LineSettings, network: Network, world: World, settings: Settings, cast: Cast, make: MakeSignalling
) -> MemoryPort:
    """The exchange that a line is plugged into; or the PBX behind the box, whose phones have a network of their own."""
    if line.side is IsdnSide.TE:
        return MemoryPort(network, _span(line), (str(line.number),), make=make)
    inside = Network(Transparent)
    elsewhere = [each.called for each in settings.site.extensions if each.line != line.name]
    world.inside |= {name: Handset(inside, number, name) for name, number in cast.inside if number not in elsewhere}
    return MemoryPort(inside, _span(line), (), TE, make)


def _span(line: LineSettings, country: str = "DE") -> SpanSettings:
    return SpanSettings(line.isdn, line.side, line.msns, line.ddi_digits, country)


def _isdn(
    line: LineSettings, port: MemoryPort, links: dict[str, MemoryLink], audio: LocalAudio, sink: Sink,
    ring_name: Callable[[], str], make: MakeSignalling,
) -> IsdnLine:
    span, clock = _span(line), asyncio.get_running_loop().time
    links[line.name] = link = MemoryLink(line.name, lambda tell: Span(span, port.open, tell, clock, make))
    return IsdnLine(line.name, len(span.channels), link, audio, sink, ring_name, always_up=line.isdn != "ptmp",
                    clir=line.clir, number=str(line.number or ""), overlap=line.overlap,
                    treatment=Treatment(line.gain_in, line.gain_out, line.echo_canceller))


def _config(line: LineSettings, settings: Settings, card: bool) -> GsmSettings:
    rest = 2.0 if settings.site.callback_rest > 0 else 0.0
    audio = f"alsa:{line.audio}" if card and line.audio else line.audio
    return GsmSettings(line.name, line.at, audio, line.dialect, line.sim_pin, rest_s=rest,
                       treatment=Treatment(line.gain_in, line.gain_out, line.echo_canceller))
