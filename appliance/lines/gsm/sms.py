"""Messages of one modem: read from whatever memory they are in, handed on, deleted when durable; sent one at a time.

Calls come first: nothing is asked while the line is busy, or was a moment ago."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from appliance.lines.gsm.at import PDU, AtEngine, Reply
from appliance.lines.gsm.pdu import BadPdu, Delivered, Report, read, submits
from appliance.lines.gsm.sms_memory import Memory
from appliance.lines.gsm.sms_text import FULL, SOON, cms_error, is_full, length_of, parse_store, plain_cause
from appliance.lines.line import (
    CallerId,
    Ended,
    LineEvent,
    MessageFate,
    MessageReceived,
    MessageReport,
    RingEnded,
    Sink,
)

log = logging.getLogger("ringback.lines.gsm")
SETTLE_S = 10.0  # s after the start: calls come first
QUIET_S = 4.0  # s that the line must have been free: after a missed call, ringing back comes first
GATHER_S = 0.3  # s after a notification: more parts may follow
SWEEP_S = 300.0  # s between two looks that nobody asked for: a notification may be lost
AGAIN_S = 20.0  # s after a look that failed
PROMPT_S = 10.0  # s for "> "
TRIES, RETRY_S = 3, 15.0  # of a message that failed for a cause that may be gone in a moment; s between them
# Notify when a message is stored; reports stored, too, or else told at once; or as the modem can. 27.005 § 3.4.1
NOTIFY = ("AT+CNMI=2,1,0,2,0", "AT+CNMI=2,1,0,1,0", "AT+CNMI=1,1,0,1,0", "AT+CNMI=1,1,0,0,0", "AT+CNMI=2,1")


@dataclass
class _Outgoing:
    message: str
    number: str
    text: str
    tries: int = 0
    begun: bool = False
    references: list[int] = field(default_factory=list)  # of the parts that the network has


class Sms:
    """Lives as long as the line; `open` and `close` frame each life of its modem."""

    def __init__(self, line: str, sink: Sink, busy: Callable[[], bool]) -> None:
        self._line, self._sink, self._busy = line, sink, busy
        self._engine: AtEngine | None = None
        self._memory: Memory | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue: deque[_Outgoing] = deque()
        self._wake = asyncio.Event()
        self._sweep_at = self._quiet_from = 0.0
        self._head = ""  # +CDS or +CMT, whose PDU comes next
        self._told_how = False  # the modem knows how to tell of messages

    def watching(self, sink: Sink) -> Sink:
        """The sink, and who hears through it when a call is over: ringing back comes first."""
        def told(event: LineEvent) -> None:
            if isinstance(event, RingEnded | Ended):
                self._quiet_from = asyncio.get_running_loop().time() + QUIET_S
            sink(event)
        return told

    # Life

    def open(self, engine: AtEngine) -> None:
        """The modem is ready."""
        self._engine, self._memory = engine, Memory(engine, self._take, self._wanted)
        self._task = asyncio.ensure_future(self._live(engine, self._memory))

    def close(self) -> None:
        """The modem is gone: what was not sent is not sent."""
        if self._task:
            self._task.cancel()
        self._engine = self._memory = self._task = None
        self._head = ""
        waiting, self._queue = self._queue, deque()
        for out in waiting:
            if out.begun:
                self._failed(out, plain_cause("lost"), MessageFate.UNKNOWN)
            else:
                self._failed(out, "the modem went away before it was sent")

    async def _live(self, engine: AtEngine, memory: Memory) -> None:
        """Whatever a modem says, reading goes on."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(SETTLE_S)
        self._told_how, self._sweep_at = False, loop.time()
        while True:
            try:
                await self._turn(engine, memory)
            except Exception:
                log.exception("%s: messages", self._line)
                await asyncio.sleep(AGAIN_S)

    async def _turn(self, engine: AtEngine, memory: Memory) -> None:
        await self._free()
        loop = asyncio.get_running_loop()
        if loop.time() >= self._sweep_at:
            self._sweep_at = loop.time() + SWEEP_S
            self._told_how = self._told_how or await self._prepare(engine, memory)
            if not await memory.sweep():
                self._look_in(AGAIN_S)
        elif self._queue:
            await self._send(engine, self._queue[0])
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._sweep_at - loop.time()):
                    await self._wake.wait()
        self._wake.clear()

    async def _free(self) -> None:
        """Waits until the line is free and has been for a moment."""
        while self._wanted():
            await asyncio.sleep(max(self._quiet_from - asyncio.get_running_loop().time(), 1.0))

    def _wanted(self) -> bool:
        """A call has the line, or had it just now."""
        return self._busy() or asyncio.get_running_loop().time() < self._quiet_from

    @staticmethod
    async def _prepare(engine: AtEngine, memory: Memory) -> bool:
        """False: the modem tells of no message, and is asked again at the next sweep, which finds them all the same."""
        await engine.command("AT+CMGF=0", tries=2)
        await memory.find_stores()
        for notify in NOTIFY:
            if (await engine.command(notify, tries=2)).ok:
                return True
        return False

    def _look_in(self, seconds: float) -> None:
        at = asyncio.get_running_loop().time() + seconds
        self._sweep_at = min(self._sweep_at, at)
        self._wake.set()

    # What the modem says

    def urc(self, line: str) -> bool:
        """Whether the line was about messages."""
        if self._head and PDU.fullmatch(line):
            head, self._head = self._head, ""
            self._told(head, line)
            return True
        if line.startswith(("+CMTI:", "+CDSI:")):
            if self._memory and (store := parse_store(line)):
                self._memory.told(store)
            self._look_in(GATHER_S)
        elif line.startswith(("+CDS:", "+CMT:")):
            self._head = line
        elif is_full(line):
            self._look_in(GATHER_S)
        else:
            return False
        return True

    def _told(self, head: str, pdu: str) -> None:
        """A message that the modem keeps nowhere. Without AT+CNMA the network, where it asks for it, tells it again."""
        durable = self._take(pdu, length_of(head))
        if durable and head.startswith("+CMT:") and self._engine and not self._busy():
            self._engine.submit("AT+CNMA")  # elsewhere an error that does not matter

    def _take(self, pdu: str, length: int) -> bool:
        """Hands it on. True: it is durable, or nothing of ours, and may be deleted."""
        kept: list[bool] = []
        try:
            read_ = read(pdu, length)
        except BadPdu as why:
            self._sink(MessageReceived(self._line, CallerId(), "", "", None, raw=pdu, fault=str(why),
                                       kept=lambda: kept.append(True)))
            return bool(kept)
        if isinstance(read_, Delivered):
            self._sink(MessageReceived(self._line, read_.sender, read_.name, read_.text, read_.sent, read_.part, pdu,
                                       kept=lambda: kept.append(True)))
        elif isinstance(read_, Report):
            if (fate := _fate(read_.status)) is None:
                return True  # the network is still trying
            self._sink(MessageReport(self._line, fate, why=f"status {read_.status}", number=read_.number,
                                     references=(read_.reference,), kept=lambda: kept.append(True)))
        return bool(kept)

    # Sending

    def send(self, message: str, number: str, text: str) -> None:
        """Queues it. SENT or FAILED follows."""
        out = _Outgoing(message, number, text)
        if self._engine is None:
            return self._failed(out, "the line is not ready")
        self._queue.append(out)
        return self._wake.set()

    async def _send(self, engine: AtEngine, out: _Outgoing) -> None:
        try:
            parts = submits(out.number, out.text, _reference(out.message))
        except ValueError as why:
            return self._over(out, str(why))
        while len(out.references) < len(parts):
            await self._free()
            part, out.begun = parts[len(out.references)], True
            reply = await engine.submit(f"AT+CMGS={part.length}", expect="+CMGS:", timeout=PROMPT_S, body=part.text)
            if reply.ok:
                out.references.append(_given(reply))
                continue
            out.tries += 1
            if cms_error(reply.final) not in SOON or out.tries >= TRIES:
                gone = f"{len(out.references)} of {len(parts)} parts went out; then: " if out.references else ""
                unknown = reply.final in ("timeout", "lost")  # never sent again: it may have gone out, and it costs
                return self._over(out, gone + plain_cause(reply.final),
                                  MessageFate.UNKNOWN if unknown else MessageFate.FAILED)
            if cms_error(reply.final) == FULL and self._memory:
                await self._memory.sweep()
            await asyncio.sleep(RETRY_S)
        return self._over(out)

    def _over(self, out: _Outgoing, why: str = "", fate: MessageFate = MessageFate.FAILED) -> None:
        self._queue.popleft()
        if why:
            return self._failed(out, why, fate)
        return self._sink(MessageReport(self._line, MessageFate.SENT, out.message, number=out.number,
                                        references=tuple(out.references)))

    def _failed(self, out: _Outgoing, why: str, fate: MessageFate = MessageFate.FAILED) -> None:
        self._sink(MessageReport(self._line, fate, out.message, why, out.number, tuple(out.references)))


def _given(reply: Reply) -> int:
    """The reference by which the network will report: `+CMGS: <mr>`."""
    digits = reply.info("+CMGS:").partition(":")[2].split(",")[0].strip()
    return int(digits) if digits.isascii() and digits.isdigit() else -1


def _reference(message: str) -> int:
    """Of the parts of a long message: another one for the next message."""
    return int(message) % 256 if message.isascii() and message.isdigit() else sum(message.encode()) % 256


def _fate(status: int) -> MessageFate | None:
    """23.040 § 9.2.3.15: below 32 it arrived, below 64 the network is still trying."""
    if status < 0x20:
        return MessageFate.DELIVERED
    return None if status < 0x40 else MessageFate.UNDELIVERED
