"""The AT engine: one command at a time, and no unsolicited line ever lost to it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from appliance.lines.gsm.brokentext import BrokenText
from appliance.lines.gsm.splitter import PROMPT, LineSplitter

log = logging.getLogger("ringback.lines.gsm")

# 3GPP TS 27.007 and V.250; every family says some of these unasked. A family's own come with its dialect.
COMMON_URCS = (
    "RING", "+CRING:", "+CLIP:", "+CCWA:", "+CREG:", "+CEREG:", "+CGREG:", "+CMTI:", "+CMT:", "+CDS:", "+CDSI:",
    "+CUSD:", "+CSSI:", "+CSSU:", "+CLCC:", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "RDY",
    "+CPIN:", "+COLP:", "CONNECT",
)
CALL_FINALS = ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "CONNECT")
ERRORS = ("ERROR", "+CME ERROR:", "+CMS ERROR:", "COMMAND NOT SUPPORT")
# Tagged, because a late OK could be taken for the answer to a bare AT; three, so that a late answer to one is not taken
# for the next; and questions that nothing else here ever asks.
RESYNC = (("AT+CPAS", "+CPAS:"), ("AT+CFUN?", "+CFUN:"), ("AT+CMGF?", "+CMGF:"))
RESYNC_S = 3.0  # s for each, where nobody waits
RESTARTED = "RDY"  # what many modems say when they have restarted; those that do not have forgotten ATE0
ESCAPE = b"\x1b"  # leaves a stuck "> " prompt
END_OF_TEXT = b"\x1a"
TEXT_S = 60.0  # s for the network to take a text that was handed over; 3GPP TS 24.011 needs up to 45
TWO_LINES = ("+CDS:", "+CMT:")  # a PDU follows in a line of its own; 27.005 § 3.4.1
PDU = re.compile(r"[0-9A-Fa-f]{12,}")


@dataclass(frozen=True, slots=True)
class Reply:
    """`final` is the last line ("timeout" and "lost" are ours), `lines` the information before it."""

    final: str
    lines: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.final == "OK"

    def info(self, prefix: str) -> str:
        """The first line with that prefix, or ""."""
        return next((line for line in self.lines if line.startswith(prefix)), "")


@dataclass
class _Pending:
    text: str
    expect: str
    timeout: float
    call: bool
    done: asyncio.Future[Reply]
    resync_s: float = RESYNC_S  # for each question, should this not be answered
    resync: int = 0  # which of RESYNC this is, from 1; 0 = a command like any other
    body: str = ""  # handed over at the prompt "> "
    pdus: bool = False  # lines of hexadecimal digits belong to the answer
    typed: str = ""  # the body, once it was handed over: a modem may echo it
    lines: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """For the log: a PIN is nobody's business."""
        return 'AT+CPIN="..."' if self.text.startswith("AT+CPIN=") else self.text


