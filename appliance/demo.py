"""`ringback demo`: a real callback in real time against the lab, told line by line, and checked by ear."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import wave
from pathlib import Path

from appliance.commands.layout import Layout
from appliance.commands.routing import route_table
from appliance.gateway import Gateway
from appliance.lab.listening import heard
from appliance.lab.voices import voice
from appliance.labbox import PIN, LabProcess, lab_settings
from appliance.ledger.statement import format_bill, statement
from appliance.lines.line import LineHealth
from appliance.switchboard.story import StoryLine
from appliance.vocabulary.clock import SystemClock

NUMBER = "03012345678"
ANNA_SAYS = "Good morning Bert, this is Anna. The parts for the pump arrive on Thursday, shall I send them on?"
BERT_SAYS = "Hello Anna, yes please. We are at the workshop until six, and the gate at the back is open."
SURE = 0.6  # correlation of loudness; another person's words reach about 0.35
PATIENCE_S = 90.0  # s for the whole story


class DemoFailed(Exception):
    """The story did not go as it should; the text says where."""


class Demo:
    """One story. `out`: the folder for data and recordings."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._lab = LabProcess(out / "data" / "lab")

    async def play(self) -> int:
        await self._lab.start()
        lab_settings(self._out / "data")
        gateway = Gateway(Layout(self._out / "data"))
        gateway.board.story.follow(self._tell)
        try:
            await gateway.start()
            await asyncio.wait_for(self._story(gateway), PATIENCE_S)
            return await self._report(gateway)
        finally:
            await gateway.close()
            await self._lab.stop()

    @staticmethod
    def _tell(line: StoryLine) -> None:
        who = f"call {line.call}" if line.call else "box"
        print(f"{line.at.astimezone():%H:%M:%S}  {who:7} {line.room:8} {line.text}", flush=True)

    async def _story(self, gateway: Gateway) -> None:
        await _until(lambda: all(line.state.health is LineHealth.READY for line in gateway.lines.values()))
        said = _Story(gateway)
        self._say("Anna lets the box's SIM ring once and hangs up: that costs nothing.")
        await self._lab.do("miss", "anna")
        await self._lab.do("wait", "anna", "alerting")
        self._say("Anna's phone rings. She answers.")
        await self._lab.do("answer", "anna")
        await said.line("says: enter_pin")
        await self._lab.do("key", "anna", f"{PIN}#")
        await said.line("says: enter_number")
        self._say(f"Anna keys {NUMBER}#.")
        await self._lab.do("key", "anna", f"{NUMBER}#")
        await said.line("both are connected")
        self._say("They talk.")
        await self._lab.do("say", "anna", ANNA_SAYS)
        await self._lab.do("said", "anna")
        await self._lab.do("say", "bert", BERT_SAYS)
        await self._lab.do("said", "bert")
        self._prices(gateway)
        self._say("Bert hangs up; Anna does, too.")
        await self._lab.do("hangup", "bert")
        await said.line("says: next_number")
        await self._lab.do("hangup", "anna")
        await said.line("over:")

    @staticmethod
    def _say(text: str) -> None:
        print(f"          -- {text}", flush=True)

    def _prices(self, gateway: Gateway) -> None:
        for call in gateway.board.calls.values():
            prices = gateway.board.prices(call)
            self._say("price so far: " + ", ".join(f"{side}-leg {price}" for side, price in prices))

    async def _report(self, gateway: Gateway) -> int:
        table = route_table(gateway.settings, NUMBER, live=None, at=SystemClock().now())
        print("\nThe lines for this number, cheapest first (gsm1 carried Anna's own leg):")
        for row in table["routes"]:
            print(f"  {row['line']}: {row['reason']}")
        print("\nThe bill:\n" + format_bill(statement(gateway.journal.records(limit=20))))
        files = {who: self._out / f"what-{who}-heard.wav" for who in ("anna", "bert")}
        for who, file in files.items():
            await self._lab.do("save", who, str(file))
        ok = True
        print()
        for who, other, words in (("anna", "Bert", BERT_SAYS), ("bert", "Anna", ANNA_SAYS)):
            score = await asyncio.to_thread(heard, _pcm(files[who]), await voice(words, other))
            ok = ok and score >= SURE
            verdict = "heard" if score >= SURE else "DID NOT HEAR"
            print(f"{who.capitalize()} {verdict} {other} (likeness {score:.2f}): {files[who]}")
        return 0 if ok else 1


class _Story:
    """Waits for lines of the story."""

    def __init__(self, gateway: Gateway) -> None:
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        gateway.board.story.follow(lambda line: self._lines.put_nowait(line.text))

    async def line(self, beginning: str) -> None:
        """The next line that begins so. DemoFailed when the call is over before."""
        while not (text := await self._lines.get()).startswith(beginning):
            if text.startswith("over:"):
                raise DemoFailed(f"the call is {text}, before: {beginning}")


async def _until(true: object) -> None:
    assert callable(true)
    while not true():
        await asyncio.sleep(0.02)


def _pcm(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return bytes(file.readframes(file.getnframes()))


def main(out: Path) -> int:
    """0 only when each party heard the other."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    shutil.rmtree(out / "data", ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    try:
        return asyncio.run(Demo(out).play())
    except (DemoFailed, TimeoutError, RuntimeError, OSError) as error:
        print(f"ringback demo: failed: {error or 'the story took too long'}", file=sys.stderr)
        return 1
