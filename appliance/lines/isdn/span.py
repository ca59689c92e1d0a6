"""A span: one port's signalling and B channels, told what to do by orders and telling what happens by events, both
plain dictionaries. It runs in a process of its own, or in memory for tests.

Orders: dial, answer, reject, hangup, digits, trace. Events: port, link, ring, ring_over, alerting,
answered, ended, charge, layer1, trace (every frame of the D channel; way ">" is sent).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.audio.g711 import alaw_of
from appliance.audio.tones import one_period
from appliance.lines.isdn import reports
from appliance.lines.isdn.bchannel import BChannel
from appliance.lines.isdn.call import Call, Calls
from appliance.lines.isdn.controller import Controller
from appliance.lines.isdn.layer1 import Layer1
from appliance.lines.isdn.numbers import called_ours, caller_fields, party_of, plan_of
from appliance.lines.isdn.signalling import MakeSignalling, Signalling
from appliance.lines.isdn.spansettings import NT, PTMP, Event, SpanSettings
from appliance.lines.isdn.transport import Ears, OpenTransport, Transport, TransportError
from appliance.vocabulary.cause import Cause

ALERT_S = 0.2  # s from CALL PROCEEDING to ALERTING: who is rejected at once never hears it ring
FIRST_S = 15.0  # s of dial tone until a phone behind the box is answered without a number: T302, Q.931 § 9.1
MORE_S = 5.0  # s without a further digit after which a number counts as complete (T302 is 10 to 15; Q.931 § 9.1)
SETTLED_S = 1.2  # s after which an established link is believed: T200 and a little
REOPEN_S = 1.0  # s between tries to open the port
NOT_WOKEN = "the exchange does not wake up; see that the cable is in"


class Span:
    """`tell` gets the events, in order."""

    def __init__(
        self, settings: SpanSettings, open_transport: OpenTransport, tell: Callable[[Event], None],
        clock: Callable[[], float], make: MakeSignalling = Controller,
    ) -> None:
        self.settings, self._make = settings, make
        self._open_transport, self._tell, self._clock, self._tracing = open_transport, tell, clock, False
        self._transport: Transport | None = None
        self._controller: Signalling | None = None
        self._calls = Calls()
        self._link: bool | None = None  # not known yet
        self._layer1 = Layer1(tell, lambda: self._all_over("the cable or the exchange is dead"))
        self._settling: asyncio.TimerHandle | None = None
        self._rings = 0
        self._gone: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def layer1(self) -> bool:
        """It is up. On an idle bus it rests."""
        return self._layer1.up

    # Life

    def start(self) -> None:
        """Opens the port; again and again, while it cannot be opened."""
        self._gone = None
        try:
            self._transport = self._open_transport(Ears(self._d_in, self._b_in, self._layer1.told, self._lost))
        except TransportError as error:
            self._tell({"is": "port", "open": False, "why": str(error)})
            self._gone = self._loop.call_later(REOPEN_S, self.start)
            return
        if self._controller is None:
            self._controller = self._make(self.settings.layout, self.settings.side, self._d_out, self._report,
                                          self._clock)
        self._tell({"is": "port", "open": True, "why": ""})

    def _lost(self, why: str) -> None:
        if self._transport is None:
            return
        self._transport = None
        self._layer1.forget()
        self._all_over(why)
        self._tell({"is": "port", "open": False, "why": why})
        self._gone = self._loop.call_later(REOPEN_S, self.start)

    def close(self) -> None:
        for timer in (self._gone, self._settling):
            if timer:
                timer.cancel()
        self._layer1.forget()
        if self._controller:
            self._controller.close()
        if self._transport:
            self._transport.close()
        self._transport = None

    def _trace(self, way: str, frame: bytes) -> None:
        if self._tracing:
            self._tell({"is": "trace", "way": way, "frame": frame.hex()})

    def _d_out(self, frame: bytes) -> None:
        self._trace(">", frame)
        if self._transport:
            self._transport.send_d(frame)
            self._layer1.wanted()

    def _d_in(self, frame: bytes) -> None:
        self._trace("<", frame)
        if self._controller:
            self._controller.received(frame)

    def _b_in(self, channel: int, octets: bytes) -> None:
        if call := self._calls.on(channel):
            call.voice.received(octets)

    def _all_over(self, why: str) -> None:
        for call in list(self._calls.values()):
            if self._controller:
                self._controller.hang_up(call.number, Cause.OUT_OF_ORDER)
            self._over(call, Cause.OUT_OF_ORDER, why)

    # Audio

    def listen(self, leg: str, give: Callable[[bytes], None] | None) -> Callable[[bytes], None] | None:
        """Frames of that leg from now on; what is returned takes frames for it. None: there is no such leg."""
        call = self._calls.of(leg)
        if call is None:
            return None
        call.voice.give = give
        if give is None:
            self.take(leg)
        return call.voice.heard

    def join(self, leg: str, other: str, *, untouched: bool = False) -> None:
        """That leg hears the other one, past the audio process. `untouched`: nothing of it will be taken back, not even
        a key: then the card may do it, when both hear each other."""
        one, two = self._calls.of(leg), self._calls.of(other)
        if one and two:
            one.voice.join(two.voice)
            if untouched and two.voice.hears(one.voice) and self._transport:
                self._transport.join(one.channel, two.channel)

    def take(self, leg: str) -> None:
        """That leg hears the audio process again."""
        if call := self._calls.of(leg):
            if self._transport:
                self._transport.split(call.channel)
            call.voice.take()

    # Orders

    def obey(self, order: Event) -> None:
        """One order. What cannot be done is told as the end of the leg it was for."""
        match order["do"]:
            case "dial":
                self._dial(order)
            case "answer":
                self._answer(order)
            case "reject":
                if call := self._calls.ringing(order["ring"]):
                    self._end(call, int(order.get("cause", Cause.BUSY)))
            case "hangup":
                if call := self._calls.of(order["leg"]):
                    self._end(call, int(order["cause"]))
            case "digits":
                if call := self._calls.of(order["leg"]):
                    self._more_out(call, order["digits"])
            case "trace":
                self._tracing = bool(order["on"])

    def _dial(self, order: Event) -> None:
        leg, controller = order["leg"], self._controller
        channel = self._free()
        if controller is None or self._transport is None:
            return self._tell(_ended(leg, Cause.OUT_OF_ORDER, "the port is not open"))
        if channel == 0:
            return self._tell(_ended(leg, Cause.NO_CHANNEL, "every channel is in use"))
        number, plan = plan_of(order["number"])
        party = party_of(order.get("caller", ""), withheld=bool(order.get("clir")))
        overlap = bool(order.get("overlap"))
        now, later = ("", number) if overlap else (number, "")
        made = controller.setup(channel, now, plan, party, exclusive=self.settings.side == NT, complete=not overlap)
        self._calls[made] = self._new(made, channel, leg=leg, waiting=later)
        return None

    def _answer(self, order: Event) -> None:
        call, leg = self._calls.ringing(order["ring"]), order["leg"]
        if call is None or self._controller is None:
            return self._tell(_ended(leg, Cause.NO_USER_RESPONDING, "the caller had given up"))
        call.leg, call.ring = leg, ""
        return self._controller.answer(call.number, call.channel)

    def _more_out(self, call: Call, digits: str) -> None:
        if self._controller and not call.waiting:
            self._controller.information(call.number, digits)

    def _end(self, call: Call, cause: int) -> None:
        """A fresh SETUP is refused with cause 17 only after CALL PROCEEDING: without it libpri sends nothing."""
        if self._controller and not call.ending:
            call.ending = True
            if call.setup and not call.told:
                self._controller.proceeding(call.number, call.channel)
            self._controller.hang_up(call.number, cause)

    # Reports

    def _report(self, report: reports.Report) -> None:
        if isinstance(report, reports.LinkUp | reports.LinkDown):
            return self._linked(isinstance(report, reports.LinkUp))
        if isinstance(report, reports.Setup):
            return self._setup(report)
        if isinstance(report, reports.Restarted):
            return self._restarted(report.channel)
        call = self._calls.get(report.call)
        if call is None:
            return None
        if isinstance(report, reports.Ended):
            return self._over(call, report.cause, NOT_WOKEN if self._layer1.asleep else "")
        if isinstance(report, reports.Charged):
            return self._tell({"is": "charge", "leg": call.leg, "units": report.units, "amount": report.amount,
                               "currency": report.currency})
        if isinstance(report, reports.Digits):
            return self._digits(call, report.digits)
        return self._moves_on(call, report)

    def _moves_on(
        self, call: Call, report: reports.MoreDigits | reports.Proceeding | reports.Ringing | reports.Connected
    ) -> None:
        """A call of ours. The exchange may have chosen another channel."""
        if report.channel and report.channel != call.channel:
            self._moved(call, report.channel)
        if isinstance(report, reports.MoreDigits):
            waiting, call.waiting = call.waiting, ""
            self._more_out(call, waiting)
        elif isinstance(report, reports.Connected):
            if not call.answered and call.leg:
                self._connected(call)
        elif call.leg:
            if report.inband:
                self._open(call)
            if isinstance(report, reports.Ringing) or report.inband:
                self._tell({"is": "alerting", "leg": call.leg, "inband": report.inband,
                            "rings": isinstance(report, reports.Ringing)})

    def _linked(self, up: bool) -> None:
        """Two that establish at the same moment do so twice, and a call in between would be lost."""
        if self._settling:
            self._settling.cancel()
        if up and not self._link:
            self._settling = self._loop.call_later(SETTLED_S, self._tell_link, True)
        elif not up:
            self._tell_link(False)

    def _tell_link(self, up: bool) -> None:
        self._settling = None
        if up is not self._link:
            self._link = up
            self._tell({"is": "link", "up": up})

    def _restarted(self, channel: int) -> None:
        for call in list(self._calls.values()):
            if channel in (-1, call.channel):
                self._over(call, Cause.TEMPORARY_FAILURE, "the exchange restarted the channel")

    # Somebody calls

    def _setup(self, setup: reports.Setup) -> None:
        assert self._controller
        channel = setup.channel or self._free()
        if channel == 0 or self._calls.on(channel):  # call waiting, or two that chose the same channel
            return self._controller.hang_up(setup.call, Cause.NO_CHANNEL)
        if setup.complete and not called_ours(setup.called, self.settings.numbers):
            return self._not_ours(setup)
        call = self._calls[setup.call] = self._new(setup.call, channel)
        call.called, call.setup = setup.called, setup
        if setup.complete or self._enough(call):
            return self._ring(call)
        lifted = self.settings.side == NT and not setup.called
        self._controller.more_digits(setup.call, channel, inband=lifted)
        if lifted:
            call.voice.tone = alaw_of(one_period("dial", self.settings.country))
            self._open(call)
        return self._wait_for_more(call, FIRST_S if lifted else MORE_S)

    def _not_ours(self, setup: reports.Setup) -> None:
        """On a bus, somebody else may have that number: silence. Elsewhere nobody has it."""
        assert self._controller
        if self.settings.layout == PTMP:
            return self._controller.ignore(setup.call)
        return self._controller.hang_up(setup.call, Cause.UNALLOCATED)

    def _digits(self, call: Call, digits: str) -> None:
        if call.setup and not call.told:
            call.voice.tone = b""
            call.called = (call.called + digits)[:32]
            if self.settings.side == NT and call.called.endswith("#") and call.called[0] not in "*#":
                call.called = call.called[:-1]  # whoever keys it waits for nothing more
                return self._ring(call)
            return self._ring(call) if self._enough(call) else self._wait_for_more(call, MORE_S)
        return None

    def _enough(self, call: Call) -> bool:
        wanted = self.settings.digits
        return bool(wanted) and len(call.called) >= wanted

    def _wait_for_more(self, call: Call, seconds: float) -> None:
        if call.more:
            call.more.cancel()
        call.more = self._loop.call_later(seconds, self._ring, call)

    def _ring(self, call: Call) -> None:
        """The number is complete: it is ours, and somebody is told."""
        assert self._controller
        assert call.setup
        if call.more:
            call.more.cancel()
        if call.number not in self._calls or call.ending:
            return
        call.voice.tone = b""
        if not called_ours(call.called, self.settings.numbers):
            del self._calls[call.number]
            self._controller.proceeding(call.number, call.channel)
            self._controller.hang_up(call.number, Cause.UNALLOCATED)
            return
        self._rings += 1
        call.ring, call.told = f"r{self._rings}", True
        self._controller.proceeding(call.number, call.channel)
        self._loop.call_later(ALERT_S, self._alert, call)
        self._tell({"is": "ring", "ring": call.ring, "called": call.called, **caller_fields(call.setup)})

    def _alert(self, call: Call) -> None:
        if self._controller and call.ring and not call.ending and call.number in self._calls:
            self._controller.alerting(call.number, call.channel)

    # Channels and ends

    def _new(self, number: int, channel: int, leg: str = "", waiting: str = "") -> Call:
        call = Call(number, channel, BChannel(lambda octets: self._voice_out(call, octets)), leg=leg, waiting=waiting)
        return call

    def _voice_out(self, call: Call, octets: bytes) -> None:
        if self._transport:
            self._transport.send_b(call.channel, octets)

    def _open(self, call: Call) -> None:
        call.listening = True
        if self._transport:
            self._transport.open_b(call.channel)

    def _moved(self, call: Call, channel: int) -> None:
        """Its voice goes with it."""
        left, call.channel = call.channel, channel
        self._quiet(left)
        if call.listening:
            self._open(call)

    def _quiet(self, channel: int) -> None:
        if self._transport and not self._calls.on(channel):
            self._transport.close_b(channel)

    def _connected(self, call: Call) -> None:
        call.answered = True
        self._open(call)
        self._tell({"is": "answered", "leg": call.leg})

    def _over(self, call: Call, cause: int, note: str) -> None:
        if self._calls.pop(call.number, None) is None:
            return
        if call.more:
            call.more.cancel()
        call.voice.over()
        self._quiet(call.channel)
        if call.leg:
            self._tell(_ended(call.leg, cause, note))
        elif call.ring:
            self._tell({"is": "ring_over", "ring": call.ring})

    def _free(self) -> int:
        """A terminal takes the last channel, an exchange the first, so that they seldom meet."""
        return self._calls.free(self.settings.channels, first=self.settings.side == NT)


def _ended(leg: str, cause: int, note: str) -> Event:
    return {"is": "ended", "leg": leg, "cause": int(cause), "note": note}
