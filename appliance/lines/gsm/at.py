"""The AT engine: one command at a time, and no unsolicited line ever lost to it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

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
RESYNC, RESYNC_ANSWER = "AT+CPAS", "+CPAS:"  # tagged, because a late OK could be taken for the answer to a bare AT
ESCAPE = b"\x1b"  # leaves a stuck "> " prompt


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
    lines: list[str] = field(default_factory=list)


class AtEngine:
    """Commands in order, one at a time; urgent ones next. `on_urc` hears every other line, in order, at once."""

    def __init__(
        self, write: Callable[[bytes], None], on_urc: Callable[[str], None], on_dead: Callable[[str], None],
        urcs: tuple[str, ...] = (),
    ) -> None:
        self._write, self._on_urc, self._on_dead = write, on_urc, on_dead
        self.urcs = COMMON_URCS + urcs
        self._splitter = LineSplitter()
        self._queue: deque[_Pending] = deque()
        self._now: _Pending | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._dirty = False
        self._loop = asyncio.get_running_loop()

    @property
    def idle(self) -> bool:
        return self._now is None and not self._queue

    def submit(
        self, text: str, *, expect: str = "", timeout: float = 5.0, call: bool = False, urgent: bool = False
    ) -> asyncio.Future[Reply]:
        """Sends a command, at once when nothing is pending. `expect`: the prefix of its information lines, which are
        then no URCs; `call`: ATD and ATA, which end in NO CARRIER and its like. `timeout` in s."""
        pending = _Pending(text, expect, timeout, call, self._loop.create_future())
        if urgent:
            self._queue.appendleft(pending)
        else:
            self._queue.append(pending)
        self._pump()
        return pending.done

    async def command(self, text: str, *, expect: str = "", timeout: float = 5.0) -> Reply:
        return await self.submit(text, expect=expect, timeout=timeout)

    def received(self, data: bytes) -> None:
        """Octets from the modem."""
        for line in self._splitter.feed(data):
            self._line(line)

    def close(self) -> None:
        """The port is gone: whatever waits is answered "lost"."""
        if self._timer:
            self._timer.cancel()
        waiting = [*([self._now] if self._now else []), *self._queue]
        self._now = None
        self._queue.clear()
        for pending in waiting:
            if not pending.done.done():
                pending.done.set_result(Reply("lost"))

    def _pump(self) -> None:
        if self._now or not (self._queue or self._dirty):
            return
        if self._dirty:
            self._queue.appendleft(_Pending(RESYNC, RESYNC_ANSWER, 3.0, False, self._loop.create_future()))
            self._dirty = False
        self._now = self._queue.popleft()
        self._timer = self._loop.call_later(self._now.timeout, self._timed_out)
        log.debug("> %s", self._now.text)
        self._write(self._now.text.encode("ascii", "replace") + b"\r")

    def _line(self, line: str) -> None:
        log.debug("< %s", line)
        now = self._now
        if now is None:
            return self._unasked(line)
        if line == now.text or (line.startswith("AT") and line.rstrip("\r") == now.text):
            return None  # echo
        if now.text == RESYNC and now.expect == RESYNC_ANSWER and not now.lines:
            return self._resyncing(now, line)
        if self._final(now, line):
            return self._finish(Reply(line, tuple(now.lines)))
        if now.expect and line.startswith(now.expect):
            return now.lines.append(line)
        if line.startswith(self.urcs):
            return self._on_urc(line)
        if line == PROMPT:
            return self._write(ESCAPE)  # no command of ours asks for text here
        return now.lines.append(line)

    def _resyncing(self, now: _Pending, line: str) -> None:
        """Everything before the tagged answer belongs to commands that were given up."""
        if line.startswith(RESYNC_ANSWER):
            now.lines.append(line)
        elif line.startswith("+CME ERROR") or not line.startswith(("OK", *ERRORS)):
            self._unasked(line)

    def _unasked(self, line: str) -> None:
        if line == PROMPT:
            self._write(ESCAPE)
        elif line not in ("OK", "ERROR"):  # a late final of a command that was given up says nothing
            self._on_urc(line)

    @staticmethod
    def _final(now: _Pending, line: str) -> bool:
        if line == "OK" or line.startswith(ERRORS):
            return True
        return now.call and line.startswith(CALL_FINALS)

    def _finish(self, reply: Reply) -> None:
        now, self._now = self._now, None
        if self._timer:
            self._timer.cancel()
        if now and not now.done.done():
            now.done.set_result(reply)
        self._pump()

    def _timed_out(self) -> None:
        assert self._now
        if self._now.text == RESYNC and self._now.expect == RESYNC_ANSWER:
            return self._on_dead("the modem does not answer any more")
        self._dirty = True
        self._write(ESCAPE)
        return self._finish(Reply("timeout", tuple(self._now.lines)))
