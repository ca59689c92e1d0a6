"""The loop: every event of every call passes through one queue, is decided, and its orders are carried out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from appliance.audio import client as sound
from appliance.audio.client import Audio, AudioEvent
from appliance.calls import events as ev
from appliance.calls.admission import No
from appliance.calls.callback import begin, decide
from appliance.calls.request import Request
from appliance.ledger.record import Side
from appliance.lines import line as wire
from appliance.lines.line import Line, LineEvent
from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.switchboard.active import ActiveCall, ActiveLeg
from appliance.switchboard.deeds import Deeds
from appliance.switchboard.intake import Intake
from appliance.switchboard.money import Till, price_so_far
from appliance.switchboard.office import Office
from appliance.switchboard.post import Post
from appliance.switchboard.questions import Questions
from appliance.switchboard.story import Story
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

log = logging.getLogger("ringback.switchboard")


class Switchboard:
    """Owns the calls that run. Lines and audio hand it events; nothing here blocks but the journal's commits."""

    def __init__(
        self, lines: Mapping[str, Line], audio: Audio, journal: Journal, clock: Clock, office: Office,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.lines = lines
        self.office = office
        self.calls: dict[str, ActiveCall] = {}
        self.story = Story(journal, clock)
        self._clock = clock
        self._journal = journal
        self._queue: deque[tuple[ActiveCall, ev.Event | Request]] = deque()
        self._turning = False
        self.failed: asyncio.Future[None] = loop.create_future()  # gets the error that ends this switchboard
        self._idle = asyncio.Event()
        self._idle.set()
        till = Till(journal)
        questions = Questions(lines, journal, clock, till, lambda: self.office)
        self.messages = Post(lines, journal, clock, self.story, till, lambda: self.office,
                             lambda *wish: self.intake.texted(*wish), self._fail, loop)
        self._deeds = Deeds(lines, audio, journal, clock, self.story, till, questions, lambda: self.office, self.post,
                            self._finished, self._refused, self._fail, loop)
        self.intake = Intake(lines, self.calls, journal, clock, self.story, lambda: self.office, self.start, self.post,
                             questions.reads, self.messages.refused)
        self._line_moves: dict[type, Callable[[Any], None]] = {
            wire.StateChanged: self._state_changed, wire.Rang: self.intake.rang,
            wire.StillRinging: self.intake.still_ringing, wire.RingEnded: self._ring_ended,
            wire.EarlyVoice: self._early_voice, wire.Charged: self._charged,
            wire.Alerting: self._alerting, wire.Answered: self._answered, wire.Ended: self._ended,
            wire.KeyReported: self._key_reported, wire.VoiceNote: self._voice_note,
            wire.KeysRefused: self._keys_refused, wire.VoiceLost: self._voice_lost,
            wire.MessageReceived: self.messages.received, wire.MessageReport: self.messages.reported,
        }
        self._audio_moves: dict[type, Callable[[Any], None]] = {
            sound.KeyHeard: self._key_heard, sound.Played: self._played, sound.PortFailed: self._port_failed,
            sound.PortHeard: self._somebody,
            sound.PortClosed: self._port_closed, sound.EngineLost: self._engine_lost,
        }
        audio.subscribe(self.audio_event)

    def line_event(self, event: LineEvent) -> None:
        """The sink of every line."""
        try:
            self._line_moves[type(event)](event)
        except StoreError as error:  # not the line's fault, and not for it to hear
            self._fail(error)

    def audio_event(self, event: AudioEvent) -> None:
        """The sink of the audio process."""
        if handler := self._audio_moves.get(type(event)):
            handler(event)

    def port_on(self, line: str) -> str:
        """The audio port of a leg that is answered on this line; "" without one."""
        ports = (leg.port for call in self.calls.values() for leg in call.legs.values() if leg.line == line)
        return next((port for port in ports if port), "")

    def start(self, call: ActiveCall, request: Request) -> None:
        """Takes an admitted request in."""
        self.calls[call.call] = call
        self._idle.clear()
        self._queue.append((call, request))
        self._turn()

    def post(self, call: ActiveCall, event: ev.Event) -> None:
        """Queues an event; runs the queue unless it runs already. Order is kept, decide is never re-entered."""
        self._queue.append((call, event))
        self._turn()

    def turns(self) -> bool:
        """A turn of its own, with a commit of nothing: whether this switchboard would act on what happens."""
        self._turn(empty=True)
        return not self._queue and not self.failed.done()

    def _finished(self, call: ActiveCall) -> None:
        self.calls.pop(call.call, None)
        if not self.calls:
            self._idle.set()

    def _refused(self, call: ActiveCall, reason: No) -> None:
        self.messages.refused(call.account, Number(call.number), call.line, reason, call=call.call)

    def hang_up(self, call: str, why: str) -> bool:
        """An admin's or handset's wish to end a call. False when there is no such call."""
        if active := self.calls.get(call):
            self.post(active, ev.HangUpAsked(why))
        return active is not None

    def prices(self, call: ActiveCall) -> list[tuple[Side, Money | None]]:
        """What each leg of a running call costs so far."""
        monotonic, now = self._clock.monotonic(), self._clock.now()
        return [(leg.side, price_so_far(leg, monotonic, now)) for leg in call.legs.values()]

    async def shut_down(self) -> None:
        """Ends every call in order: legs hung up, records closed, holds released."""
        for call in list(self.calls.values()):
            self.post(call, ev.ShutdownAsked())
        await self._idle.wait()

    def _turn(self, *, empty: bool = False) -> None:
        """Runs the queue dry. What it writes is one commit; what it tells the lines follows the commit."""
        if self._turning or self.failed.done():
            return
        self._turning = True
        try:
            while self._queue or empty:  # a line that is told to dial may answer at once: that is another turn
                empty = False
                with self._journal.together():
                    self._drain()
        except Exception as error:
            self._fail(error)
        finally:
            self._turning = False

    def _drain(self) -> None:
        while self._queue:
            call, event = self._queue.popleft()
            if call.call in self.calls:
                self._step(call, event)

    def _step(self, call: ActiveCall, event: ev.Event | Request) -> None:
        before = type(call.state).__name__
        call.state, orders = begin(event) if isinstance(event, Request) else decide(call.state, event)
        log.debug("call %s: %s -[%s]-> %s", call.call, before, event, type(call.state).__name__)
        for order in orders:
            self._deeds.perform(call, order)

    def _fail(self, error: Exception) -> None:
        """Memory and journal may differ now. Every leg is hung up; the next start mends what the journal has open."""
        if self.failed.done():
            return
        log.critical("the switchboard stops: %s", error, exc_info=not isinstance(error, StoreError))
        self.failed.set_exception(error)
        for call in self.calls.values():
            for leg in call.legs.values():
                self.lines[leg.line].hang_up(leg.leg)
        self.calls.clear()
        self._idle.set()

    def _state_changed(self, event: wire.StateChanged) -> None:
        state = event.state
        text = f"{event.line}: {state.health}" + (f", {state.why}" if state.why else "")
        if state.operator:
            text += f" ({state.operator})"
        if state.ailment:
            text += f"; {state.ailment}"
        self.story.box(text, room="lines")

    def _ring_ended(self, event: wire.RingEnded) -> None:
        self.intake.ring_ended(event)
        for call in list(self.calls.values()):
            if call.ring == event.ring:
                call.ring = ""
                self.story.note(call, f"{event.line}: the caller's ring is over, nobody answered", room="trigger")
                self.post(call, ev.RingOver())

    def _answered(self, event: wire.Answered) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            leg.port, leg.answered, leg.sure = event.port, self._clock.monotonic(), event.sure
            self.story.note(call, f"{leg.number or leg.line} answered", room=f"{leg.side}-leg")
            self.post(call, ev.LegAnswered(leg.side, event.sure))

    def _ended(self, event: wire.Ended) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            leg.ended = self._clock.monotonic() - event.ago_s
            self.story.note(call, f"{leg.line}: ended, {event.cause.name.lower()} {event.note}".rstrip(),
                            room=f"{leg.side}-leg")
            self.post(call, ev.LegEnded(leg.side, event.cause))

    def _alerting(self, event: wire.Alerting) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            self.story.note(call, f"{leg.number or leg.line} rings", room=f"{leg.side}-leg")
            self.post(call, ev.LegAlerting(leg.side))

    def _early_voice(self, event: wire.EarlyVoice) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            leg.port = event.port
            self.post(call, ev.LegSpeaks(leg.side))

    def _charged(self, event: wire.Charged) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            self._journal.advise(leg.leg, str(event))
            self.story.note(call, f"{leg.line}: the network counts {event}", room=f"{leg.side}-leg")

    def _key_reported(self, event: wire.KeyReported) -> None:
        """Nothing: the driver hands it to the audio process, which merges it with what it hears itself."""

    def _keys_refused(self, event: wire.KeysRefused) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            text = f"{leg.line}: the modem does not send keys ({event.why}); they go as tones from now on"
            self.story.note(call, text, room=f"{leg.side}-leg")
            if leg.side is Side.B:
                self._deeds.keys_in_band(call, event.key)

    def _voice_note(self, event: wire.VoiceNote) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            self.story.note(call, f"{leg.line}: {event.text}", room=f"{leg.side}-leg")

    def _voice_lost(self, event: wire.VoiceLost) -> None:
        if found := self._by_leg(event.leg):
            call, leg = found
            self.post(call, ev.AudioFailed(leg.side, event.why))

    def _key_heard(self, event: sound.KeyHeard) -> None:
        call, side = self._by_port(event.port)
        if call and side is Side.A:
            self.story.note(call, f"key {event.key if not call.secret else '•'}", room="a-leg")
            if call.keys_to in call.legs:
                self.lines[call.legs[call.keys_to].line].send_keys(call.keys_to, event.key)
            self.post(call, ev.KeyPressed(event.key))

    def _somebody(self, event: sound.PortHeard) -> None:
        call, side = self._by_port(event.port)
        if call and (leg := call.side(side)):
            leg.heard = True
            self.post(call, ev.LegHeard(side))

    def _played(self, event: sound.Played) -> None:
        call, _ = self._by_port(event.port)
        if call:
            self.post(call, ev.SoundOver(event.token, event.finished))

    def _port_failed(self, event: sound.PortFailed) -> None:
        call, side = self._by_port(event.port)
        if call:
            self.post(call, ev.AudioFailed(side, event.why))

    def _port_closed(self, event: sound.PortClosed) -> None:
        self.story.leg(event.port.rpartition(":")[2], f"audio: {event.statistics}")

    def _engine_lost(self, event: sound.EngineLost) -> None:
        for call in list(self.calls.values()):
            for leg in list(call.legs.values()):
                if leg.answered is not None:
                    self.post(call, ev.AudioFailed(leg.side, event.why))

    def _by_leg(self, name: str) -> tuple[ActiveCall, ActiveLeg] | None:
        return next(((call, call.legs[name]) for call in self.calls.values() if name in call.legs), None)

    def _by_port(self, port: str) -> tuple[ActiveCall | None, Side]:
        for call in self.calls.values():
            for leg in call.legs.values():
                if leg.port == port:
                    return call, leg.side
        return None, Side.A
