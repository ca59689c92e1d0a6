"""A GSM line: one modem by its stable path, kept alive for ever, behind the Line protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from appliance.audio.client import Audio, AudioEvent
from appliance.lines.gsm import startup
from appliance.lines.gsm.at import CALL_FINALS, AtEngine
from appliance.lines.gsm.dialects import GENERIC, Dialect
from appliance.lines.gsm.incoming import Incoming
from appliance.lines.gsm.leg import Leg
from appliance.lines.gsm.parser import INCOMING, parse_clip, parse_key
from appliance.lines.gsm.startup import NotUsable
from appliance.lines.gsm.wire import OpenWire, Wire, WireError
from appliance.lines.line import Ended, KeyReported, LineHealth, LineState, Sink, StateChanged
from appliance.vocabulary.cause import Cause

REOPEN_S = 1.0  # s between tries to open: a replugged modem is back within three
LOOK_S = 30.0  # s between looks at signal and registration
LATER_S = 10.0  # s before a modem that was not usable is asked again


@dataclass(frozen=True, slots=True)
class GsmSettings:
    """What a GSM line must be told. `rest_s`: s between two calls on one modem."""

    name: str
    at: str
    audio: str = ""
    dialect: str = "auto"
    sim_pin: str = ""
    rest_s: float = 2.0


class GsmLine:
    """One voice channel. Implements lines.line.Line; the contract suite is its judge."""

    def __init__(
        self, settings: GsmSettings, open_wire: OpenWire, audio: Audio, sink: Sink, ring_name: Callable[[], str]
    ) -> None:
        self._settings, self._open_wire, self._audio, self._sink = settings, open_wire, audio, sink
        self._ring_name = ring_name
        self._state = LineState(LineHealth.STARTING)
        self._dialect: Dialect = GENERIC
        self._engine: AtEngine | None = None
        self._incoming: Incoming | None = None
        self._leg: Leg | None = None
        self._lost: asyncio.Future[str] | None = None
        self._free_at = 0.0
        self._resting: asyncio.TimerHandle | None = None
        self._pins_tried: set[str] = set()
        audio.subscribe(self._heard)

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

    # Orders

    def reject(self, ring: str) -> None:
        if self._engine and self._incoming and ring and self._incoming.ring == ring:
            incoming = self._incoming
            done = self._engine.submit(self._dialect.hang_up, timeout=10.0, urgent=True)
            done.add_done_callback(lambda _: incoming.over() if incoming.ring == ring else None)

    def answer(self, ring: str, leg: str) -> None:
        if not (self._incoming and ring and self._incoming.ring == ring):
            return self._sink(Ended(leg, Cause.NO_USER_RESPONDING, "the caller had given up"))
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
        if self._leg is leg:
            leg.dial(number)

    def hang_up(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        if self._leg and self._leg.leg == leg:
            if self._resting:
                self._resting.cancel()
                self._resting = None
                return self._leg.end(cause, "hung up before it was dialled")
            return self._leg.hang_up()
        return None

    def send_keys(self, leg: str, keys: str) -> None:
        if self._leg and self._leg.leg == leg:
            self._leg.keys(keys)

    # Life

    async def run(self) -> None:
        """Opens, prepares, watches, reopens: for ever. When cancelled, a leg that is up is hung up first."""
        try:
            while True:
                await self._life()
                await asyncio.sleep(REOPEN_S)
        finally:
            if self._leg and self._engine:
                self._leg.hang_up()

    async def _life(self) -> None:
        self._lost = asyncio.get_running_loop().create_future()
        try:
            wire = self._open_wire(self._settings.at, self._received, self._wire_lost)
        except WireError as error:
            return self._be(LineHealth.ABSENT if error.absent else LineHealth.BROKEN, error.text)
        except OSError as error:
            return self._be(LineHealth.ABSENT, f"{self._settings.at}: {error}")
        try:
            await self._serve(wire)
        finally:
            self._put_away(wire)
        return None

    async def _serve(self, wire: Wire) -> None:
        assert self._lost
        self._engine = engine = AtEngine(wire.write, self._urc, self._wire_lost)
        self._incoming = Incoming(self.name, engine, self._sink, self._ring_name)
        self._be(LineHealth.STARTING, "asking the modem who it is")
        work = asyncio.ensure_future(self._work(engine))
        try:
            await asyncio.wait((work, self._lost), return_when=asyncio.FIRST_COMPLETED)
            if self._lost.done():
                self._be(LineHealth.ABSENT, f"the modem is gone: {self._lost.result()}")
            else:
                work.result()
        except NotUsable as error:
            self._be(LineHealth.BROKEN, str(error))
            await asyncio.wait((self._lost,), timeout=LATER_S if error.later else None)
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError, NotUsable):
                await work

    async def _work(self, engine: AtEngine) -> None:
        identity = await startup.identify(engine, self._settings.dialect)
        self._dialect = identity.dialect
        engine.urcs += identity.dialect.urcs
        self._state = replace(self._state, model=identity.model, dialect=identity.dialect.name)
        await startup.unlock(engine, identity.dialect, self._settings.sim_pin, self._pins_tried)
        await startup.prepare(engine, identity.dialect)
        network = await startup.register(engine, lambda text: self._be(LineHealth.STARTING, text))
        while True:
            self._state = replace(self._state, operator=network.operator, signal=network.signal)
            self._be(LineHealth.READY, "")
            await asyncio.sleep(LOOK_S)
            if not self.busy:
                network = await startup.register(engine, lambda text: self._be(LineHealth.STARTING, text))

    def _put_away(self, wire: Wire) -> None:
        wire.close()
        engine, self._engine = self._engine, None
        if engine:
            engine.close()
        if self._incoming:
            self._incoming.over()
        if self._leg:
            self._leg.end(Cause.OUT_OF_ORDER, "the modem is gone")

    def _wire_lost(self, why: str) -> None:
        if self._lost and not self._lost.done():
            self._lost.set_result(why)

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
        incoming = self._incoming
        assert incoming
        if line == "RING" or line.startswith("+CRING:"):
            incoming.rang()
        elif line.startswith("+CLIP:"):
            incoming.clip(parse_clip(line))
        elif line.startswith(CALL_FINALS[:-1]):
            self._carrier_lost(line)
        elif line.startswith(self._dialect.keys_in) and self._dialect.keys_in:
            self._key(parse_key(line))
        else:
            self._moved(line)

    def _carrier_lost(self, line: str) -> None:
        if self._incoming and self._incoming.ring:
            self._incoming.over()
        elif self._leg:
            self._leg.carrier_lost(line)

    def _key(self, key: str) -> None:
        if key and self._leg:
            self._audio.key_reported(self._leg.port, key)
            self._sink(KeyReported(self._leg.leg, key))

    def _moved(self, line: str) -> None:
        parse = next((p for prefix, p in self._dialect.moves.items() if line.startswith(prefix)), None)
        move = parse(line) if parse else None
        if move is None or not move.voice or self._incoming is None:
            return
        if self._leg:
            if move.incoming is not True:
                self._leg.moved(move)
        elif move.state == -1:
            self._incoming.over_soon()
        elif move.state == INCOMING and move.caller and move.caller.digits:
            self._incoming.clip(move.caller)

    def _heard(self, event: AudioEvent) -> None:
        if self._leg:
            self._leg.heard(event)

    def _new_leg(self, leg: str) -> Leg:
        assert self._engine
        return Leg(leg, self.name, self._engine, self._dialect, self._audio, self._settings.audio, self._sink,
                   self._leg_gone)

    def _leg_gone(self) -> None:
        self._leg = None
        self._free_at = asyncio.get_running_loop().time() + self._settings.rest_s
