"""Whatever a modem says, nothing crashes and nothing is invented; and afterwards the next RING is heard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.audio.engine import detector_factory
from appliance.audio.local import LocalAudio
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.modem import LabModem
from appliance.lab.network import Network
from appliance.lab.persona import PERSONAS
from appliance.lab.ptys import PtyModem
from appliance.lab.virtualtime import run
from appliance.lines.gsm import parser, sms_text
from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.gsm.splitter import LONGEST, LineSplitter
from appliance.lines.gsm.wire import open_serial
from appliance.lines.line import LineEvent, LineHealth, Presentation, Rang, RingEnded, ServiceFailed
from tests.lines.hostile import SEEDS, lines, octets
from tests.lines.replay import Breath

PARSERS: tuple[Callable[[str], object], ...] = (
    parser.parse_clip, parser.parse_clcc, parser.parse_registration, parser.parse_signal, parser.parse_operator,
    parser.parse_attempts, parser.parse_dsci, parser.parse_ccinfo, parser.parse_cend, parser.parse_key,
    lambda line: parser.parse_numbered(line, parser.ACTIVE),
    sms_text.parse_store, sms_text.parse_stores, sms_text.parse_room, sms_text.length_of, sms_text.is_full,
    sms_text.plain_cause, lambda line: sms_text.parse_listing([line, line]),
    lambda line: sms_text.parse_read([line, line]),
)
BULK = 1_000_000  # lines given to parsers and engine together


def test_no_parser_raises_on_a_million_lines() -> None:
    """Each line goes to the parser whose turn it is; every parser gets about 30 000."""
    at = 0
    for line in lines(1, BULK * 6 // 10):
        PARSERS[at](line)
        at = (at + 1) % len(PARSERS)


def test_no_engine_raises_on_the_rest_of_them() -> None:
    """The engine hears them while commands wait for their answers, in pieces that end anywhere."""
    random = Random(2)

    async def story() -> int:
        urcs: list[str] = []
        dead: list[str] = []
        answered = 0
        engine = AtEngine(lambda data: None, urcs.append, dead.append)
        for turn in range(BULK * 4 // 10 // 40):
            if dead:
                engine.close()
                engine = AtEngine(lambda data: None, urcs.append, dead.append)
                dead.clear()
            asked = engine.submit("AT+CLCC", expect="+CLCC:", call=turn % 3 == 0) if engine.idle else None
            engine.received(b"".join(octets(random) for _ in range(40)))
            await asyncio.sleep(1)
            answered += bool(asked and asked.done())
            urcs.clear()
        engine.close()
        return answered

    assert run(story()) > 1000


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_parsers_take_any_text(text: str) -> None:
    for parse in PARSERS:
        parse(text)
        parse(f"+CLCC: {text}")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(max_size=10), st.text(max_size=4))
def test_a_caller_is_digits_or_nobody(number: str, kind: str, validity: str) -> None:
    caller = parser.caller(number, kind, validity)
    if caller.presentation is Presentation.SHOWN:
        assert re.fullmatch(r"\+?[0-9]{2,20}", caller.digits, re.ASCII)
    else:
        assert caller.digits == ""


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=20))
def test_lines_are_the_same_however_the_octets_are_cut(pieces: list[bytes]) -> None:
    """But for the prompt, which has no end and so depends on what has come so far."""
    data = b"".join(pieces).replace(b">", b"")
    whole, splitter = LineSplitter().feed(data), LineSplitter()
    cut = [line for octet in data for line in splitter.feed(bytes([octet]))]
    assert cut == whole
    assert all(line.isascii() and "\r" not in line and "\0" not in line for line in cut)


@pytest.mark.parametrize("line", SEEDS)
def test_real_lines_survive_splitting(line: str) -> None:
    assert LineSplitter().feed(f"\r\n{line}\r\n".encode()) == [line.strip()]


def test_a_line_without_end_takes_no_memory() -> None:
    splitter = LineSplitter()
    for _ in range(1000):
        splitter.feed(b"x" * 1000)
    assert [len(line) for line in splitter.feed(b"\n")] == [LONGEST]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.integers(min_value=1, max_value=40))
def test_an_engine_that_heard_anything_still_gets_its_answer(noise: bytes, size: int) -> None:
    """Whatever was said before: after the tagged question, answers and commands are in step again."""
    async def story() -> None:
        out: list[bytes] = []
        engine = AtEngine(out.append, lambda line: None, lambda why: None)
        engine.submit("AT+X", timeout=1.0)
        for at in range(0, len(noise), size):
            engine.received(noise[at : at + size])
        await asyncio.sleep(2)
        if out[-1] == b"AT+CPAS\r":
            engine.received(b"\r\nOK\r\n\r\n+CPAS: 0\r\n\r\nOK\r\n")
        else:
            engine.received(b"\r\n\r\n")
        asked = engine.submit("AT+CSQ", expect="+CSQ:")
        engine.received(b"\r\n+CSQ: 7,99\r\n\r\nOK\r\n")
        assert (await asked).info("+CSQ:") == "+CSQ: 7,99"
        engine.close()

    run(story())


# The whole driver, through a real pty

class Watched:
    """The driver on a pty, with what it told."""

    def __init__(self, folder: Path, persona: str) -> None:
        network = Network(Transparent)
        self.modem = LabModem(network, "+4915112345601", PERSONAS[persona])
        self.pty = PtyModem(folder, "sim", self.modem)
        self.phone = Handset(network, "+493012345678", "Far")
        self.events: list[LineEvent] = []
        self._moved = asyncio.Event()
        names = count(1)
        audio = LocalAudio(lambda source, on_data: Breath(on_data), detector_factory())
        self.line = GsmLine(GsmSettings("gsm1", str(folder / "sim-at"), "pcm", rest_s=0.0), open_serial, audio,
                            self._told, lambda: f"ring-{next(names)}")

    def _told(self, event: LineEvent) -> None:
        self.events.append(event)
        self._moved.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Looks at every event, and now and then: a ring that nobody was told of ends in silence."""
        async with asyncio.timeout(60):
            while not true():
                self._moved.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), 0.1)

    async def ready(self) -> None:
        await self.until(lambda: self.line.state.health is LineHealth.READY)


    async def in_step(self) -> None:
        """Until the line has an answer to a question of now: then it has read all that was said before."""
        while True:
            await self.until(lambda: self.line.state.health is LineHealth.READY and self.line.busy == 0)
            with suppress(ServiceFailed):
                await self.line.erase_forwarding()
                return


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_next_ring_is_heard_after_a_thousand_hostile_lines(persona: str, tmp_path: Path) -> None:
    async def story() -> list[LineEvent]:
        on = Watched(tmp_path, persona)
        task = asyncio.ensure_future(on.line.run())
        await on.ready()
        random = Random(persona)
        for _ in range(1000):
            on.modem.say(octets(random))
            await asyncio.sleep(0)
        on.modem.say(b"\r\n\r\nNO CARRIER\r\n")  # whatever rang of itself is over
        await on.in_step()
        before = len([event for event in on.events if isinstance(event, Rang)])
        on.phone.call(on.modem.number)
        await on.until(lambda: len([event for event in on.events if isinstance(event, Rang)]) > before)
        last = [event for event in on.events if isinstance(event, Rang)][-1]
        on.phone.hang_up()
        await on.until(lambda: any(isinstance(e, RingEnded) and e.ring == last.ring for e in on.events))
        assert last.caller.digits == on.phone.number
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        on.pty.close()
        return on.events

    events = asyncio.run(story())
    assert any(isinstance(event, Rang) for event in events)
