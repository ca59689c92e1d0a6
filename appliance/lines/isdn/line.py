"""An ISDN line: one port's channels behind the Line protocol. What Q.931 says is the span's business; who is told what,
and that every leg ends once, is this one's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from appliance.audio.client import PLAIN, Audio, AudioEvent, PortAlive, PortFailed, PortOpened, PortSilent, Treatment
from appliance.lines.isdn.ailing import Ailing
from appliance.lines.isdn.link import SpanLink
from appliance.lines.line import (
    Alerting,
    Answered,
    CallerId,
    Charged,
    EarlyVoice,
    Ended,
    Forwarding,
    LineHealth,
    LineState,
    MessageFate,
    MessageReport,
    NumberType,
    Presentation,
    Rang,
    RingEnded,
    Screening,
    ServiceFailed,
    Sink,
    StateChanged,
    StillRinging,
)
from appliance.vocabulary.cause import Cause

RESTART_S = 0.5  # s before a dead span is started again; doubled for one that dies at once
SLOWEST_S = 10.0
SOUND_S = 30.0  # s after which a life counts as a good one
SET_UP_S = 200.0  # s from SETUP to an answer or an end: longer than any exchange lets it ring
HANG_UP_S = 15.0  # s for an exchange to agree to an end: T305 and twice T308, with EuroISDN's values at the far side
AUDIO_S = 5.0  # s for the audio process to open a leg's port
FAREWELL_S = 5.0  # s for legs to end before the line stops
RING_S = 5.0  # s between two rings: an exchange says ALERTING once, so they are counted by the clock
NO_LAYER_1 = "layer 1 does not come up; see that the cable is in"
NO_WIRE = "the exchange does not answer; is the cable in, and is the port of the kind that `isdn` says?"


@dataclass
class _Leg:
    port: str
    ailing: Ailing
    opening: bool = False  # the audio process was asked to open its port
    open: bool = False
    answered: bool = False  # by the network; told when the port is open
    told: bool = False
    hanging: bool = False
    cause: Cause | None = None
    note: str = ""
    guard: asyncio.TimerHandle | None = None


@dataclass
class _Ring:
    name: str
    rings: int = 1
    timer: asyncio.TimerHandle | None = None


class IsdnLine:
    """Implements lines.line.Line; the contract suite is its judge."""

    def __init__(
        self, name: str, channels: int, link: SpanLink, audio: Audio, sink: Sink, ring_name: Callable[[], str], *,
        always_up: bool, clir: bool = False, number: str = "", overlap: bool = False,
        treatment: Treatment = PLAIN,
    ) -> None:
        """`always_up`: layer 2 rests never (point-to-point, primary rate). `clir`: our number is not shown. `treatment`
        is the voices'."""
        self._name, self._channels, self._link, self._audio, self._sink = name, channels, link, audio, sink
        self._ring_name, self._always_up = ring_name, always_up
        self._treatment = treatment
        self._extra = {"clir": clir, "caller": number, "overlap": overlap}
        self._state = LineState(LineHealth.STARTING, "starting the ISDN process")
        self._legs: dict[str, _Leg] = {}
        self._rings: dict[str, _Ring] = {}  # by the span's name
        self._open, self._linked = False, not always_up
        self._tracers: list[Callable[[str, bytes], None]] = []
        self._ended = asyncio.Event()
        self._lives = count(1)
        self._loop = asyncio.get_running_loop()

    @property
    def name(self) -> str:
        return self._name

    @property
    def state(self) -> LineState:
        return self._state

    @property
    def channels(self) -> int:
        return self._channels

    @property
    def busy(self) -> int:
        return len(self._legs) + len(self._rings)

    @property
    def has_audio(self) -> bool:
        return True

    @property
    def has_messages(self) -> bool:
        return False

    # Orders

    def reject(self, ring: str) -> None:
        for name, each in self._rings.items():
            if ring and each.name == ring:
                self._link.send({"do": "reject", "ring": name, "cause": int(Cause.BUSY)})

    def answer(self, ring: str, leg: str) -> None:
        name = next((name for name, each in self._rings.items() if ring and each.name == ring), "")
        if not name:
            return self._sink(Ended(leg, Cause.NO_USER_RESPONDING, "the caller had given up"))
        self._forget(name)
        self._begin(leg)
        return self._link.send({"do": "answer", "ring": name, "leg": leg})

    def dial(self, leg: str, number: str) -> None:
        if self._state.health is not LineHealth.READY:
            return self._sink(Ended(leg, Cause.NETWORK_OUT_OF_ORDER, self._state.why or "the line is not ready"))
        if self.busy >= self._channels:
            return self._sink(Ended(leg, Cause.NO_CHANNEL, "every channel is in use"))
        if not number.lstrip("+").isascii() or not set(number.lstrip("+")) <= set("0123456789*#") or not number:
            return self._sink(Ended(leg, Cause.INVALID_NUMBER, f"{number[:40]!r} cannot be dialled"))
        self._begin(leg)
        return self._link.send({"do": "dial", "leg": leg, "number": number, **self._extra})

    def hang_up(self, leg: str, cause: Cause = Cause.NORMAL) -> None:
        if (known := self._legs.get(leg)) and not known.hanging:
            self._part(leg, known, cause, "")

    def send_keys(self, leg: str, keys: str) -> None:
        """In-band only: the audio process sings them. There is no Q.931 message that a far party hears."""

    def send_message(self, message: str, number: str, text: str) -> None:
        self._sink(MessageReport(self._name, MessageFate.FAILED, message, "an ISDN line sends no SMS", number))

    async def ussd(self, code: str) -> str:
        raise ServiceFailed(f"{self._name} is an ISDN line; service codes are for SIMs")

    async def erase_forwarding(self) -> tuple[Forwarding, ...]:
        raise ServiceFailed(f"{self._name} is an ISDN line; its forwarding is set at the provider's page")

    @property
    def traced(self) -> bool:
        """Somebody looks at the D channel now."""
        return bool(self._tracers)

    def trace(self, tracer: Callable[[str, bytes], None]) -> Callable[[], None]:
        """Every frame of the D channel from now on, with ">" (sent) or "<"; the returned function ends that."""
        self._tracers.append(tracer)
        self._link.send({"do": "trace", "on": True})
        return lambda: self._no_trace(tracer)

    def _no_trace(self, tracer: Callable[[str, bytes], None]) -> None:
        if tracer in self._tracers:
            self._tracers.remove(tracer)
        if not self._tracers:
            self._link.send({"do": "trace", "on": False})

    # Life

    async def run(self) -> None:
        """One life of the span after another. When cancelled, legs are hung up first."""
        self._audio.subscribe(self._heard)
        pause = RESTART_S
        try:
            while True:
                began = self._loop.time()
                why = await self._life()
                self._life_over(f"the ISDN process ended ({why}); it is being started again")
                pause = RESTART_S if self._loop.time() - began > SOUND_S else min(SLOWEST_S, 2 * pause)
                await asyncio.sleep(pause)
        except asyncio.CancelledError:
            self._life_over("the line was stopped")
            raise
        finally:
            self._audio.unsubscribe(self._heard)

    async def _life(self) -> str:
        life = asyncio.ensure_future(self._link.live(self._told))
        try:
            return await asyncio.shield(life)
        except asyncio.CancelledError:
            await self._farewell()
            life.cancel()
            await asyncio.wait((life,))
            raise

    async def _farewell(self) -> None:
        """Ends every leg in order: a call must not outlive the line that watches it."""
        for leg in list(self._legs):
            self.hang_up(leg)
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._legs:
                    self._ended.clear()
                    await self._ended.wait()

    def _life_over(self, why: str) -> None:
        for leg in list(self._legs):
            self._end(leg, Cause.OUT_OF_ORDER, why)
        for name in list(self._rings):
            self._ring_over(name)
        self._open, self._linked = False, not self._always_up
        self._be(LineHealth.STARTING, why)

    def _be(self, health: LineHealth, why: str) -> None:
        if (health, why) != (self._state.health, self._state.why):
            self._state = replace(self._state, health=health, why=why)
            self._sink(StateChanged(self._name, self._state))

    def _ails(self, ailment: str) -> None:
        if ailment != self._state.ailment:
            self._state = replace(self._state, ailment=ailment)
            self._sink(StateChanged(self._name, self._state))

    def _show(self, why: str = "") -> None:
        """What is true now of port and link."""
        if not self._open:
            self._be(LineHealth.ABSENT, why)
        elif not self._linked:
            self._be(LineHealth.BROKEN, NO_WIRE)
        else:
            self._be(LineHealth.READY, "")

    # What the span tells

    def _told(self, event: dict[str, Any]) -> None:
        kind, leg = event["is"], str(event.get("leg", ""))
        if kind == "trace":
            for tracer in list(self._tracers):
                tracer(event["way"], bytes.fromhex(event["frame"]))
        elif kind == "port":
            if self._tracers:  # a span that was started again does not know
                self._link.send({"do": "trace", "on": True})
            self._open = bool(event["open"])
            self._show(event["why"])
        elif kind == "link":
            self._linked = bool(event["up"]) or not self._always_up
            self._show()
        elif kind == "layer1":
            self._ails(NO_LAYER_1 if event["asleep"] else "")
        elif kind == "ring":
            self._rang(event)
        elif kind == "ring_over":
            self._ring_over(event["ring"])
        elif leg in self._legs:
            self._about(kind, leg, event)

    def _about(self, kind: str, leg: str, event: dict[str, Any]) -> None:
        known = self._legs[leg]
        if kind == "ended":
            cause = int(event["cause"])
            note = event["note"] or ("" if cause in Cause._value2member_map_ else f"Q.850 cause {cause}")
            self._end(leg, known.cause or Cause.of(cause), known.note or note)
        elif kind == "charge":
            self._sink(Charged(leg, int(event["units"]), event["amount"], event["currency"]))
        elif known.hanging:
            return
        elif kind == "alerting":
            if event["inband"]:
                self._open_voice(leg, known)
            if event["rings"]:
                self._sink(Alerting(leg))
        elif kind == "answered" and not known.answered:
            known.answered = True
            self._guard(leg, known, AUDIO_S, "no voice: the audio port did not open in time")
            self._open_voice(leg, known)
            self._answer_told(leg, known)

    def _open_voice(self, leg: str, known: _Leg) -> None:
        if not known.opening:
            known.opening = True
            self._audio.open(known.port, self._link.source(leg), *self._treatment)

    def _answer_told(self, leg: str, known: _Leg) -> None:
        if known.open and known.answered and not known.told:
            known.told = True
            if known.guard:
                known.guard.cancel()
            self._sink(Answered(leg, known.port))

    def _rang(self, event: dict[str, Any]) -> None:
        ring = self._rings[event["ring"]] = _Ring(self._ring_name())
        ring.timer = self._loop.call_later(RING_S, self._rings_on, event["ring"])
        caller = CallerId(event["caller"], NumberType(event["type"]), Presentation(event["presentation"]),
                          Screening(event["screening"]), event["name"])
        self._sink(Rang(self._name, ring.name, caller, event["called"]))

    def _rings_on(self, name: str) -> None:
        if ring := self._rings.get(name):
            ring.rings += 1
            ring.timer = self._loop.call_later(RING_S, self._rings_on, name)
            self._sink(StillRinging(self._name, ring.name, ring.rings))

    def _forget(self, name: str) -> _Ring | None:
        ring = self._rings.pop(name, None)
        if ring and ring.timer:
            ring.timer.cancel()
        return ring

    def _ring_over(self, name: str) -> None:
        if ring := self._forget(name):
            self._sink(RingEnded(self._name, ring.name))

    # Legs

    def _begin(self, leg: str) -> None:
        known = self._legs[leg] = _Leg(f"{self._name}:{leg}", Ailing(leg, self._audio, self._sink, self._ails))
        self._guard(leg, known, SET_UP_S, "the exchange said nothing more")

    def _guard(self, leg: str, known: _Leg, seconds: float, why: str) -> None:
        if known.guard:
            known.guard.cancel()
        known.guard = self._loop.call_later(seconds, self._guarded, leg, why)

    def _guarded(self, leg: str, why: str) -> None:
        """A span that does not end what it was told to end hangs: with it end all its calls."""
        known = self._legs.get(leg)
        if known is None:
            return
        if known.hanging:
            self._end(leg, known.cause or Cause.RECOVERY_ON_TIMER, "the exchange did not agree to the end")
            self._link.kill()
        else:
            self._part(leg, known, Cause.OUT_OF_ORDER if known.answered else Cause.RECOVERY_ON_TIMER, why)

    def _part(self, leg: str, known: _Leg, cause: Cause, note: str) -> None:
        known.hanging, known.cause, known.note = True, cause, note
        self._guard(leg, known, HANG_UP_S, "")
        self._link.send({"do": "hangup", "leg": leg, "cause": int(cause)})

    def _end(self, leg: str, cause: Cause, note: str) -> None:
        known = self._legs.pop(leg)
        if known.guard:
            known.guard.cancel()
        if known.opening:
            self._audio.close(known.port)
        self._ended.set()
        self._sink(Ended(leg, cause, note))

    def _heard(self, event: AudioEvent) -> None:
        """What the audio process says of our ports."""
        if not isinstance(event, PortOpened | PortFailed | PortSilent | PortAlive):
            return
        leg = next((leg for leg, known in self._legs.items() if known.port == event.port), "")
        if not leg or self._legs[leg].hanging:
            return
        known = self._legs[leg]
        if isinstance(event, PortSilent):
            if known.told:
                known.ailing.silent(event)
        elif isinstance(event, PortAlive):
            known.ailing.alive(event)
        elif isinstance(event, PortFailed):
            if known.answered:
                self._part(leg, known, Cause.OUT_OF_ORDER, event.why)
            known.opening = known.answered
        elif not known.open:
            known.open = True
            if not known.answered:
                self._sink(EarlyVoice(leg, known.port))
            self._answer_told(leg, known)
