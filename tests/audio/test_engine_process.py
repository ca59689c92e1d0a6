"""The real audio process over real ptys: bridge, keys, stale audio, vanishing ports, death and return, bad orders."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from appliance.audio.client import (
    AudioEvent,
    EngineLost,
    KeyHeard,
    Played,
    Pong,
    PortAlive,
    PortClosed,
    PortFailed,
    PortOpened,
    PortSilent,
    PortStatistics,
    Silent,
    Tone,
)
from appliance.audio.codec import event_line, order_line, read_event
from appliance.audio.process import AudioProcess
from appliance.audio.prompts.book import PromptBook
from appliance.audio.tones import key_tone, mix
from appliance.vocabulary.clock import seeded
from tests.audio.listening import cut
from tests.bench.audioport import FRAME, AudioPort

PATIENCE_S = 20.0  # s; a busy machine may need some
SPEECH = list(cut(mix((300.0, 900.0), 8000, -15.0)))
Event = TypeVar("Event")
Story = Callable[["Rig"], Coroutine[None, None, None]]


class Rig:
    """An audio process, modems' ends of ptys, and what was told."""

    def __init__(self, audio: AudioProcess) -> None:
        self.audio = audio
        self.events: list[AudioEvent] = []
        self.modems: list[AudioPort] = []
        self._told = asyncio.Event()
        audio.subscribe(self._hear)

    def _hear(self, event: AudioEvent) -> None:
        self.events.append(event)
        self._told.set()

    async def told(self, kind: type[Event], port: str = "") -> Event:
        """The first event of that kind (about that port) not asked for yet; those before it stay."""
        while True:
            for at, event in enumerate(self.events):
                if isinstance(event, kind) and (not port or getattr(event, "port", "") == port):
                    del self.events[at]
                    return event
            self._told.clear()
            await self._told.wait()

    async def opened(self, name: str) -> AudioPort:
        modem = AudioPort()
        self.modems.append(modem)
        self.audio.open(name, modem.path)
        await self.told(PortOpened, name)
        return modem

    async def exact(self, modem: AudioPort, octets: int) -> bytes:
        """That many octets of what the box gave the modem, cut nowhere."""
        got = b""
        while len(got) < octets:
            await readable(modem.fd)
            got += os.read(modem.fd, octets - len(got))
        return got


