"""One D channel: libpri's controller with plain values in and out. Q.921, Q.931, EuroISDN (ETS 300 102)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from appliance.lines.isdn import libpri, reports
from appliance.lines.isdn.charge import NORMAL, TOTAL, charge_of, fill_charge
from appliance.lines.isdn.reports import Report
from appliance.lines.isdn.signalling import Charge, Party
from appliance.lines.isdn.spansettings import NT, PRI, PTMP, PTP

# event ids
UP, DOWN, RESTART, RING, HANGUP, RINGING, ANSWER, HANGUP_ACK = 1, 2, 3, 5, 6, 7, 8, 9
INFO, PROCEEDING, SETUP_ACK, HANGUP_REQ, PROGRESS, KEYPAD, CONNECT_ACK = 12, 13, 14, 15, 17, 18, 27
FACILITY = 11
KEEP_UP, LEAVE_DOWN = 1, 2  # layer 2 persistence
NUMBER_OCTETS = 60  # of libpri's fields, which hold 64


class Timer(Protocol):
    """As asyncio.TimerHandle."""

    def when(self) -> float: ...
    def cancel(self) -> None: ...


class Timers(Protocol):
    """The part of an event loop that is needed."""

    def time(self) -> float: ...
    def call_at(self, when: float, callback: Callable[[], None], /) -> Timer: ...


class Calls:
    """libpri's pointers by our numbers, and back."""

    def __init__(self) -> None:
        self._pointers: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._last = 0

    def number(self, key: int, pointer: Any) -> int:
        """The call's number; a new one for a pointer that is new."""
        if key not in self._numbers:
            self._last += 1
            self._numbers[key], self._pointers[self._last] = self._last, pointer
        return self._numbers[key]

    def pointer(self, number: int) -> Any:
        """None for a call that is gone."""
        return self._pointers.get(number)

    def forget(self, number: int, key: int) -> None:
        self._pointers.pop(number, None)
        self._numbers.pop(key, None)

    def __iter__(self) -> Iterator[int]:
        return iter(list(self._pointers))