class AtEngine:
    """Commands in order, one at a time; urgent ones next. `on_urc` hears every other line, in order, at once."""

    def __init__(
        self, write: Callable[[bytes], None], on_urc: Callable[[str], None], on_dead: Callable[[str], None],
        urcs: tuple[str, ...] = (), listeners: Iterable[Callable[[str, str], None]] = (),
    ) -> None:
        """`listeners` hear the whole dialog: "> " or "< ", and the line."""
        self._listeners = listeners
        self._write, self._on_urc, self._on_dead = write, on_urc, on_dead
        self.urcs = COMMON_URCS + urcs
        self._splitter = LineSplitter()
        self._broken = BrokenText(on_urc)
        self._queue: deque[_Pending] = deque()
        self._now: _Pending | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._doubt_s = RESYNC_S
        self._doubt = 0  # which of RESYNC must come before the next command; 0 = answers and commands are in step
        self._heard = self._closed = self._pdu_follows = False
        self._echoes = True  # the command that was sent last came back
        self._quiet = False  # it was told not to echo, and does not
        self._loop = asyncio.get_running_loop()

    @property
    def idle(self) -> bool:
        return self._now is None and not self._queue

    def submit(
        self, text: str, *, expect: str = "", timeout: float = 5.0, call: bool = False, urgent: bool = False,
        body: str = "", pdus: bool = False, resync_s: float = RESYNC_S,
    ) -> asyncio.Future[Reply]:
        """Sends a command, at once when nothing is pending. `expect`: the prefix of its information lines, which are
        then no URCs; `call`: ATD and ATA, which end in NO CARRIER and its like. `timeout` in s. `body`: what is handed
        over when the modem asks for text; `pdus`: lines of hexadecimal digits belong to the answer, too. `resync_s`: s
        for each of the three questions that follow when it is not answered, before the modem counts as dead."""
        pending = _Pending(text, expect, timeout, call, self._loop.create_future(), resync_s, body=body, pdus=pdus)
        if self._closed:
            pending.done.set_result(Reply("lost"))
        elif urgent:
            self._queue.appendleft(pending)
        else:
            self._queue.append(pending)
        self._pump()
        return pending.done

    async def command(self, text: str, *, expect: str = "", timeout: float = 5.0, tries: int = 1) -> Reply:
        """Waits for the answer. `tries`: how often it is asked while it is not answered at all."""
        reply = await self.submit(text, expect=expect, timeout=timeout)
        while reply.final == "timeout" and (tries := tries - 1) > 0:
            reply = await self.submit(text, expect=expect, timeout=timeout)
        return reply

    def settled(self) -> None:
        """The modem is prepared. An echo from now on means that it has forgotten that: it restarted."""
        self._quiet = not self._echoes

    def withdraw(self, done: asyncio.Future[Reply]) -> bool:
        """Takes a command back that was not sent yet. False when it is too late for that."""
        waiting = next((pending for pending in self._queue if pending.done is done), None)
        if waiting:
            self._queue.remove(waiting)
        return waiting is not None

    def interrupt(self) -> None:
        """Any character aborts a pending ATD or ATA; nothing else is ever interrupted. V.250 § 5.6.1."""
        if self._now and self._now.call:
            self._write(b"\r")

    def received(self, data: bytes) -> None:
        """Octets from the modem."""
        for line in self._splitter.feed(data):
            self._line(line)

    def close(self) -> None:
        """The port is gone: whatever waits is answered "lost"."""
        self._closed = True
        self._broken.close()
        if self._timer:
            self._timer.cancel()
        waiting = [*([self._now] if self._now else []), *self._queue]
        self._now = None
        self._queue.clear()
        for pending in waiting:
            if not pending.done.done():
                pending.done.set_result(Reply("lost"))

    def _pump(self) -> None:
        if self._now or self._closed or not (self._queue or self._doubt):
            return
        if self._doubt:
            question, answer = RESYNC[self._doubt - 1]
            done: asyncio.Future[Reply] = self._loop.create_future()
            self._queue.appendleft(_Pending(question, answer, self._doubt_s, False, done, self._doubt_s, self._doubt))
            self._doubt = 0
        self._now = self._queue.popleft()
        self._timer = self._loop.call_later(self._now.timeout, self._timed_out)
        self._echoes = False
        log.debug("> %s", self._now.shown)
        self._told("> ", self._now.shown)
        self._write(self._now.text.encode("ascii", "replace") + b"\r")

    def _told(self, way: str, line: str) -> None:
        for listener in tuple(self._listeners):
            listener(way, line)

    def _line(self, line: str) -> None:
        now, self._heard = self._now, True
        self._told("< ", line)
        if self._broken.takes(line, self._known):
            return None
        if self._pdu_follows and PDU.fullmatch(line):
            self._pdu_follows = False
            return self._on_urc(line)
        if line.startswith(TWO_LINES):
            self._pdu_follows = True
        if now is None:
            return self._unasked(line)
        if line == now.text:
            return self._echoed()
        if now.typed and line.rstrip("\x1a") == now.typed:
            return None  # some echo that whatever ATE0 said
        log.debug("< %s", line)
        if now.resync and not now.lines:
            return self._resyncing(now, line)
        if self._final(now, line):
            return self._answered(now, line)
        if now.expect and line.startswith(now.expect):
            return now.lines.append(line)
        if now.pdus and PDU.fullmatch(line):
            return now.lines.append(line)
        if line == PROMPT and now.body:
            return self._hand_over(now)
        if line == PROMPT:
            return self._give_up(now)  # this command asks for no text: the modem has taken it for one
        if now.expect or line.startswith(self.urcs):
            return self._on_urc(line)
        return now.lines.append(line)

    def _known(self, line: str) -> bool:
        """By its beginning; a text of the network must not swallow it."""
        if line in ("OK", PROMPT) or line.startswith((*ERRORS, *CALL_FINALS, *self.urcs)):
            return True
        now = self._now
        if (self._pdu_follows or (now and now.pdus)) and PDU.fullmatch(line):
            return True
        return now is not None and (line == now.text or bool(now.expect and line.startswith(now.expect)))

    def _hand_over(self, now: _Pending) -> None:
        """The text; whatever the modem says unasked meanwhile is heard as ever."""
        now.typed, now.body = now.body, ""
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(TEXT_S, self._timed_out)
        self._write(now.typed.encode("ascii", "replace") + END_OF_TEXT)

    def _echoed(self) -> None:
        self._echoes = True
        if self._quiet:
            self._quiet = False
            self._on_urc(RESTARTED)

    def _resyncing(self, now: _Pending, line: str) -> None:
        """Everything before the tagged answer belongs to commands that were given up."""
        if line.startswith(now.expect):
            now.lines.append(line)
        else:
            self._unasked(line)

    def _unasked(self, line: str) -> None:
        if line == PROMPT:
            self._write(ESCAPE)
        elif line != "OK" and not line.startswith(ERRORS):  # a late final says nothing about anything now
            self._on_urc(line)

    @staticmethod
    def _final(now: _Pending, line: str) -> bool:
        if line == "OK" or line.startswith(ERRORS):
            return True
        return now.call and line.startswith(CALL_FINALS)

    def _answered(self, now: _Pending, line: str) -> None:
        """NO CARRIER may end ATA, or a ring in the moment of ATA, whose own answer is then still to come."""
        if line.startswith(CALL_FINALS):
            self._doubt, self._doubt_s = 1, RESYNC_S
        self._finish(Reply(line, tuple(now.lines)))

    def _finish(self, reply: Reply) -> None:
        now, self._now = self._now, None
        if self._timer:
            self._timer.cancel()
        if now and not now.done.done():
            now.done.set_result(reply)
        self._pump()

    def _timed_out(self) -> None:
        assert self._now
        self._give_up(self._now)

    def _give_up(self, now: _Pending) -> None:
        """No answer, or none that can be told from another's."""
        if now.resync == len(RESYNC):
            return self._on_dead("the modem does not answer any more" if self._heard else
                                 "nothing answers AT on this port; is `at` the modem's AT port?")
        self._doubt, self._doubt_s = now.resync + 1, now.resync_s
        self._write(ESCAPE)
        return self._finish(Reply("timeout", tuple(now.lines)))