async def readable(fd: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(fd, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(fd)


@asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    audio = AudioProcess(PromptBook(folder / "prompts"), "DE")
    made = Rig(audio)
    running = asyncio.create_task(audio.run())
    await audio.started.wait()
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for modem in made.modems:
            modem.close()


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    async def whole(story: Story) -> None:
        async with asyncio.timeout(PATIENCE_S), rig(tmp_path) as made:
            await story(made)

    return lambda story: asyncio.run(whole(story))


Play = Callable[[Story], None]


async def exchange(box: Rig, giver: AudioPort, taker: AudioPort, frame: bytes) -> bytes:
    """One frame from modem to modem; the other keeps pace with silence, which is taken off."""
    giver.write(frame)
    got = await box.exact(taker, FRAME)
    taker.write(bytes(FRAME))
    await box.exact(giver, FRAME)
    return got


def test_two_ports_are_bridged_octet_for_octet(play: Play) -> None:
    async def story(box: Rig) -> None:
        a, b = await box.opened("a"), await box.opened("b")
        box.audio.bridge("a", "b")
        box.audio.statistics("a")
        await box.told(PortStatistics)
        for frame in SPEECH:
            assert await exchange(box, a, b, frame) == frame

    play(story)


def test_odd_pieces_come_out_whole(play: Play) -> None:
    async def story(box: Rig) -> None:
        a, b = await box.opened("a"), await box.opened("b")
        box.audio.bridge("a", "b")
        box.audio.statistics("a")
        await box.told(PortStatistics)
        a.write(SPEECH[0][:321] + SPEECH[1][:80])
        assert await box.exact(b, FRAME) == SPEECH[0]
        a.write(SPEECH[1][80:] + SPEECH[2][:3])
        assert await box.exact(b, FRAME) == SPEECH[1]
        b.write(bytes(FRAME))
        a.write(SPEECH[2][3:])
        assert await box.exact(b, FRAME) == SPEECH[2]

    play(story)


def test_what_the_last_call_left_behind_is_not_heard(play: Play) -> None:
    async def story(box: Rig) -> None:
        b = await box.opened("b")
        stale = AudioPort()
        box.modems.append(stale)
        stale.write(b"\x55" * 333)  # odd, too: a sample torn in two would make noise of everything after it
        box.audio.open("a", stale.path)
        await box.told(PortOpened, "a")
        box.audio.bridge("a", "b")
        box.audio.statistics("a")
        assert (await box.told(PortStatistics)).octets_in == 0
        assert await exchange(box, stale, b, SPEECH[5]) == SPEECH[5]

    play(story)


def test_a_tone_is_heard_by_the_modem_and_a_key_stops_it(play: Play) -> None:
    async def story(box: Rig) -> None:
        a = await box.opened("a")
        box.audio.play("a", [Tone("dial")], 4)
        for frame in cut(key_tone("#", 120, 0)):
            a.write(frame)
            await box.exact(a, FRAME)
        assert (await box.told(KeyHeard)).key == "#"
        assert await box.told(Played) == Played("a", 4, False)

    play(story)


def test_a_port_that_vanishes_is_told_and_the_other_lives_on(play: Play) -> None:
    async def story(box: Rig) -> None:
        a, b = await box.opened("a"), await box.opened("b")
        box.audio.bridge("a", "b")
        a.close()
        box.modems.remove(a)
        assert (await box.told(PortFailed)).port == "a"
        assert (await box.told(PortClosed)).port == "a"
        b.write(SPEECH[0])
        assert await box.exact(b, FRAME) == bytes(FRAME)

    play(story)


def test_closing_tells_the_statistics(play: Play) -> None:
    async def story(box: Rig) -> None:
        a, b = await box.opened("a"), await box.opened("b")
        box.audio.bridge("a", "b")
        box.audio.statistics("a")
        await box.told(PortStatistics)
        for frame in SPEECH:
            await exchange(box, a, b, frame)
        box.audio.close("a")
        closed = await box.told(PortClosed, "a")
        assert closed.statistics.octets_in == closed.statistics.octets_out == len(SPEECH) * FRAME
        assert closed.statistics.level_in_dbm0 == pytest.approx(-12.0, abs=1.0)
        again = a.path
        box.audio.open("a2", again)
        await box.told(PortOpened, "a2")

    play(story)


@pytest.mark.parametrize("source", ["/nowhere/at/all", "/dev/null", __file__, "socket:/nowhere"])
def test_a_port_that_cannot_be_opened_is_told(play: Play, source: str) -> None:
    async def story(box: Rig) -> None:
        box.audio.open("a", source)
        assert source in (await box.told(PortFailed, "a")).why
        await box.opened("b")

    play(story)


def test_a_killed_process_is_told_and_comes_back_by_itself(play: Play) -> None:
    async def story(box: Rig) -> None:
        a = await box.opened("a")
        os.kill(box.audio.pid, signal.SIGKILL)
        await box.told(EngineLost)
        box.audio.open("early", a.path)
        assert (await box.told(PortFailed)).port == "early"
        await box.audio.started.wait()
        box.audio.open("a", a.path)
        await box.told(PortOpened, "a")
        a.write(SPEECH[0])
        assert await box.exact(a, FRAME) == bytes(FRAME)

    play(story)


def test_a_hung_process_is_told_and_comes_back_by_itself(play: Play) -> None:
    async def story(box: Rig) -> None:
        a = await box.opened("a")
        while not box.audio.answered:  # a young one is given longer
            await asyncio.sleep(0)
        os.kill(box.audio.pid, signal.SIGSTOP)
        assert "hung and was killed" in (await box.told(EngineLost)).why
        await box.audio.started.wait()
        box.audio.open("a", a.path)
        await box.told(PortOpened, "a")

    play(story)


def test_a_port_that_gives_nothing_is_told_and_opened_anew_with_whom_it_talks(play: Play) -> None:
    async def story(box: Rig) -> None:
        a, b = await box.opened("a"), await box.opened("b")
        box.audio.bridge("a", "b")
        assert (await box.told(PortSilent, "a")).what is Silent.GIVES_NOTHING
        box.audio.reopen("a")
        await box.told(PortOpened, "a")
        assert await box.exact(a, FRAME) == bytes(FRAME)  # a modem that gives only who is given
        assert await exchange(box, a, b, SPEECH[3]) == SPEECH[3]
        assert await box.told(PortAlive, "a")

    play(story)


def test_a_port_that_takes_nothing_is_told(play: Play) -> None:
    async def story(box: Rig) -> None:
        a = await box.opened("a")
        box.audio.play("a", [Tone("dial")], 1)
        loop, giving = asyncio.get_running_loop(), Giver(a)
        giving.go_on(loop)
        told = await box.told(PortSilent, "a")
        giving.stop()
        assert told.what is Silent.TAKES_NOTHING

    play(story)


class Giver:
    """A modem that gives at its pace and never reads."""

    def __init__(self, modem: AudioPort) -> None:
        self._modem = modem
        self._next: asyncio.TimerHandle | None = None

    def go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        self._modem.write(SPEECH[0])
        self._next = loop.call_later(0.02, self.go_on, loop)

    def stop(self) -> None:
        if self._next:
            self._next.cancel()


def test_the_process_ends_with_its_gateway() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        process = await _engine(theirs)
        ours.close()
        assert await process.wait() == 0

    asyncio.run(_soon(story()))


def test_ctrl_c_is_for_the_gateway() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        process = await _engine(theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        await _answers(reader, writer)
        process.send_signal(signal.SIGINT)
        await _answers(reader, writer)
        writer.close()
        assert await process.wait() == 0

    asyncio.run(_soon(story()))


async def _engine(theirs: socket.socket) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "appliance.audio.engine", "--control-fd", str(theirs.fileno()),
        pass_fds=(theirs.fileno(),), stderr=asyncio.subprocess.DEVNULL)
    theirs.close()
    return process


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(order_line("open", port="probe", source="/nowhere"))
    event = read_event(await reader.readline())
    assert isinstance(event, PortFailed)
    assert event.port == "probe"


async def _soon(story: Awaitable[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await story


HOSTILE = [
    b"\n\n\n", b"{}\n", b"[]\n", b"null\n", b'"order"\n', b"[" * 100_000 + b"\n", b"9" * 10_000 + b"\n",
    b'{"order": 1}\n', b'{"order": "fly"}\n', b'{"order": "open"}\n', b'{"order": "open", "port": [], "source": {}}\n',
    b'{"order": "open", "port": "x", "source": "a\\u0000b"}\n', b'{"order": "open", "port": "x", "source": "."}\n',
    b'{"order": "play", "port": "a", "token": 1e999, "barge_in": 1, "sounds": []}\n',
    b'{"order": "play", "port": "a", "token": 1, "barge_in": 1, "sounds": [["tone", "dial", "long"]]}\n',
    b'{"order": "play", "port": "a", "token": 1, "barge_in": 1, "sounds": [["tone", "dial", NaN]]}\n',
    b'{"order": "play", "port": "a", "token": 1, "barge_in": 1, "sounds": [["clip", "/dev"]]}\n',
    b'{"order": "play", "port": "a", "token": 1, "barge_in": 1, "sounds": [["clip", "\\u0000"]]}\n',
    b'{"order": "play", "port": "a", "token": 1, "barge_in": 1, "sounds": [[], 7]}\n',
    b'{"order": "bridge", "port": "a", "other": "a"}\n', b'{"order": "close", "port": null}\n',
    b'{"order": "key", "port": "a", "key": {}}\n', b"x" * 500_000 + b"\n", b"\xff\xfe\x00" * 1000 + b"\n",
]


def test_no_order_however_bad_ends_the_process_or_a_call() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        process, modem = await _engine(theirs), AudioPort()
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(order_line("open", port="a", source=modem.path))
        assert read_event(await reader.readline()) == PortOpened("a")
        dice = seeded(11)
        noise = [bytes(dice.randint(0, 255) for _ in range(dice.randint(1, 2000))) + b"\n" for _ in range(100)]
        for line in [*HOSTILE, *noise]:
            writer.write(line)
            await writer.drain()
            modem.write(SPEECH[0])
            await readable(modem.fd)
            os.read(modem.fd, 4096)
        writer.write(order_line("close", port="a"))
        while not isinstance(event := read_event(await reader.readline()), PortClosed):
            assert not (isinstance(event, PortFailed) and event.port == "a")
        assert process.returncode is None
        writer.close()
        assert await process.wait() == 0
        modem.close()

    asyncio.run(_soon(story()))


def test_a_gateway_that_does_not_read_never_stops_the_voices() -> None:
    async def story() -> None:
        ours, theirs = socket.socketpair()
        process, a, b = await _engine(theirs), AudioPort(), AudioPort()
        loop = asyncio.get_running_loop()
        ours.setblocking(False)
        orders = order_line("open", port="a", source=a.path) + order_line("open", port="b", source=b.path)
        orders += order_line("bridge", port="a", other="b") + order_line("statistics", port="a")
        await loop.sock_sendall(ours, orders)
        told = b""
        while told.count(b"\n") < 3:
            told += await loop.sock_recv(ours, 4096)
        await loop.sock_sendall(ours, order_line("statistics", port="a") * 3000)
        for _ in range(50):
            a.write(SPEECH[0])
            await readable(b.fd)
            os.read(b.fd, 4096)
            b.write(SPEECH[1])
            await readable(a.fd)
            os.read(a.fd, 4096)
        reader, writer = await asyncio.open_connection(sock=ours)
        events = [read_event(await reader.readline()) for _ in range(3002)]
        assert [event for event in events if isinstance(event, PortAlive)] == [PortAlive("a"), PortAlive("b")]
        assert sum(isinstance(event, PortStatistics) for event in events) == 3000
        writer.close()
        assert await process.wait() == 0
        a.close()
        b.close()

    asyncio.run(_soon(story()))


FEEDER = """
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(sys.argv[1])
listener.listen(1)
print("listening", flush=True)
voice, _ = listener.accept()
for n in range(50):
    voice.send(bytes([n]) * 320)
    assert len(voice.recv(4096)) == 320
print("fed", flush=True)
"""


def test_another_process_hands_frames_over_a_socket(play: Play, tmp_path: Path) -> None:
    async def story(box: Rig) -> None:
        path = tmp_path / "b-channel"
        feeder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FEEDER, str(path), stdout=asyncio.subprocess.PIPE)
        assert feeder.stdout
        assert await feeder.stdout.readline() == b"listening\n"
        box.audio.open("b", f"socket:{path}")
        await box.told(PortOpened, "b")
        assert await feeder.stdout.readline() == b"fed\n"
        assert await feeder.wait() == 0
        assert (await box.told(PortClosed)).statistics.octets_in == 50 * FRAME
        assert (await box.told(PortFailed)).port == "b"

    play(story)


def test_events_survive_the_way_up() -> None:
    statistics = PortStatistics("p", 1, 2, 3, 4, 5, 6, -7.5, -99.0)
    for event in (PortOpened("p"), PortFailed("p", "gone"), KeyHeard("p", "#"), Played("p", 3, True), statistics,
                  PortClosed("p", statistics), PortSilent("p", Silent.FLAT, 60), PortAlive("p"), Pong(),
                  EngineLost("why")):
        assert read_event(event_line(event)) == event
    for bad in (b"", b"{}", b"[]", b'{"event": "Fly"}', b'{"event": "PortClosed", "port": "p", "statistics": 3}'):
        assert read_event(bad) is None
