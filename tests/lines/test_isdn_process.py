"""An ISDN line with its span in a process of its own, the exchange on a socket, voices through the audio process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from appliance.audio.client import KeyHeard
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from appliance.audio.tones import mix
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.network import Network
from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.isdn.line import IsdnLine
from appliance.lines.isdn.process import ProcessLink
from appliance.lines.isdn.spansettings import SpanSettings
from appliance.lines.line import Answered, Ended, LineEvent, LineHealth, Rang
from appliance.vocabulary.cause import Cause

try:
    load()
except LibpriMissing as error:
    pytest.skip(str(error), allow_module_level=True)

NUMBER = "+493022222220"
TONE = mix((1000,), 4000, -12.0)  # 0.5 s
# What the span's process may load beside the standard library and ours: libpri is GPL-2 only.
ALLOWED = {"cffi", "_cffi_backend", "pycparser"}
OURS = {"appliance.lines", "appliance.lines.isdn", "appliance.vocabulary", "appliance.audio",
        "appliance.daemon", "appliance.daemon.heart", "appliance.daemon.supervisor",
        *(f"appliance.audio.{pure}" for pure in ("frame", "g711", "tones"))}


@pytest.mark.parametrize("module", ["serve", "signalserve"])
def test_a_process_with_libpri_loads_nothing_under_another_licence(module: str) -> None:
    code = (f"import sys; before = set(sys.modules); import appliance.lines.isdn.{module} as s; s.load(); "
            "print(*sorted(set(sys.modules) - before))")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    tops = {name.split(".")[0] for name in loaded}
    assert {top for top in tops - ALLOWED - {"appliance"} if top not in sys.stdlib_module_names} == set()
    rooms = {name for name in loaded if name.startswith("appliance.")}
    assert rooms
    assert {name for name in rooms if name not in OURS and ".".join(name.split(".")[:3]) != "appliance.lines.isdn"
            and not name.startswith("appliance.vocabulary.")} == set()


def libraries(pid: int) -> set[str]:
    """File names of what is mapped into a process."""
    maps = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    return {Path(parts[5]).name for line in maps if len(parts := line.split(maxsplit=5)) == 6}


def has_libpri(pid: int) -> bool:
    return any(name.startswith("libpri.so") for name in libraries(pid))


def test_the_labs_exchange_is_a_process_without_codecs_and_the_lab_one_without_libpri(tmp_path: Path) -> None:
    """One codec of the lab is under Apache-2.0. What is loaded is read from the processes, in mid-life."""
    async def story() -> None:
        from appliance.labbox import LabProcess

        lab = LabProcess(tmp_path / "lab")
        await lab.start()
        assert any("ISDN" in line for line in await lab.do("status"))
        children = Path(f"/proc/{lab.pid}/task/{lab.pid}/children").read_text("utf-8").split()
        with_libpri = [int(pid) for pid in children if has_libpri(int(pid))]
        assert not has_libpri(lab.pid)
        assert len(with_libpri) == 1
        assert not {name for name in libraries(with_libpri[0]) if "amr" in name or "gsm" in name or "espeak" in name}
        await lab.stop()

    asyncio.run(story())


def test_a_rehearsal_has_libpri_elsewhere(tmp_path: Path) -> None:
    """It holds the whole gateway, with a library under Apache-2.0 and one under LGPL-3."""
    file = Path(__file__).parents[1] / "scenarios" / "files" / "isdn-rejects.scenario"
    code = ("import sys; from pathlib import Path; from appliance.rehearsal.player import play_file; "
            "outcome = play_file(Path(sys.argv[1])); assert not outcome.failure, outcome.failure; "
            "assert 'phonenumbers' in sys.modules; print('libpri.so' in Path('/proc/self/maps').read_text())")
    told = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=False)
    assert told.stdout.split()[-1:] == ["False"], told.stderr


class Box:
    """A line, its span's process, an exchange, a far phone."""

    def __init__(self, folder: Path, layout: str) -> None:
        from appliance.lab.isdnport import ExchangePort

        names, settings = count(1), SpanSettings(layout, numbers=(NUMBER,))
        self.network = Network(Transparent)
        self.port = ExchangePort(folder / "outlet", self.network, settings, (NUMBER,))
        self.far = Handset(self.network, "+493012345678", "Far")
        self.audio = AudioProcess(PromptBook(folder / "prompts"), "DE")
        self.link = ProcessLink(f"pair:{folder / 'outlet'}", settings, folder / "isdn1.voices")
        self.line = IsdnLine("isdn1", len(settings.channels), self.link, self.audio, self._told,
                             lambda: f"ring-{next(names)}", always_up=layout != "ptmp", number=NUMBER)
        self.events: list[LineEvent] = []
        self._moved = asyncio.Event()

    def _told(self, event: LineEvent) -> None:
        self.events.append(event)
        self._moved.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():
                self._moved.clear()
                await self._moved.wait()

    async def of(self, kind: type[LineEvent], seen: int = 0) -> LineEvent:
        await self.until(lambda: len([e for e in self.events if isinstance(e, kind)]) > seen)
        return [e for e in self.events if isinstance(e, kind)][seen]

    async def ready(self) -> None:
        await self.until(lambda: self.line.state.health is LineHealth.READY)


