"""Plays a dialog against the real GsmLine, over a wire in memory, on time that jumps."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from itertools import count
from pathlib import Path

from appliance.audio.engine import detector_factory
from appliance.audio.frame import FRAME_OCTETS
from appliance.audio.local import LocalAudio
from appliance.lab.virtualtime import run
from appliance.lines.gsm.line import GsmLine, GsmSettings
from appliance.lines.gsm.wire import OnData, OnLost, WireError
from appliance.lines.line import (
    Alerting,
    Answered,
    CallerId,
    Charged,
    EarlyVoice,
    Ended,
    KeyReported,
    KeysRefused,
    LineEvent,
    MessageReceived,
    MessageReport,
    Presentation,
    Rang,
    RingEnded,
    StateChanged,
    StillRinging,
    VoiceLost,
    VoiceNote,
)
from tests.lines.dialog import Dialog, DialogError, Step, read

PATIENCE_S = 120.0  # s of the dialog's own time for the driver to do what is written
# What is asked about messages some time after the start; a dialog that is about them writes it out.
NO_MESSAGES = {"AT+CMGF=0": ["OK"], "AT+CNMI=2,1,0,2,0": ["OK"], "AT+CPMS=?": ["ERROR"], "AT+CMGL=4": ["OK"]}
ESCAPES = {r"\r": "\r", r"\n": "\n", r"\0": "\0", r"\e": "\x1b", r"\_": " ", r"\\": "\\"}


def words(event: LineEvent) -> str:
    """An event as it is written behind `=`."""
    match event:
        case StateChanged(state=state):
            return f"{state.health} {state.why}".strip()
        case Rang(caller=caller):
            return f"Rang {_caller(caller)}"
        case StillRinging(rings=rings):
            return f"StillRinging {rings}"
        case RingEnded():
            return "RingEnded"
        case Alerting() | EarlyVoice() | Charged():
            return type(event).__name__
        case Answered():
            return "Answered"
        case Ended(cause=cause, note=note):
            return f"Ended {cause.name} {note}".strip()
        case KeyReported(key=key):
            return f"Key {key}"
        case MessageReceived(sender=sender, text=text):
            return f"MessageReceived {sender.digits} {text}"
        case KeysRefused(key=key, why=why):
            return f"KeysRefused {key} {why}"
        case VoiceNote(text=text):
            return f"VoiceNote {text}"
        case VoiceLost(why=why):
            return f"VoiceLost {why}"
        case MessageReport(fate=fate, why=why):
            return f"MessageReport {fate} {why}".strip()


def _caller(caller: CallerId) -> str:
    if caller.presentation is not Presentation.SHOWN:
        return caller.presentation
    return f"{caller.digits} {caller.type}"

SOFT = bytes([1, 0, 0, 0]) * (FRAME_OCTETS // 4)


class Breath:
    """An audio port that gives a soft frame every half second, so that nobody thinks it dead."""

    def __init__(self, on_data: Callable[[bytes], None]) -> None:
        self._on_data, self._loop = on_data, asyncio.get_running_loop()
        self._next = self._loop.call_soon(self._give)

    def _give(self) -> None:
        self._next = self._loop.call_later(0.5, self._give)
        self._on_data(SOFT)

    def write(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        self._next.cancel()


class Script:
    """The modem of a dialog: says what is written, and holds the driver to what is written."""

    def __init__(self, dialog: Dialog) -> None:
        self._dialog, self._loop = dialog, asyncio.get_running_loop()
        self._events: deque[LineEvent] = deque()
        self._said: deque[str] = deque()
        self._always: dict[str, list[str]] = {
            command: answers for command, answers in NO_MESSAGES.items()
            if not any(step.kind == ">" and step.text == command for step in dialog.steps)}
        self._here = Step("", 0, "", "")
        self._moved, self._plugged, self._rest = asyncio.Event(), True, b""
        self._data: OnData = lambda data: None
        self._lost: OnLost = lambda why: None
        self._ring, self._leg, self._names = "", "", count(1)
        audio = LocalAudio(lambda source, on_data: Breath(on_data), detector_factory())
        self._line = GsmLine(_settings(dialog.settings), self._open, audio, self._event,
                             lambda: f"ring-{next(self._names)}")
        self._task = asyncio.ensure_future(self._line.run())

    # The wire

    def _open(self, path: str, on_data: OnData, on_lost: OnLost) -> Script:
        if not self._plugged:
            raise WireError(f"{path} is not there", absent=True)
        self._data, self._lost = on_data, on_lost
        return self

    def write(self, data: bytes) -> None:
        data = data.replace(b"\x1b", b"\\e\r").replace(b"\x1a", b"\\z\r")
        *whole, self._rest = (self._rest + data).split(b"\r")
        for command in (line.decode("ascii") or r"\r" for line in whole):
            awaited = self._here.kind == ">" and self._here.text == command
            if command in self._always and not awaited:
                self._loop.call_soon(self._say, *self._always[command])
            elif command != r"\e" or awaited:  # ESC may be said to a modem that is silent; it means nothing
                self._said.append(command)
                self._moved.set()

    def close(self) -> None:
        """The driver has closed the port."""

    def _say(self, *lines: str) -> None:
        for line in lines:
            self._data(f"\r\n{line}\r\n".encode("latin-1"))

    def _event(self, event: LineEvent) -> None:
        if isinstance(event, Rang):
            self._ring = event.ring
        if isinstance(event, MessageReceived | MessageReport):
            event.kept()
        self._events.append(event)
        self._moved.set()

    # The story

    async def play(self) -> None:
        """DialogError at the first line that does not go as written."""
        try:
            for step in self._dialog.steps:
                self._here = step
                await self._step(step)
            self._nothing_else(self._here, "at the end")
        finally:
            self._always = {}
            self._task.cancel()

    async def _step(self, step: Step) -> None:
        if step.kind == ">":
            await self._until(step, self._hears)
        elif step.kind == "=":
            await self._until(step, self._sees)
        elif step.kind == "<":
            self._say(step.text)
            await asyncio.sleep(0.001)
        elif step.kind == "~":
            self._data(re.sub(r"\\.", lambda found: ESCAPES[found[0]], step.text).encode("latin-1"))
        elif step.kind == "always":
            command, _, answers = step.text.partition(" -> ")
            self._always[command] = answers.split(" | ")
        else:
            self._nothing_else(step, "before this")
            await self._does(step)
            self._nothing_else(step, "meanwhile") if step.kind == "wait" else None

    async def _until(self, step: Step, done: Callable[[Step], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not done(step):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise DialogError(step, f"the driver never came to {step.kind} {step.text}{self._instead()}") from None

    def _hears(self, step: Step) -> bool:
        if not self._said:
            return False
        if (said := self._said.popleft()) != step.text:
            raise DialogError(step, f"the driver said {said}, not {step.text}")
        return True

    def _sees(self, step: Step) -> bool:
        if not self._events:
            return False
        told = words(self._events.popleft())
        if not told.startswith(step.text):
            raise DialogError(step, f"the driver told {told!r}, not {step.text!r}")
        return True

    def _nothing_else(self, step: Step, when: str) -> None:
        if self._said or self._events:
            raise DialogError(step, f"{when} there was more{self._instead()}")

    def _instead(self) -> str:
        more = [f"> {said}" for said in self._said] + [f"= {words(event)}" for event in self._events]
        return f"; instead: {', '.join(more)}" if more else ""

    def _plug(self, plugged: bool) -> None:
        self._plugged = plugged
        if not plugged:
            self._lost("unplugged")

    async def _does(self, step: Step) -> None:
        order, _, rest = step.text.partition(" ")
        if step.kind == "wait":
            return await asyncio.sleep(float(step.text))
        if order in ("dial", "answer"):
            self._leg = f"leg-{next(self._names)}"
        actions: dict[str, Callable[[], object]] = {
            "dial": lambda: self._line.dial(self._leg, rest),
            "answer": lambda: self._line.answer(self._ring, self._leg),
            "hang": lambda: self._line.hang_up(self._leg), "reject": lambda: self._line.reject(self._ring),
            "text": lambda: self._line.send_message("1", *rest.split(" ", 1)),
            "key": lambda: self._line.send_keys(self._leg, rest), "stop": self._task.cancel,
            "unplug": lambda: self._plug(False), "plug": lambda: self._plug(True),
        }
        actions[order]()
        return None


def _settings(given: dict[str, str]) -> GsmSettings:
    audio = given.get("audio", "pcm")
    return GsmSettings("gsm1", "modem", "" if audio == "none" else audio, given.get("dialect", "auto"),
                       given.get("sim_pin", ""), float(given.get("rest_s", "0")))


def replay(path: Path) -> None:
    """DialogError names the file and the line where the driver and the dialog part."""
    dialog = read(path)

    async def story() -> None:
        await Script(dialog).play()

    run(story())
