"""kill -9 of a real gateway, ten times, each at another moment of a call; the modems stay up, as modems do."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from appliance.commands.layout import Layout
from appliance.labbox import PIN, LabProcess, lab_settings
from appliance.store.documents import Documents
from appliance.store.journal import Journal

MOMENTS = ("gsm1 rings", "the caller's ring is over", "gsm1 dials", "rings", "says: enter_pin", "PIN is right",
           "says: dialling", "+493012345678 rings", "both are connected", "the subscriber hung up")
PATIENCE_S = 60.0


class Gateway:
    """`ringback run` as a process; its log is its story."""

    def __init__(self, data: Path) -> None:
        self._data = data

    async def __aenter__(self) -> Gateway:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "appliance", "run", "--data", str(self._data),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        for _ in range(3):
            await self.told("ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def told(self, text: str) -> None:
        assert self.process.stderr
        while text not in (line := await self.process.stderr.readline()).decode():
            assert line, f"the gateway ended before: {text}"


async def call(gateway: Gateway, lab: LabProcess, until: str) -> None:
    """Plays a call until the moment; whoever waits longer than the moment is dropped with it."""

    async def people() -> None:
        await lab.do("miss", "anna", "+4915112345601", "1.0")
        await lab.do("wait", "anna", "alerting")
        await lab.do("answer", "anna")
        await asyncio.sleep(0.5)
        await lab.do("key", "anna", f"{PIN}#")
        await asyncio.sleep(0.5)
        await lab.do("key", "anna", "03012345678#")
        await lab.do("wait", "bert", "active")
        await asyncio.sleep(2)  # they talk, so that the box has seen the answer, too
        await lab.do("hangup", "anna")

    playing = asyncio.ensure_future(people())
    told = asyncio.ensure_future(gateway.told(until))
    await asyncio.wait((playing, told), return_when=asyncio.FIRST_COMPLETED)
    if not told.done():
        playing.result()  # raises what went wrong
    await told
    gateway.process.kill()
    await gateway.process.wait()
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


async def story(data: Path) -> None:
    lab = LabProcess(data / "lab")
    await lab.start()
    lab_settings(data)
    documents = Documents(Layout(data).documents)
    site = {**documents.site, "callback_rest": 0.0, "brakes": {**documents.site["brakes"], "repeat_window_s": 0}}
    documents.replace_all(site, documents.lines, documents.accounts)
    documents.close()
    try:
        for moment in MOMENTS:
            async with Gateway(data) as gateway:
                await call(gateway, lab, moment)
            await look_after(data, lab, moment)
    finally:
        await lab.stop()


async def look_after(data: Path, lab: LabProcess, moment: str) -> None:
    """The next start ends what the modems still carry and mends what the journal has open."""
    async with Gateway(data):
        for who in ("anna", "bert"):
            await lab.do("wait", who, "over")
    journal = Journal(Layout(data).journal, "EUR")
    try:
        assert not journal.open_records(), moment
        assert journal.held("Front desk").micros == 0, moment
        for record in journal.records(limit=1000):
            assert record.answered or not (record.price and record.price.micros), moment
    finally:
        journal.close()


def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    asyncio.run(asyncio.wait_for(story(tmp_path), PATIENCE_S * len(MOMENTS)))
