"""A text through real processes: a lab modem on a pty, the gateway, the journal, the command over its socket."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from appliance.labbox import LabProcess, lab_settings
from tests.system.test_kill_9 import Gateway

PATIENCE_S = 120.0


async def ringback(data: Path, *words: str) -> str:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "appliance", "--data", str(data), *words,
                                                   stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def story(data: Path) -> None:
    lab = LabProcess(data / "lab")
    await lab.start()
    lab_settings(data)
    try:
        async with Gateway(data) as gateway:
            await ringback(data, "lab", "text", "HELP")
            await gateway.told("SMS to +4915155500001 on gsm1: delivered")
            assert "Text a number" in await ringback(data, "lab", "texts")
            await ringback(data, "lab", "text", "bert", "See you 🌸")
            await gateway.told("kept in the inbox")
            assert "See you 🌸" in await ringback(data, "sms")
            await ringback(data, "lab", "text", "Telekom", "+4915112345602", "Your bill")
            await gateway.told("SMS on gsm2 from Telekom: kept in the inbox")
            assert "queued" in await ringback(data, "sms", "send", "0151 55500001", "Six o'clock", "--line", "gsm2")
            await gateway.told("SMS to +4915155500001 on gsm2: delivered")
            assert "+4915112345602: Six o'clock" in await ringback(data, "lab", "texts", "anna")
        assert "delivered" in await ringback(data, "sms", "sent")  # from the data directory
    finally:
        await lab.stop()


def test_texts_by_real_processes(tmp_path: Path) -> None:
    asyncio.run(asyncio.wait_for(story(tmp_path), PATIENCE_S))