def on_box(folder: Path, story: Callable[[Box], Awaitable[None]], layout: str = "ptmp") -> None:
    async def whole() -> None:
        box = Box(folder, layout)
        tasks = [asyncio.ensure_future(box.audio.run()), asyncio.ensure_future(box.line.run())]
        await box.audio.started.wait()
        await box.ready()
        await story(box)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        box.port.close()

    asyncio.run(whole())


@pytest.mark.parametrize("layout", ["ptp", "ptmp", "pri"])
def test_a_call_each_way_between_real_processes(layout: str, tmp_path: Path) -> None:
    async def story(box: Box) -> None:
        box.line.dial("b", box.far.number)
        await box.far.rung()
        box.far.answer()
        answered = await box.of(Answered)
        assert isinstance(answered, Answered)
        box.line.hang_up("b")
        ended = await box.of(Ended)
        assert isinstance(ended, Ended)
        assert ended.cause is Cause.NORMAL
        box.far.call(NUMBER)
        rang = await box.of(Rang)
        assert isinstance(rang, Rang)
        assert rang.caller.digits == box.far.number.lstrip("+")
        box.line.answer(rang.ring, "a")
        await box.of(Answered, seen=1)
        box.far.hang_up()
        await box.of(Ended, seen=1)

    on_box(tmp_path, story, layout)


def test_a_span_that_dies_ends_its_calls_and_comes_back(tmp_path: Path) -> None:
    async def story(box: Box) -> None:
        box.line.dial("b", box.far.number)
        await box.far.rung()
        box.far.answer()
        await box.of(Answered)
        assert box.link.pid
        os.kill(box.link.pid, signal.SIGKILL)
        ended = await box.of(Ended)
        assert isinstance(ended, Ended)
        assert ended.cause is Cause.OUT_OF_ORDER
        assert "ISDN process ended" in ended.note
        await box.far.ended(10)
        await box.ready()
        box.line.dial("c", box.far.number)
        await box.far.rung()
        box.line.hang_up("c")
        await box.of(Ended, seen=1)

    on_box(tmp_path, story)


def test_joined_channels_need_no_audio_process(tmp_path: Path) -> None:
    """It sleeps, and both still hear each other; it wakes, and hears a key."""
    async def story(box: Box) -> None:
        keys, other = asyncio.Queue[str](), Handset(box.network, "+493098765432", "Other")
        box.audio.subscribe(lambda event: keys.put_nowait(event.key) if isinstance(event, KeyHeard) else None)
        for leg, phone in (("a", box.far), ("b", other)):
            box.line.dial(leg, phone.number)
            await phone.rung()
            phone.answer()
        await box.of(Answered, seen=1)
        box.audio.bridge("isdn1:a", "isdn1:b", "in-band")
        box.far.say(TONE)
        await other.heard_something()
        await box.far.said()
        os.kill(box.audio.pid, signal.SIGSTOP)
        box.far.say(TONE)
        other.say(TONE)
        await other.heard_something()
        await box.far.heard_something()
        os.kill(box.audio.pid, signal.SIGCONT)
        await box.far.said()
        box.far.key("7")
        assert await asyncio.wait_for(keys.get(), 10) == "7"
        for n, leg in enumerate("ab"):
            box.line.hang_up(leg)
            await box.of(Ended, seen=n)

    on_box(tmp_path, story)
