"""The gateway: builds every part from the settings and joins them. The only file that knows all names."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from appliance.accounts.directory import ousted
from appliance.api.server import AnotherGateway, ApiServer
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from appliance.commands.alerting import Alerting
from appliance.commands.answers import Answers, zone_of
from appliance.commands.asking import Asking
from appliance.commands.auditing import Auditing
from appliance.commands.backups import Backups
from appliance.commands.box import known_names
from appliance.commands.bundles import bundle_rows
from appliance.commands.callbook import CallBook
from appliance.commands.console import console
from appliance.commands.counting import Counting
from appliance.commands.credit import Credit
from appliance.commands.figures import DayBook
from appliance.commands.following import following
from appliance.commands.forgetting import Forget
from appliance.commands.found import STABLE, Found
from appliance.commands.home import HomePage
from appliance.commands.layout import Layout
from appliance.commands.levels import levels
from appliance.commands.live import live_lines
from appliance.commands.modemcare import ModemCare
from appliance.commands.registering import Registering
from appliance.commands.retention import Retention
from appliance.commands.services import LineServices
from appliance.commands.simmoney import SimMoney
from appliance.commands.software import Software
from appliance.commands.texting import sending
from appliance.commands.tokens import TokenBook
from appliance.commands.tracing import tracing
from appliance.commands.users import Users
from appliance.commands.visitors import Visitors
from appliance.daemon.heart import live
from appliance.daemon.supervisor import Supervisor
from appliance.hardware.slots import Slots, Updater
from appliance.hardware.vitals import data_lost
from appliance.languages.words import Languages
from appliance.linemaker import LineMaker, Wanted
from appliance.lines.line import Line, LineEvent
from appliance.machine import Machine
from appliance.settings.codec import SettingsBroken, documents_to_settings, settings_to_documents
from appliance.settings.model import Settings
from appliance.store.atomic import Owner, StoreError
from appliance.store.backup import take_staged
from appliance.store.documents import Documents
from appliance.store.journal import Journal
from appliance.store.lastupdate import LastUpdate
from appliance.store.modembook import ModemBook
from appliance.switchboard import glance
from appliance.switchboard.board import Switchboard
from appliance.switchboard.office import Office
from appliance.vocabulary.clock import SystemClock

log = logging.getLogger("ringback")
LATER_S = 1.0  # s until a line that is in a call, or failed, is looked at again


class Gateway:
    """One box: settings, stores, audio process, lines, switchboard, socket."""

    def __init__(self, layout: Layout) -> None:
        data = layout.data
        self._layout, self._data, self._clock = layout, data, SystemClock()
        self._owner = Owner(data)
        self._restored = take_staged(data)
        self.restart = asyncio.Event()  # a restore was staged: close, and start anew
        self._documents = Documents(self._layout.documents)
        self.settings = documents_to_settings(self._documents.site, self._documents.lines, self._documents.accounts)
        self.journal = Journal(self._layout.journal, self.settings.site.currency)
        self.lines: dict[str, Line] = {}
        self._configs: dict[str, Wanted] = {}
        self._leaving: dict[str, asyncio.Task[None]] = {}  # lines that were stopped, until they have hung up
        self._line_tasks: dict[str, asyncio.Task[None]] = {}
        self._book = PromptBook(layout.prompts)
        self.audio = AudioProcess(self._book, self.settings.site.country, layout.audio_unit)
        self.board = Switchboard(self.lines, self.audio, self.journal, self._clock, Office.of(self.settings),
                                 asyncio.get_running_loop())
        self.visitors = Visitors(self._documents, self.journal, self._clock, partial(self.board.story.box, room="page"),
                                 lambda: self.settings.site, data_lost=partial(data_lost, layout.root))
        self.registering = Registering(
            lambda: self.settings, self.journal, self._clock, lambda: zone_of(self.settings),
            partial(self.board.messages.code, "number_code"), self._save, partial(self.board.story.box, room="page"))
        self.counting = Counting(self.journal)
        self.audio.subscribe(self.counting.audio_event)
        self._sim_money = SimMoney(lambda: self.settings, self.journal.happenings.last, self.board.story.box)
        self._machine = Machine(layout, self._clock, lambda: self.settings, self.lines, lambda: len(self.board.calls),
                                lambda: self.counting.late, self.visitors.tell_reset_code,
                                partial(self.board.story.box, room="hardware"))
        self._maker = LineMaker(layout.voices, layout.isdn_unit, self.audio, self._check_sim, self._machine.power)
        self._software = Software(
            Slots(layout.root), Updater(layout.update_unit) if layout.update_unit else None, layout.updates,
            LastUpdate(layout.last_update), self._clock, lambda: len(self.board.calls),
            partial(self.board.story.box, room="update"))
        self._tasks: list[asyncio.Task[None]] = []
        self._supervisor = Supervisor(self._clock.monotonic)
        self._closing = False
        self._crashed: datetime | None = None  # when this life began, if the last one did not end in order
        self._answers = Answers(
            settings=lambda: self.settings, journal=lambda: self.journal, clock=self._clock,
            live=lambda: live_lines(self.lines), save=self._save, known=known_names(),
            facts=lambda settings: replace(self._machine.facts(settings), crashed=self._crashed))
        languages = cache(Languages)  # read when the first alert is told
        self._alerting = Alerting(lambda: self.settings, self._answers.findings, self.journal, self._clock,
                                  lambda: zone_of(self.settings), self.board.messages.alert,
                                  partial(self.board.story.box, room="alerts"), lambda code: languages().of(code))

    async def start(self) -> None:
        """Mends what a crash left open, then starts everything."""
        for record in self.journal.mend_all(self._clock.now()):
            charged = str(record.price or "not charged")
            self.board.story.box(f"record {record.leg} was left open and is mended: {charged}", "ledger")
        if self._restored:
            self.journal.visits.close_everybodys()
            self.board.story.box("a backup was restored; what was there before is kept until the next one", "store")
        if self.journal.alerts.begin(self._clock.now()) and not self._restored:
            self._crashed = self._clock.now()
        self.board.messages.open()
        self.visitors.start()
        if self._documents.recovered:
            self.board.story.box(self._documents.recovered, "store")
        languages = {self.settings.site.language, *(a.language for a in self.settings.accounts if a.language)}
        retention = Retention(self.journal, self._clock, lambda: self.settings.site.keep_days,
                              partial(self.board.story.box, room="store"))
        self._tasks = [
            asyncio.create_task(retention.run(), name="retention"),
            asyncio.create_task(self._alerting.run(), name="alerts"),
            asyncio.create_task(self.audio.run(), name="audio"),
            asyncio.create_task(self._software.run(), name="software"),
            asyncio.create_task(self._book.prepare(sorted(languages)), name="prompts"),
            asyncio.create_task(self._serve(), name="api"),
            *(asyncio.create_task(each, name=name) for name, each in self._machine.watching()),
        ]
        await self.audio.started.wait()
        self._join_lines()

    def _join_lines(self) -> None:
        """Starts and stops lines so that they are as the settings say. One that is in a call is left until it is over.
        """
        if self._closing:
            return
        site = self.settings.site
        wanted = {line.name: self._maker.wanted(line, site) for line in self.settings.lines if line.enabled}
        for name, config in list(self._configs.items()):
            if wanted.get(name) == config:
                continue
            if self.lines[name].busy:
                asyncio.get_running_loop().call_later(LATER_S, self._join_lines)
                continue
            leaving = self._line_tasks.pop(name)
            leaving.cancel()
            leaving.add_done_callback(lambda _: self._join_lines())  # its port is free then
            self._leaving[name] = leaving
            del self.lines[name], self._configs[name]
        for name, config in wanted.items():
            if name not in self.lines and (name not in self._leaving or self._leaving[name].done()):
                self.lines[name] = line = self._maker.make(config, self._line_event)
                self._configs[name] = config
                self._line_tasks[name] = asyncio.create_task(self._keep(line), name=f"line {name}")

    def _line_event(self, event: LineEvent) -> None:
        self.counting.line_event(event)
        self.board.line_event(event)
        self.registering.line_event(event)
        self._sim_money.line_event(event)

    async def _keep(self, line: Line) -> None:
        """A line that fails for a reason nobody thought of is started anew; the others and their calls go on."""
        while True:
            try:
                await line.run()
            except Exception as error:
                log.exception("line %s", line.name)
                self.board.story.box(f"{line.name}: internal error ({error!r}); the line starts anew", "lines")
            await asyncio.sleep(LATER_S)

    def _check_sim(self, name: str, sim: str) -> str:
        """Number and tariff belong to a SIM: the first one is learned, another one stops the line until confirmed."""
        setting = next((line for line in self.settings.lines if line.name == name), None)
        if setting is None or setting.sim == sim:
            return ""
        if not setting.sim:
            self._own_sim(name, sim)
            return ""
        if not sim:
            return (f"the SIM does not tell who it is, so it may be another one than {setting.sim}, and number and "
                    'tariff may be wrong; take it out and put it in again, or write sim = "" for this line to use any')
        return (f"another SIM is in this modem ({sim}, not {setting.sim}), so number and tariff may be wrong; put the "
                f"old one back, or confirm the new one: ringback sim {name} --confirm")

    def _own_sim(self, name: str, sim: str) -> None:
        lines = tuple(replace(line, sim=sim) if line.name == name else line for line in self.settings.lines)
        self._save(replace(self.settings, lines=lines))

    def _save(self, settings: Settings, but: str = "") -> Sequence[str]:
        """New settings, durable and in effect; a line whose devices changed is started anew. Whoever has another PIN,
        or may not come in any more, is logged out first, but from the session `but`."""
        for name in ousted(self.settings.accounts, settings.accounts):
            self.journal.visits.close_all(name, "user", but=but)
        self._documents.replace_all(*settings_to_documents(settings))
        self.settings = settings
        self.board.office = Office.of(settings)
        before = dict(self._configs)
        self._join_lines()
        now = {line.name: self._maker.wanted(line, settings.site) for line in settings.lines if line.enabled}
        return [
            f"{name} is being opened anew" if self._configs.get(name) != config
            else f"{name} is in a call; it is opened anew when that is over"
            for name, config in before.items() if name in now and now[name] != config
        ]

    async def _serve(self) -> None:
        follow = following(self.board.story.follow, lambda: zone_of(self.settings))
        services = LineServices(self.lines, self._own_sim)
        texts = sending(self.board.messages.send, lambda: self.settings.site.country, lambda: zone_of(self.settings))
        book = DayBook(self.journal.history, lambda: self.settings, self._clock, lambda: zone_of(self.settings))
        home = HomePage(lambda: self.settings, lambda: live_lines(self.lines), book, self._running, self.board.hang_up,
                        self._answers.findings, self._clock, self._bundles)
        asking = Asking(lambda: self.settings, self.board.intake.request, known_names())
        found = Found(lambda: self.settings, (STABLE, self._data / "lab"))
        dialog = console(self.lines, self._clock, lambda: zone_of(self.settings))
        calls = CallBook(self.journal, lambda: zone_of(self.settings), lambda: self.settings.site.currency,
                         lambda: self.settings.site.country)
        meter = levels(self.lines, self.audio, self.board.port_on)
        trace = tracing(self.lines, self._clock, lambda: zone_of(self.settings))
        backups = Backups(self._data, self._clock, lambda: len(self.board.calls), self.restart.set)
        forget = Forget(lambda: self.settings, self.journal, self._save,
                        lambda name: any(call.account.name == name for call in self.board.calls.values()))
        credit = Credit(lambda: self.settings, self.journal, self._clock, lambda: zone_of(self.settings))
        tokens = TokenBook(self.journal, self._clock, lambda: self.settings, lambda: zone_of(self.settings))
        users = Users(lambda: self.settings, self.journal, self._clock, self.visitors.open_session,
                      partial(self.board.messages.code, "code"), self._save, partial(self.board.story.box, room="page"))
        audit = Auditing(self.journal, self._clock, lambda: zone_of(self.settings))
        care = ModemCare(self.lines, lambda: self.settings, ModemBook(self._data))
        parts = (care, self._answers, self._alerting, services, self.visitors, book, home, asking, found, calls, audit,
                 backups, forget, credit, tokens, users, self.registering, self._software)
        handlers = {name: handler for part in parts for name, handler in part.handlers().items()} | texts
        handlers |= self.counting.asking(lambda: self.settings, lambda: live_lines(self.lines), self._running,
                                         lambda: self._machine.figures(self._answers.findings()), self._bundles)
        streams = {"follow": follow, "isdn_trace": trace, "modem_dialog": dialog, "levels": meter} | backups.streams()
        async with ApiServer(self._layout.socket, audit.watched(handlers), streams, group=self._layout.group):
            await self.audio.started.wait()
            await live(self._supervisor, self.board.turns)

    def _bundles(self) -> dict[str, list[dict[str, Any]]]:
        return bundle_rows(self.settings, self.journal, self._clock.now(), zone_of(self.settings))

    def _running(self) -> list[dict[str, Any]]:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        return [glance.row(call, now, monotonic) for call in self.board.calls.values()]

    async def until_stopped(self, stop: asyncio.Event) -> bool:
        """True when it is to be started anew. A task that must live takes the process with it: whoever supervises it
        starts it again."""
        waiting: asyncio.Future[Any] = asyncio.ensure_future(stop.wait())
        again: asyncio.Future[Any] = asyncio.ensure_future(self.restart.wait())
        vital: list[asyncio.Future[Any]] = [task for task in self._tasks if task.get_name() not in ("prompts", "panel")]
        done, _ = await asyncio.wait((waiting, again, self.board.failed, *vital), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        again.cancel()
        for task in done - {waiting}:
            task.result()
        return again in done and waiting not in done

    async def close(self) -> None:
        """Ends calls in order, then everything else."""
        self._supervisor.stopping()
        with suppress(TimeoutError):  # a modem that never lets go: the next start mends the record
            await asyncio.wait_for(self.board.shut_down(), timeout=20)
        self._closing = True
        tasks = [*self._line_tasks.values(), *self._leaving.values(), *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.journal.alerts.end()
        self.journal.close()
        self._documents.close()
        self._owner.close()


async def _run(layout: Layout, lab: bool) -> int:
    data = layout.data
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pretend = None
    if lab:
        from appliance.labbox import LabProcess, lab_settings  # a box in an office has no use for it

        pretend = LabProcess(data / "lab")
        await pretend.start()
        lab_settings(data)
    try:
        while await _once(layout, stop, bool(pretend)):
            log.info("starting anew with what was restored")
    finally:
        if pretend:
            await pretend.stop()
    return 0


async def _once(layout: Layout, stop: asyncio.Event, pretend: bool) -> bool:
    gateway = Gateway(layout)
    try:
        await gateway.start()
        if pretend:
            print("The gateway runs with the lab. Play the subscriber from another terminal, with --data "
                  f"{layout.data}:\n"
                  "  ringback lab miss      ringback lab answer      ringback lab key 4711#\n"
                  "  ringback lab key 03012345678#      ringback lab hangup      ringback lab text CALL\n"
                  "  ringback events --follow", flush=True)
        return await gateway.until_stopped(stop)
    finally:
        await gateway.close()


def run(layout: Layout, lab: bool = False) -> int:
    """Runs until SIGTERM or SIGINT. Trouble at start is one sentence and status 1."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        return asyncio.run(_run(layout, lab))
    except (StoreError, SettingsBroken, AnotherGateway, OSError) as error:
        print(f"ringback: {error}", file=sys.stderr)
        return 1