class Controller:
    """Implements signalling.Signalling. Frames go out through `send`; `tell` gets what happens, in order."""

    def __init__(
        self, layout: str, side: str, send: Callable[[bytes], None], tell: Callable[[Report], None],
        clock: Callable[[], float], timers: Timers | None = None,
    ) -> None:
        """`layout`: ptp, ptmp or pri; `side`: te or nt; `clock`: s, the one that libpri's timers go by. `timers`: the
        running loop's, without."""
        self._ffi, self._pri = libpri.load()
        self._send, self._tell, self._clock = send, tell, clock
        self._timers: Timers = timers or asyncio.get_running_loop()
        self._in: list[bytes] = []
        self._calls = Calls()
        self._told: set[int] = set()  # calls whose end was told and whose last message is still to come
        self._timer: Timer | None = None
        self._busy = False
        self._kept = (self._ffi.callback("pri_io_cb", self._read, error=0),
                      self._ffi.callback("pri_io_cb", self._write, error=0))
        node = libpri.NETWORK if side == NT else libpri.CPE
        null = self._ffi.NULL
        if layout == PRI:
            self._span = self._pri.pri_new_cb(-1, node, libpri.EUROISDN, *self._kept, null)
        else:
            self._span = self._pri.pri_new_bri_cb(-1, int(layout == PTP), node, libpri.EUROISDN, *self._kept, null)
        if self._span == null:
            raise libpri.LibpriMissing("libpri does not take this layout")
        self._pri.pri_hangup_fix_enable(self._span, 1)
        self._pri.pri_connect_ack_enable(self._span, 1)  # else the answering side never hears of it
        self._pri.pri_set_overlapdial(self._span, 1)
        self._pri.pri_set_inbanddisconnect(self._span, 0)
        self._pri.pri_facility_enable(self._span)
        self._pri.pri_aoc_events_enable(self._span, 1)
        self._pri.pri_persistent_layer2_option(self._span, LEAVE_DOWN if layout == PTMP else KEEP_UP)
        self._turn()

    # Frames

    def received(self, frame: bytes) -> None:
        """One frame of layer 2, without its check sum."""
        self._in.append(frame)
        if not self._busy:
            self._turn()

    def _read(self, _: Any, buffer: Any, size: int) -> int:
        if not self._in:
            return 0
        frame = self._in.pop(0)[: size - libpri.FCS_OCTETS]
        self._ffi.memmove(buffer, frame, len(frame))
        return len(frame) + libpri.FCS_OCTETS

    def _write(self, _: Any, buffer: Any, size: int) -> int:
        self._send(bytes(self._ffi.buffer(buffer, size - libpri.FCS_OCTETS)))
        return size

    def _turn(self) -> None:
        """Everything that is due: timers first, then frames, until there is nothing more."""
        self._busy = True
        try:
            while (event := self._pri.pri_schedule_run(self._span)) != self._ffi.NULL:
                self._happened(event)
            while self._in:
                event = self._pri.pri_check_event(self._span)
                if event != self._ffi.NULL:
                    self._happened(event)
        finally:
            self._busy = False
        self._set_timer()

    def _set_timer(self) -> None:
        """One that comes too early does no harm, and nearly every message makes it later."""
        due = self._pri.pri_schedule_next(self._span)
        if due == self._ffi.NULL:
            return
        at = self._timers.time() + max(due.tv_sec + due.tv_usec / 1e6 - self._clock(), 0.0) + 1e-6
        if self._timer:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = self._timers.call_at(at, self._due)

    def _due(self) -> None:
        self._timer = None
        self._turn()

    def close(self) -> None:
        """No more turns. libpri has no way to free a controller."""
        if self._timer:
            self._timer.cancel()
        self._send = lambda frame: None

    def trace(self, on: bool) -> None:
        """Every message as text through pri_set_message, which is one for the whole process."""
        self._pri.pri_set_debug(self._span, libpri.DUMP_Q931 if on else 0)

    def set_timer(self, name: str, seconds: float) -> None:
        """One of Q.931's, such as T303."""
        self._pri.pri_set_timer(self._span, self._pri.pri_timer2idx(name.encode()), round(seconds * 1000))

    # Orders; those for a call that is gone do nothing

    def setup(self, channel: int, called: str, plan: int, caller: Party, *, exclusive: bool, complete: bool) -> int:
        """Dials; the call's number. `complete` False: digits follow by `information`."""
        call = self._pri.pri_new_call(self._span)
        request = self._pri.pri_sr_new()
        text = [self._ffi.new("char[]", part.encode("ascii", "replace")[:NUMBER_OCTETS])
                for part in (called, caller.number, caller.name)]
        self._pri.pri_sr_set_channel(request, channel, int(exclusive), 0)
        self._pri.pri_sr_set_bearer(request, libpri.AUDIO_3_1K, libpri.A_LAW)
        self._pri.pri_sr_set_called(request, text[0], plan, int(complete))
        if caller.number or caller.presentation:
            name = text[2] if caller.name else self._ffi.NULL
            self._pri.pri_sr_set_caller(request, text[1], name, caller.plan, caller.presentation)
        number = self._calls.number(self._key(call), call)
        self._pri.pri_setup(self._span, call, request)
        self._pri.pri_sr_free(request)
        self._set_timer()
        return number

    def information(self, call: int, digits: str) -> None:
        for digit in digits.encode("ascii", "ignore"):
            self._order(call, partial(self._one_digit, bytes((digit,))))

    def _one_digit(self, digit: bytes, pointer: Any) -> None:
        self._pri.pri_information(self._span, pointer, digit)

    def more_digits(self, call: int, channel: int, *, inband: bool) -> None:
        """SETUP ACKNOWLEDGE."""
        self._order(call, lambda pointer: self._pri.pri_setup_ack(self._span, pointer, channel, 0, int(inband)))

    def proceeding(self, call: int, channel: int) -> None:
        self._order(call, lambda pointer: self._pri.pri_proceeding(self._span, pointer, channel, 0))

    def progress(self, call: int, channel: int) -> None:
        """There is something to hear before the answer."""
        self._order(call, lambda pointer: self._pri.pri_progress(self._span, pointer, channel, 1))

    def alerting(self, call: int, channel: int) -> None:
        self._order(call, lambda pointer: self._pri.pri_acknowledge(self._span, pointer, channel, 0))

    def answer(self, call: int, channel: int) -> None:
        self._order(call, lambda pointer: self._pri.pri_answer(self._span, pointer, channel, 0))

    def hang_up(self, call: int, cause: int) -> None:
        """Ended follows, when the other side has agreed."""
        self._order(call, lambda pointer: self._pri.pri_hangup(self._span, pointer, cause))

    def ignore(self, call: int) -> None:
        """As if it had never come: on a bus, a SETUP for somebody else's number. No word goes out."""
        pointer = self._calls.pointer(call)
        if pointer is not None:
            self._pri.pri_destroycall(self._span, pointer)
            self._calls.forget(call, self._key(pointer))
            self._set_timer()

    def charge(self, call: int, charge: Charge, *, during: bool) -> None:
        if during:
            made, send = self._ffi.new("struct pri_subcmd_aoc_d *"), self._pri.pri_aoc_d_send
            made.billing_accumulation = TOTAL
        else:
            made, send = self._ffi.new("struct pri_subcmd_aoc_e *"), self._pri.pri_aoc_e_send
        made.billing_id = NORMAL
        fill_charge(self._ffi, made, charge)
        self._order(call, lambda pointer: send(self._span, pointer, made))

    def restart(self, channel: int) -> None:
        self._pri.pri_reset(self._span, channel)
        self._set_timer()

    def _order(self, call: int, do: Callable[[Any], Any]) -> None:
        pointer = self._calls.pointer(call)
        if pointer is not None:
            do(pointer)
            self._set_timer()

    # What happens

    def _key(self, pointer: Any) -> int:
        return int(self._ffi.cast("uintptr_t", pointer))

    def _number(self, pointer: Any) -> int:
        return self._calls.number(self._key(pointer), pointer)

    def _text(self, field: Any) -> str:
        return bytes(self._ffi.string(field)).decode("latin-1")

    def _happened(self, event: Any) -> None:
        """The event lies in one buffer that the next turn overwrites: everything is copied here."""
        kind = int(event.e)
        if kind in (UP, DOWN):
            self._tell(reports.LinkUp() if kind == UP else reports.LinkDown())
        elif kind == RESTART:
            self._tell(reports.Restarted(event.restart.channel))
        elif kind == RING:
            self._ring(event.ring)
        elif kind in (INFO, KEYPAD):
            self._digits(kind, event)
        elif kind == SETUP_ACK:
            self._tell(reports.MoreDigits(self._number(event.setup_ack.call), _b(event.setup_ack.channel)))
        elif kind in (PROCEEDING, PROGRESS):
            self._tell(reports.Proceeding(self._number(event.proceeding.call), _b(event.proceeding.channel),
                                          bool(event.proceeding.progressmask & libpri.INBAND)))
        elif kind == RINGING:
            self._tell(reports.Ringing(self._number(event.ringing.call), _b(event.ringing.channel),
                                       bool(event.ringing.progressmask & libpri.INBAND)))
        elif kind == ANSWER:
            self._pri.pri_connect_ack(self._span, event.answer.call, 0)
            self._tell(reports.Connected(self._number(event.answer.call), _b(event.answer.channel)))
        elif kind == CONNECT_ACK:
            self._tell(reports.Connected(self._number(event.connect_ack.call), _b(event.connect_ack.channel)))
        elif kind in (HANGUP_REQ, HANGUP, HANGUP_ACK):
            self._over(kind, event.hangup)
        elif kind == FACILITY and event.facility.call != self._ffi.NULL:
            self._charges(self._number(event.facility.call), event.facility.subcmds)

    def _ring(self, ring: Any) -> None:
        call = self._number(ring.call)
        self._tell(reports.Setup(
            call, _b(ring.channel), self._text(ring.callednum), bool(ring.complete), self._text(ring.callingnum),
            ring.callingplan, ring.callingpres, self._text(ring.callingname), ring.calledplan))

    def _digits(self, kind: int, event: Any) -> None:
        if kind == INFO:
            self._tell(reports.Digits(self._number(event.ring.call), self._text(event.ring.callednum)))
        else:
            self._tell(reports.Digits(self._number(event.digit.call), self._text(event.digit.digits)))

    def _over(self, kind: int, hangup: Any) -> None:
        """DISCONNECT is answered with RELEASE, RELEASE with RELEASE COMPLETE: each by one pri_hangup."""
        pointer, cause = hangup.call, int(hangup.cause)
        if pointer == self._ffi.NULL:
            return
        call = self._number(pointer)
        if not self._charges(call, hangup.subcmds) and hangup.aoc_units > 0:
            self._tell(reports.Charged(call, hangup.aoc_units, "", ""))
        if kind != HANGUP_ACK:
            self._pri.pri_hangup(self._span, pointer, cause)
        if kind != HANGUP_REQ:
            self._calls.forget(call, self._key(pointer))
        if call not in self._told:
            self._told.add(call)
            self._tell(reports.Ended(call, cause))
        if kind != HANGUP_REQ:
            self._told.discard(call)

    def _charges(self, call: int, commands: Any) -> bool:
        """Whether there were any."""
        count = min(commands.counter_subcmd, 8) if commands != self._ffi.NULL else 0
        found = [charge for n in range(count) if (charge := charge_of(self._ffi, call, commands.subcmd[n]))]
        for charge in found:
            self._tell(charge)
        return bool(found)


def _b(channel: int) -> int:
    """The B channel in libpri's number; 0 for none or any."""
    return channel & 0xFF if channel & 0xFF != 0xFF else 0
