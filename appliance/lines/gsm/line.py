"""A GSM line: one modem by its stable path, kept alive for ever, behind the Line protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from appliance.audio.client import Audio, AudioEvent
from appliance.lines.gsm import startup, whose
from appliance.lines.gsm.at import RESTARTED, AtEngine
from appliance.lines.gsm.bringup import Bringup
from appliance.lines.gsm.config import GsmSettings as GsmSettings
from appliance.lines.gsm.dialects import EVERY_URC, GENERIC, Dialect
from appliance.lines.gsm.doubt import Attempt
from appliance.lines.gsm.errands import Errands, T
from appliance.lines.gsm.incoming import Incoming
from appliance.lines.gsm.leg import Leg
from appliance.lines.gsm.parser import parse_key
from appliance.lines.gsm.recovery import Cure, Recovery
from appliance.lines.gsm.sms import Sms
from appliance.lines.gsm.startup import NotUsable
from appliance.lines.gsm.unasked import about_a_call
from appliance.lines.gsm.unclaimed import Unclaimed
from appliance.lines.gsm.wire import OpenWire, Wire, WireError
from appliance.lines.line import (
    Ended,
    Forwarding,
    KeyReported,
    LineHealth,
    LineState,
    Sink,
    StateChanged,
)
from appliance.lines.power import PowerStep
from appliance.vocabulary.cause import Cause

REOPEN_S = 1.0  # s between tries to open: a replugged modem is back within three
LOOK_S = 30.0  # s between looks at signal and registration
LATER_S = 5.0  # s before a modem that was not usable is asked again
FAREWELL_S = 10.0  # s for a leg to be hung up before the line stops


class GsmLine:
    """One voice channel. Implements lines.line.Line; the contract suite is its judge."""

    has_messages = True

    def __init__(
        self, settings: GsmSettings, open_wire: OpenWire, audio: Audio, sink: Sink, ring_name: Callable[[], str],
        check_sim: Callable[[str], str] = lambda sim: "", power: Sequence[PowerStep] = (),
    ) -> None:
        """`check_sim` gets the SIM's identity and says why the line must not use it; "" when it may. `power`: what may
        be done to the modem from outside when it answers nothing any more."""
        self._settings, self._open_wire, self._audio = settings, open_wire, audio
        self._sms = Sms(settings.name, sink, lambda: self.busy > 0)
        self._sink = self._sms.watching(sink)
        self._ring_name, self._check_sim = ring_name, check_sim
        self._errands = Errands(self, settings.balance_code)
        self._state = LineState(LineHealth.STARTING)
        self._dialect: Dialect = GENERIC
        self._engine: AtEngine | None = None
        self._listeners: list[Callable[[str, str], None]] = []
        self._incoming: Incoming | None = None
        self._leg: Leg | None = None
        self._life_over: asyncio.Future[tuple[LineHealth, str]] | None = None  # why this life ended, of itself
        self._leg_over = asyncio.Event()
        self._free_at = 0.0
        self._serves = False  # prepared and registered
        self._recovery = Recovery(power)
        self._resting: asyncio.TimerHandle | None = None
        self._pins_tried: set[str] = set()
        self._unclaimed: Unclaimed | None = None

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def state(self) -> LineState:
        return self._state

    @property
    def channels(self) -> int:
        return 1

    @property
    def busy(self) -> int:
        return int(self._leg is not None or bool(self._incoming and self._incoming.ring))

    @property
    def has_audio(self) -> bool:
        return bool(self._settings.audio)

    @property
    def listeners(self) -> list[Callable[[str, str], None]]:
        return self._listeners

    # Orders

    def reject(self, ring: str) -> None:
        if self._engine and self._incoming and ring and self._incoming.ring == ring:
            self._incoming.reject(self._dialect.refusals())

    def answer(self, ring: str, leg: str) -> None:
        if not (self._incoming and ring and self._incoming.ring == ring):
            return self._sink(Ended(leg, Cause.NO_USER_RESPONDING, "the caller had given up"))
        if not self.has_audio:
            return self._sink(Ended(leg, Cause.OUT_OF_ORDER, "the line has no audio device"))
        if self._leg:
            return self._sink(Ended(leg, Cause.NO_CHANNEL, "the line is in use"))
        self._incoming.taken()
        self._leg = self._new_leg(leg)
        return self._leg.answer()

    def dial(self, leg: str, number: str) -> None:
        if self._engine is None or self._state.health is not LineHealth.READY:
            return self._sink(Ended(leg, Cause.NETWORK_OUT_OF_ORDER, self._state.why or "the line is not ready"))
        if not self.has_audio:
            return self._sink(Ended(leg, Cause.OUT_OF_ORDER, "the line has no audio device"))
        if self.busy:
            return self._sink(Ended(leg, Cause.NO_CHANNEL, "the line is in use"))
        self._leg = made = self._new_leg(leg)
        wait = self._free_at - asyncio.get_running_loop().time()
        if wait <= 0:
            return made.dial(number)
        self._resting = asyncio.get_running_loop().call_later(wait, self._rested, made, number)
        return None

    def _rested(self, leg: Leg, number: str) -> None:
        self._resting = None
        if self._leg is leg and self._incoming and self._incoming.ring:
            leg.end(Cause.NO_CHANNEL, "somebody rings")
        elif self._leg is leg:
            leg.dial(number)

    def hang_up(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        if self._leg and self._leg.leg == leg:
            if self._resting:
                self._resting.cancel()
                self._resting = None
            self._leg.hang_up(cause)

    def send_keys(self, leg: str, keys: str) -> None:
        if self._leg and self._leg.leg == leg:
            self._leg.keys(keys)

    def send_message(self, message: str, number: str, text: str) -> None:
        self._sms.send(message, number, text)

    # Services of the network

    async def ussd(self, code: str) -> str:
        return await self._errands.ussd(code)

    async def erase_forwarding(self) -> tuple[Forwarding, ...]:
        return await self._errands.erase_forwarding()

    async def tend(self, work: Callable[[AtEngine, str], Awaitable[T]]) -> T:
        return await self._errands.tend(work)

    def know(self, state: LineState, *, tell: bool) -> None:
        self._state = state
        if tell:
            self._sink(StateChanged(self.name, state))

    # Life

    async def run(self) -> None:
        """Opens, prepares, watches, reopens: for ever. When cancelled, a leg that is up is hung up first."""
        self._audio.subscribe(self._heard)
        try:
            while True:
                await self._life()
                await self._recovery.help()
                await asyncio.sleep(REOPEN_S)
        finally:
            self._audio.unsubscribe(self._heard)

    async def _life(self) -> None:
        over = self._life_over = asyncio.get_running_loop().create_future()
        try:
            wire = self._open_wire(
                self._settings.at, self._received,
                lambda why: self._end_life(LineHealth.ABSENT, f"the modem is gone: {why}"))
        except WireError as error:
            return self._away(error.text) if error.absent else self._be(LineHealth.BROKEN, error.text)
        except OSError as error:
            return self._away(f"{self._settings.at}: {error}")
        self._engine = engine = AtEngine(
            wire.write, self._urc, lambda why: self._end_life(LineHealth.BROKEN, why), EVERY_URC,
            self._listeners)
        try:
            await self._serve(engine, over)
        except asyncio.CancelledError:
            await self._farewell()
            raise
        finally:
            self._put_away(wire)
        return None

    async def _serve(self, engine: AtEngine, over: asyncio.Future[tuple[LineHealth, str]]) -> None:
        self._incoming = Incoming(self.name, engine, self._sink, self._ring_name)
        self._unclaimed = Unclaimed(engine, self._incoming, lambda: self.busy > 0)
        if self._state.health is not LineHealth.BROKEN:  # until it is known to be mended, why it is broken is shown
            self._be(LineHealth.STARTING, "asking the modem who it is")
        work = asyncio.ensure_future(self._work(engine))
        try:
            await asyncio.wait((work, over), return_when=asyncio.FIRST_COMPLETED)
            if over.done():
                self._gone(*over.result())
            else:
                work.result()
        except NotUsable as error:
            self._recovery.here()
            self._state = replace(self._state, pin_left=error.pin_left)
            self._be(LineHealth.BROKEN, str(error))
            await asyncio.wait((over,), timeout=LATER_S if error.later else None)
        finally:
            work.cancel()
            await asyncio.wait((work,))  # awaiting it itself would swallow a cancellation that comes now
            if not work.cancelled():
                work.exception()

    def _away(self, why: str, health: LineHealth = LineHealth.ABSENT) -> None:
        self._recovery.away(absent=health is LineHealth.ABSENT)
        self._be(health, self._recovery.told(why))

    def _gone(self, health: LineHealth, why: str) -> None:
        if health is not LineHealth.STARTING:
            return self._away(why, health)
        self._recovery.restarted()
        return self._be(health, self._recovery.told(why))

    async def _farewell(self) -> None:
        """A call must not outlive the line that watches it: it would be paid for, and nobody would know."""
        if self._leg is None or self._life_over is None or self._life_over.done():
            return
        self._leg_over.clear()
        self._leg.hang_up()
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._leg:
                    await self._leg_over.wait()

    async def _work(self, engine: AtEngine) -> None:
        identity = await startup.identify(engine, self._settings.dialect)
        self._dialect = identity.dialect
        self._state = replace(self._state, model=identity.model, dialect=identity.dialect.name)
        start = Bringup(engine, self._dialect, self._recovery, self._starting)
        await start.unlocked(self._settings.sim_pin, self._pins_tried, self._waiting)
        sim, why = await whose.at_once(engine, self._check_sim)
        if sim:
            self._sim_is(sim, why)
        await startup.prepare(engine, identity.dialect)
        await startup.clear(engine, identity.dialect)
        engine.settled()
        if not sim:
            await self._recognise_sim(engine)
        network = await start.registered()
        self._errands.open(engine, self._dialect)
        self._sms.open(engine)
        self._recovery.here()
        self._serves, barred = True, ""
        while True:
            self._state = replace(self._state, operator=network.operator, signal=network.signal,
                                  roaming=network.roaming, pin_left=None)
            before, barred = barred, self._recovery.barred()
            if before and not barred and self._recovery.may_restart():
                await start.restart(f"{before}; it was restarted before a call tries it")
            self._be(LineHealth.BROKEN if barred else LineHealth.READY, barred)
            if not barred:
                await self._errands.idle()
            await asyncio.sleep(LOOK_S)
            if not self.busy:
                self._look_for_calls()
                network = await start.registered()
                if self._state.health is LineHealth.STARTING or not self._state.sim:
                    await self._recognise_sim(engine)  # it was away from the network: perhaps the SIM was, too
                else:
                    await self._still_the_sim(engine)

    async def _recognise_sim(self, engine: AtEngine) -> None:
        """Waits for a SIM that must tell who it is."""
        self._sim_is(*await whose.patiently(engine, self._check_sim, self._waiting, startup.SIM_S))

    async def _still_the_sim(self, engine: AtEngine) -> None:
        """Some modems say nothing when another one is put in and finds its network between two looks."""
        sim, why = await whose.at_once(engine, self._check_sim)
        if sim and not self._state.sim.startswith(whose.BY_IMSI):
            self._sim_is(sim, why)

    def _sim_is(self, sim: str, why: str) -> None:
        """What the network told of another SIM is forgotten."""
        if sim != self._state.sim:
            self._errands.forget()
            self._state = replace(self._state, sim=sim, forwarding=None, forwarding_unknown="", balance="")
        if why:
            raise NotUsable(why)

    def _put_away(self, wire: Wire) -> None:
        wire.close()
        self._serves = False
        engine, self._engine = self._engine, None
        self._errands.close()
        if engine:
            engine.close()
        self._sms.close()
        if self._incoming:
            self._incoming.over()
        if self._leg:
            self._leg.lost()

    def _end_life(self, health: LineHealth, why: str) -> None:
        if self._life_over and not self._life_over.done():
            self._life_over.set_result((health, why))

    def _waiting(self, why: str) -> None:
        if self._state.health is not LineHealth.BROKEN:
            self._starting(why)

    def _starting(self, why: str) -> None:
        self._be(LineHealth.STARTING, why)

    def _be(self, health: LineHealth, why: str) -> None:
        state = replace(self._state, health=health, why=why)
        if state != self._state or health is LineHealth.STARTING:
            changed = state.health is not self._state.health or state.why != self._state.why
            self._state = state
            if changed:
                self._sink(StateChanged(self.name, state))

    # What the modem says

    def _received(self, data: bytes) -> None:
        if self._engine:
            self._engine.received(data)

    def _urc(self, line: str) -> None:
        assert self._incoming
        if line.startswith("+CUSD:"):
            self._errands.told(line)
        elif self._sms.urc(line):
            return
        elif line == RESTARTED:
            self._end_life(LineHealth.STARTING, "the modem restarted")
        elif line in startup.SIM_GONE and self._serves:
            self._end_life(LineHealth.STARTING, "the SIM was taken out")
        elif line.startswith(self._dialect.keys_in) and self._dialect.keys_in:
            self._key(parse_key(line))
        elif about_a_call(line, self._leg, self._incoming, self._dialect) and self._serves:
            self._look_for_calls()

    def _key(self, key: str) -> None:
        if key and self._leg:
            self._audio.key_reported(self._leg.port, key)
            self._sink(KeyReported(self._leg.leg, key))

    def _look_for_calls(self) -> None:
        if self._unclaimed:
            self._unclaimed.look(self._dialect.hang_up[0])

    def _heard(self, event: AudioEvent) -> None:
        if self._leg:
            self._leg.heard(event)

    def _new_leg(self, leg: str) -> Leg:
        assert self._engine
        return Leg(leg, self.name, self._engine, self._dialect, self._audio, self._settings.audio, self._sink,
                   self._leg_gone, lambda why: self._end_life(LineHealth.BROKEN, why), self._ailing,
                   self._settings.treatment)

    def _ailing(self, ailment: str) -> None:
        if ailment != self._state.ailment:
            self._state = replace(self._state, ailment=ailment)
            self._sink(StateChanged(self.name, self._state))

    def _leg_gone(self, attempt: Attempt) -> None:
        leg, self._leg = self._leg, None
        if leg and leg.saw_ring:
            self._look_for_calls()
        self._cure(self._recovery.attempted(attempt), attempt.why)
        self._leg_over.set()
        self._free_at = asyncio.get_running_loop().time() + self._settings.rest_s

    def _cure(self, cure: Cure, why: str) -> None:
        """Of a modem that answers and does not dial."""
        if self._engine is None or cure is Cure.NONE:
            return
        if cure is Cure.BAR:
            self._be(LineHealth.BROKEN, self._recovery.barred())
        elif cure is Cure.STEP:
            self._end_life(LineHealth.BROKEN, why)
        else:
            done = self._engine.submit(self._dialect.hang_up[-1], timeout=10.0)
            done.add_done_callback(lambda _: self._end_life(LineHealth.BROKEN, f"{why}; it was restarted"))
