"""The beat of an asyncio daemon: its watchdog is fed from its loop, and only while it does what it is there for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.daemon.supervisor import Supervisor


async def live(supervisor: Supervisor, well: Callable[[], bool] = lambda: True) -> None:
    """Says that the daemon is ready, and that it lives as long as it is `well`. Until cancelled."""
    supervisor.ready()
    while supervisor.pause:
        if well():
            supervisor.beat()
        await asyncio.sleep(supervisor.pause)
    await asyncio.get_running_loop().create_future()
