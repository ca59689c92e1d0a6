"""Lab modems on ptys in a process of their own, and a caller who lets the first one ring again and again.

`python -m tests.bench.simulated --folder DIR --personas plain plain`. A line in: one missed call, and with `key` its
caller answers the callback and keys a number; a line out: when the last octet of NO CARRIER was written and when the
first octet of the next ATD was read; or when the last octet of the # was written and when the other modem read the ATD.
In ns of the monotonic clock.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from appliance.audio.frame import samples
from appliance.audio.goertzel import power_at
from appliance.lab.codec import Transparent
from appliance.lab.handset import Handset, Manner
from appliance.lab.modem import LabModem
from appliance.lab.network import Network, Stage
from appliance.lab.persona import PERSONAS
from appliance.lab.ptys import PtyModem

NUMBER, CALLER, FAR = "+49151123456{:02d}", "+4915155500001", "+493012345678"
HASH_HZ, SHARE = (941, 1477), 0.3  # of a frame's power in each


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


class Hash:
    """Stands between a modem and its audio port and notes when it gave the last of a #."""

    def __init__(self, modem: LabModem) -> None:
        self.ended = 0
        self._give = modem.voice.give
        modem.voice.give = self._given

    def _given(self, data: bytes) -> None:
        self._give(data)
        values = samples(data)
        whole = len(values) * sum(v * v for v in values)
        if whole and all(2 * power_at(values, hertz) > SHARE * whole for hertz in HASH_HZ):
            self.ended = time.monotonic_ns()


class Street:
    """Modems, and one caller."""

    def __init__(self, folder: Path, personas: list[str]) -> None:
        network = Network(Transparent)
        self._modems = [LabModem(network, NUMBER.format(n), PERSONAS[name]) for n, name in enumerate(personas)]
        self._ptys = [PtyModem(folder, f"sim{n}", modem) for n, modem in enumerate(self._modems)]
        self._watch, self._other = Watch(self._modems[0]), Watch(self._modems[1])
        self._hash = Hash(self._modems[0])
        self._caller, self._far = Handset(network, CALLER, "Anna"), Handset(network, FAR, "Far", Manner.BUSY)

    async def missed_call(self) -> dict[str, int]:
        """Rings, gives up, is rung back, rejects."""
        self._watch.seen = asyncio.get_running_loop().create_future()
        await self._rings()
        seen = await asyncio.wait_for(self._watch.seen, 10)
        await self._caller.rung()
        await asyncio.sleep(1.0)  # twice nothing seen of a call, and the box restarts the modem
        self._caller.reject()
        await asyncio.sleep(0.1)  # the box closes its record
        return seen

    async def _rings(self) -> None:
        self._caller.call(NUMBER.format(0))
        await self._caller.until(Stage.ALERTING)
        await asyncio.sleep(0.1)  # the box takes the request in: two commits before the ring is over
        self._caller.hang_up()

    async def keyed_call(self) -> dict[str, int]:
        """Rings, gives up, is rung back, answers, keys a number and #; who is called is busy."""
        await self._rings()
        await self._caller.rung()
        self._caller.answer()
        await self._caller.heard_something(15.0)
        self._other.seen = asyncio.get_running_loop().create_future()
        await self._caller.press(FAR.replace("+49", "0") + "#")
        seen = await asyncio.wait_for(self._other.seen, 10)
        await asyncio.sleep(1.0)  # the end of the tone, and of the call that is busy
        self._caller.hang_up()
        await asyncio.sleep(1.0)  # the box verifies that both are gone
        return {"tone_end": self._hash.ended, "atd": seen["atd"]}


async def serve(folder: Path, personas: list[str]) -> None:
    street = Street(folder, personas)
    print("ready", flush=True)
    while word := await asyncio.to_thread(sys.stdin.readline):
        call = street.keyed_call() if word.strip() == "key" else street.missed_call()
        print(json.dumps(await call), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--personas", nargs="+", required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.folder, options.personas))
    return 0


if __name__ == "__main__":
    sys.exit(main())
