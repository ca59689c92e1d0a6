"""The lab's exchange: the network side of an ISDN port, by libpri as at the box's end; its subscribers are parties of
the lab's network. Its clock is the card's: every 20 ms it gives each open channel its octets, and takes as many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from appliance.audio.frame import FRAME_OCTETS, SILENCE
from appliance.audio.g711 import alaw_of, pcm_of
from appliance.lab.network import Circuit, Network, Stage
from appliance.lab.network import Party as Subscribed
from appliance.lab.rest import Rest
from appliance.lab.ticker import TICK_S, Ticker
from appliance.lines.isdn import reports
from appliance.lines.isdn.controller import Controller
from appliance.lines.isdn.numbers import INTERNATIONAL, NATIONAL, RESTRICTED, UNKNOWN
from appliance.lines.isdn.pair import PairEnd
from appliance.lines.isdn.signalling import Charge, MakeSignalling, Party
from appliance.lines.isdn.spansettings import NT, PTMP, SpanSettings
from appliance.lines.isdn.transport import Ears
from appliance.vocabulary.cause import Cause

WITHHELD, BY_NETWORK = 0x23, 0x03  # presentation and screening; Q.931 § 4.5.10
FRAME = FRAME_OCTETS // 2
KEYS_S = 0.3  # s between two digits that are sent one by one
NO_CHANNEL = Cause.BUSY  # what a caller hears when both channels are in use


@dataclass
class _Call:
    number: int
    channel: int
    circuit: Circuit
    end: Channel
    connected: bool = False
    listening: bool = False  # before any answer: to a dial tone
    waiting: str = ""  # digits that the box has not asked for
    out: bytearray = field(default_factory=bytearray)  # PCM for the box
    taken: bytearray = field(default_factory=bytearray)  # A-law from the box


class Channel:
    """One call's end in the network: many of them have the same number."""

    def __init__(self, exchange: Exchange, number: str) -> None:
        self._exchange, self.number = exchange, number
        self.call: _Call | None = None

    def offered(self, circuit: Circuit) -> Cause | None:
        return Cause.BUSY  # it makes calls

    def changed(self, circuit: Circuit) -> None:
        self._exchange.changed(circuit)

    def diverted(self, circuit: Circuit) -> None:
        self._exchange.changed(circuit)

    def heard(self, frame: bytes) -> None:
        if self.call:
            self.call.out += frame
            del self.call.out[: -4 * FRAME_OCTETS]

    def keyed(self, key: str) -> None:
        """ISDN tells no keys but by their tones."""


class Subscriber(Channel):
    """A number of the port: each call to it gets a channel."""

    def offered(self, circuit: Circuit) -> Cause | None:
        return self._exchange.offered(circuit, self.number)


