"""The real serial port on real ptys: for one program only, by a path that stays when the number does not."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.lines.gsm.wire import SerialWire, WireError, open_serial


class Modem:
    """The far end of a pty, with the near end under a name of its own."""

    def __init__(self, link: Path) -> None:
        self.fd, self.near = os.openpty()
        tty.setraw(self.near)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self.near))

    async def read(self) -> bytes:
        """What the box wrote, as soon as there is some."""
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.fd, ready.set)
        await asyncio.wait_for(ready.wait(), 10)
        loop.remove_reader(self.fd)
        return os.read(self.fd, 65536)

    def unplug(self) -> None:
        os.close(self.near)
        os.close(self.fd)


@pytest.fixture
def link(tmp_path: Path) -> Path:
    return tmp_path / "usb-1.2-at"


@pytest.fixture
def modem(link: Path) -> Iterator[Modem]:
    made = Modem(link)
    yield made
    made.unplug()


async def _opened(path: Path) -> tuple[SerialWire, asyncio.Queue[bytes], asyncio.Future[str]]:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    wire = open_serial(str(path), heard.put_nowait, lost.set_result)
    assert isinstance(wire, SerialWire)
    return wire, heard, lost


@pytest.mark.usefixtures("modem")
def test_a_second_open_is_refused_and_told_what_to_do(link: Path) -> None:
    async def story() -> str:
        wire, _, _ = await _opened(link)
        try:
            with pytest.raises(WireError) as refused:
                await _opened(link)
        finally:
            wire.close()
        assert not refused.value.absent
        again, _, _ = await _opened(link)  # and it is free when it is closed
        again.close()
        return refused.value.text

    text = asyncio.run(story())
    assert str(link) in text
    assert "another program has it; stop ModemManager" in text


def test_octets_go_both_ways_as_they_are(modem: Modem, link: Path) -> None:
    every = bytes(range(256))

    async def story() -> bytes:
        wire, heard, _ = await _opened(link)
        wire.write(every)
        assert await modem.read() == every
        os.write(modem.fd, every)
        got = b""
        while len(got) < 256:
            got += await heard.get()
        wire.close()
        return got

    assert asyncio.run(story()) == every


def test_more_than_the_port_takes_at_once_waits_its_turn(modem: Modem, link: Path) -> None:
    data = os.urandom(200_000)

    async def story() -> bytes:
        wire, _, _ = await _opened(link)
        wire.write(data[:150_000])
        wire.write(data[150_000:])
        got = b""
        while len(got) < len(data):
            got += await modem.read()
        wire.close()
        return got

    assert asyncio.run(story()) == data


def test_unplugging_is_told_once_and_the_path_leads_to_the_new_device(link: Path) -> None:
    async def story() -> bytes:
        first = Modem(link)
        was = link.resolve()
        wire, _, lost = await _opened(link)
        first.unplug()
        assert await asyncio.wait_for(lost, 5)
        other = os.openpty()  # takes the old number: a modem that comes back has another
        second = Modem(link)
        assert link.resolve() != was
        wire.write(b"into the void")
        again, heard, _ = await _opened(link)
        os.write(second.fd, b"\r\nRING\r\n")
        got = await heard.get()
        again.close()
        second.unplug()
        for fd in other:
            os.close(fd)
        return got

    assert asyncio.run(story()) == b"\r\nRING\r\n"


def test_a_device_that_is_not_there_is_absent(tmp_path: Path) -> None:
    async def story() -> None:
        await _opened(tmp_path / "nothing")

    with pytest.raises(WireError, match="is not there; plug the modem in") as refused:
        asyncio.run(story())
    assert refused.value.absent


def test_what_is_no_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no port")

    async def story() -> None:
        await _opened(tmp_path / "file")

    with pytest.raises(WireError, match="file"):
        asyncio.run(story())
