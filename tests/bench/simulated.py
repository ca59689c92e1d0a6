"""Lab modems on ptys in a process of their own, and a caller who lets the first one ring again and again.

`python -m tests.bench.simulated --folder DIR --personas plain plain`. A line in: one missed call; a line out: when the
last octet of NO CARRIER was written and when the first octet of the next ATD was read, in ns of the monotonic clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset
from appliance.lab.modem import LabModem
from appliance.lab.network import Network, Stage
from appliance.lab.persona import PERSONAS
from appliance.lab.ptys import PtyModem

NUMBER, CALLER = "+49151123456{:02d}", "+4915155500001"


class Watch:
    """Stands between a modem and its AT port and notes two moments."""

    def __init__(self, modem: LabModem) -> None:
        self.no_carrier = 0
        self.seen: asyncio.Future[dict[str, int]] = asyncio.get_running_loop().create_future()
        self._say, self._hear = modem.say, modem.at_received
        modem.say = self._said
        modem.at_received = self._heard  # type: ignore[method-assign]  # the pty asks for it by name at each read

    def _said(self, data: bytes) -> None:
        self._say(data)
        if b"NO CARRIER" in data:
            self.no_carrier = time.monotonic_ns()

    def _heard(self, data: bytes) -> None:
        now = time.monotonic_ns()
        if b"ATD" in data and not self.seen.done():
            self.seen.set_result({"no_carrier": self.no_carrier, "atd": now})
        self._hear(data)


class Street:
    """Modems, and one caller."""

    def __init__(self, folder: Path, personas: list[str]) -> None:
        network = Network(Transparent)
        self._modems = [LabModem(network, NUMBER.format(n), PERSONAS[name]) for n, name in enumerate(personas)]
        self._ptys = [PtyModem(folder, f"sim{n}", modem) for n, modem in enumerate(self._modems)]
        self._watch = Watch(self._modems[0])
        self._caller = Handset(network, CALLER, "Anna")

    async def missed_call(self) -> dict[str, int]:
        """Rings, gives up, is rung back, rejects."""
        self._watch.seen = asyncio.get_running_loop().create_future()
        self._caller.call(NUMBER.format(0))
        await self._caller.until(Stage.ALERTING)
        await asyncio.sleep(0.1)  # the box takes the request in: two commits before the ring is over
        self._caller.hang_up()
        seen = await asyncio.wait_for(self._watch.seen, 10)
        await self._caller.rung()
        await asyncio.sleep(1.0)  # twice nothing seen of a call, and the box restarts the modem
        self._caller.reject()
        await asyncio.sleep(0.1)  # the box closes its record
        return seen


async def serve(folder: Path, personas: list[str]) -> None:
    street = Street(folder, personas)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await street.missed_call()), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--personas", nargs="+", required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.personas))
    return 0


if __name__ == "__main__":
    sys.exit(main())