class Exchange:
    """One port with its numbers. `carry` takes packets to the terminal."""

    announcements: dict[str, tuple[bytes, Cause]]

    def __init__(
        self, network: Network, settings: SpanSettings, numbers: Sequence[str], carry: Callable[[bytes], None],
        clock: Callable[[], float], side: str = NT, make: MakeSignalling = Controller,
    ) -> None:
        """`side` TE: no exchange but a PBX, whose phones are the parties of a network of its own."""
        self._network, self._settings, self._numbers = network, settings, list(numbers)
        self._calls: dict[int, _Call] = {}
        self._keyed: dict[int, reports.Setup] = {}  # calls whose number is not complete
        self.announcements = {}  # number -> what is said in place of a call (PCM), and why there is none
        self.raw_cause = 0  # in place of an announcement's
        self.charge: Charge | None = None  # advice of charge, told at the end of each call that the box makes
        self.charge_during: Charge | None = None  # told when it is answered
        self.display = ""  # a name that is told with each caller's number
        self.country_code = ""  # its callers are told in the national form
        self.screening = BY_NETWORK
        self.digit_by_digit = False  # calls the box so: overlap sending of an exchange
        self._loop = asyncio.get_running_loop()
        self._ticker = Ticker(self._tick)
        self.end = PairEnd(carry, Ears(self._d_in, self._voice, lambda up: self._moved(), lambda why: None),
                           network=True)
        self._inside = side != NT
        self._rest: Rest | None = None
        self._controller = make(settings.layout, side, self._d_out, self._report, clock)
        if settings.layout == PTMP and not self._inside:
            self._rest = Rest(self.end.send_d, self._controller.received, partial(self.end.layer1, False),
                              lambda: bool(self._calls or self._keyed))
        for timer in ("T312", "T303") if settings.layout == PTMP and not self._inside else ():
            self._controller.set_timer(timer, 1.0)  # else an NT reports busy after 4 s and more
        for number in self._numbers:
            network.join(Subscriber(self, number))
        if self._inside:
            network.trunk = Subscriber(self, "")

    def close(self) -> None:
        """Nobody is connected any more, and nothing is due."""
        if self._rest:
            self._rest.close()
        self._ticker.stop()
        self._controller.close()

    # The D channel

    def _d_in(self, frame: bytes) -> None:
        if self._rest is None or self._rest.passes(frame):
            self._controller.received(frame)

    def _d_out(self, frame: bytes) -> None:
        if self._rest is None or self._rest.passes(frame):
            self.end.send_d(frame)

    def _moved(self) -> None:
        if self._rest:
            self._rest.moved()

    # The network calls the box

    def offered(self, circuit: Circuit, own: str) -> Cause | None:
        channel = self._free()
        if not channel:
            return NO_CHANNEL
        if self._inside:
            self._out(circuit, channel)
            return None
        digits, plan = circuit.caller.number.lstrip("+"), INTERNATIONAL
        if self.country_code and digits.startswith(self.country_code):
            digits, plan = digits.removeprefix(self.country_code), NATIONAL
        caller = Party(digits, plan, self.screening, self.display)
        if circuit.withheld:
            caller = Party("", plan, WITHHELD)
        called = own.lstrip("+")
        number = self._controller.setup(channel, "" if self.digit_by_digit else called, INTERNATIONAL, caller,
                                        exclusive=True, complete=not self.digit_by_digit)
        end = Channel(self, own)
        self._begin(_Call(number, channel, circuit, end, waiting=called if self.digit_by_digit else ""))
        circuit.taken_by(end)
        return None

    def changed(self, circuit: Circuit) -> None:
        call = next((call for call in self._calls.values() if call.circuit is circuit), None)
        if call is None:
            return
        ours = circuit.caller is call.end
        if circuit.stage is Stage.OVER:
            if self.charge and ours and call.connected:
                self._controller.charge(call.number, self.charge, during=False)
            self._controller.hang_up(call.number, int(circuit.cause or Cause.NORMAL))
        elif ours and circuit.stage is Stage.ALERTING:
            self._controller.alerting(call.number, call.channel)
        elif ours and circuit.stage is Stage.ACTIVE:
            self._controller.answer(call.number, call.channel)
            if self.charge_during:
                self._controller.charge(call.number, self.charge_during, during=True)
            self._connect(call)

    def restart(self) -> None:
        """Every channel, as after a power cut: its calls are gone."""
        self.dead(True)
        for channel in self._settings.channels:
            self._controller.restart(channel)

    def _out(self, circuit: Circuit, channel: int) -> None:
        """A phone of the PBX dials out: number and own number as they are. One that was only lifted dials later."""
        number = self._controller.setup(channel, circuit.dialled, UNKNOWN, Party(circuit.caller.number),
                                        exclusive=False, complete=bool(circuit.dialled))
        end = Channel(self, circuit.dialled)
        self._begin(_Call(number, channel, circuit, end))
        circuit.taken_by(end)

    def sends(self, phone: Subscribed, digits: str) -> bool:
        """A phone that was lifted dials on, digit by digit. False when it has no call here."""
        call = next((call for call in self._calls.values() if call.circuit.caller is phone), None)
        for n, digit in enumerate(digits if call else ""):
            self._loop.call_later(KEYS_S * n, self._controller.information, call.number if call else 0, digit)
        return call is not None

    def mute(self, mute: bool) -> None:
        """The D channel works, the B channels give nothing: a card with a fault."""
        self._ticker.stop() if mute else self._ticker.start()

    def dead(self, dead: bool) -> None:
        """The cable is out: whoever talks over this port is cut off. Back in, layer 1 comes up."""
        if not dead:
            self.end.layer1(True)
            self._moved()
        for call in list(self._calls.values()) if dead else ():
            call.circuit.end(Cause.OUT_OF_ORDER, by=call.end)

    # The box says something

    def _report(self, report: reports.Report) -> None:
        if isinstance(report, reports.Setup):
            return self._dialled(report)
        if isinstance(report, reports.Digits) and (setup := self._keyed.get(report.call)):
            return self._more(replace(setup, called=setup.called + report.digits))
        call = self._calls.get(getattr(report, "call", 0))
        if call is None:
            return None
        if isinstance(report, reports.Ended):
            del self._calls[call.number]
            self._quiet(call)
            call.circuit.end(Cause.of(report.cause), by=call.end)
        elif isinstance(report, reports.MoreDigits):
            digits, call.waiting = call.waiting, ""
            if self._inside:
                self._listen(call)
            for n, digit in enumerate(digits):
                self._loop.call_later(KEYS_S * n, self._controller.information, call.number, digit)
        elif isinstance(report, reports.Proceeding | reports.Ringing) and report.channel:
            call.channel = report.channel
        elif isinstance(report, reports.Connected) and call.circuit.caller is not call.end:
            self._connect(call)
            call.circuit.answer()
        return None

    def _dialled(self, setup: reports.Setup) -> None:
        channel = setup.channel
        if not channel or self._on(channel):
            channel = self._free()
        if not channel:
            return self._controller.hang_up(setup.call, Cause.NO_CHANNEL)
        if not setup.complete:
            self._keyed[setup.call] = replace(setup, channel=channel)
            return self._controller.more_digits(setup.call, channel, inband=True)
        number = ("+" if setup.called_plan == INTERNATIONAL else "") + setup.called
        if said := self.announcements.get(self._network.normal(number)):
            return self._announce(setup.call, channel, *said)
        end = Channel(self, self._shown(setup))
        circuit = self._network.call(end, number, withheld=bool(setup.presentation & RESTRICTED))
        self._begin(_Call(setup.call, channel, circuit, end))
        return self._controller.proceeding(setup.call, channel)

    def _more(self, setup: reports.Setup) -> None:
        """Overlap receiving: dialled as soon as somebody has that number."""
        self._keyed[setup.call] = setup
        if any(self._network.party(prefix + setup.called) for prefix in ("", "+")):
            del self._keyed[setup.call]
            self._dialled(replace(setup, complete=True))

    def _announce(self, call: int, channel: int, pcm: bytes, cause: Cause) -> None:
        """Nobody is called: something is said in the channel, then the cause."""
        self._controller.proceeding(call, channel)
        self._controller.progress(call, channel)
        self.end.open_b(channel)
        frames = [pcm[at : at + FRAME_OCTETS] for at in range(0, len(pcm), FRAME_OCTETS)]
        for n, frame in enumerate(frames):
            self._loop.call_later(TICK_S * n, self.end.send_b, channel, alaw_of(frame))
        self._loop.call_later(TICK_S * len(frames), self._controller.hang_up, call,
                              self.raw_cause or int(cause))

    def _shown(self, setup: reports.Setup) -> str:
        """Only a number of this port is shown; else its first."""
        caller = setup.caller.lstrip("+")
        known = next((number for number in self._numbers if caller and number.endswith(caller)), "")
        return known or (setup.caller if self._inside else self._numbers[0])

    def _begin(self, call: _Call) -> None:
        call.end.call = self._calls[call.number] = call

    # Voice

    def _connect(self, call: _Call) -> None:
        call.connected = True
        self._listen(call)

    def _listen(self, call: _Call) -> None:
        call.listening = True
        self.end.open_b(call.channel)
        self._ticker.start()

    def _quiet(self, call: _Call) -> None:
        if not self._on(call.channel):
            self.end.close_b(call.channel)
        if not any(other.listening for other in self._calls.values()):
            self._ticker.stop()

    def _voice(self, channel: int, octets: bytes) -> None:
        call = self._on(channel)
        if call and call.listening:
            call.taken += octets
            while len(call.taken) >= FRAME:
                pcm = pcm_of(bytes(call.taken[:FRAME]))
                if call.connected:
                    call.circuit.send(call.end, pcm)
                else:
                    call.circuit.caller.heard(pcm)
                del call.taken[:FRAME]

    def _tick(self) -> None:
        for call in self._calls.values():
            if call.listening:
                frame = bytes(call.out[:FRAME_OCTETS])
                del call.out[:FRAME_OCTETS]
                self.end.send_b(call.channel, alaw_of(frame or SILENCE))

    def _on(self, channel: int) -> _Call | None:
        return next((call for call in self._calls.values() if call.channel == channel), None)

    def _free(self) -> int:
        return next((channel for channel in self._settings.channels if not self._on(channel)), 0)
