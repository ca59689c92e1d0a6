"""A missed call to an ISDN line through real processes: the lab's exchange, the span, audio, the gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.lab.station import OUTLET, OUTLET_NUMBER
from appliance.labbox import PIN, LabProcess, lab_settings
from tests.system.test_kill_9 import Gateway
from tests.system.test_sms_road import PATIENCE_S, ringback


async def story(data: Path) -> None:
    lab = LabProcess(data / "lab")
    await lab.start()
    if not (data / "lab" / OUTLET).exists():
        await lab.stop()
        pytest.skip("SKIPPED: libpri is not installed: apt install libpri1.4")
    lab_settings(data)
    try:
        async with Gateway(data) as gateway:
            await gateway.told(f"{OUTLET}: ready")
            await ringback(data, "lab", "miss", OUTLET_NUMBER)
            await gateway.told(f"{OUTLET} dials +4915155500001")
            await ringback(data, "lab", "wait", "anna", "alerting")
            await ringback(data, "lab", "answer")
            await gateway.told("says: enter_pin")
            await ringback(data, "lab", "key", f"{PIN}#")
            await gateway.told("says: enter_number")
            await ringback(data, "lab", "key", "03012345678#")
            await gateway.told("both are connected")
            await ringback(data, "lab", "hangup")
            await gateway.told("over: the subscriber hung up")
    finally:
        await lab.stop()


def test_a_callback_over_isdn_by_real_processes(tmp_path: Path) -> None:
    asyncio.run(asyncio.wait_for(story(tmp_path), PATIENCE_S))
