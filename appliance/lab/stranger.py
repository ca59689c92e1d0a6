"""Somebody who calls a modem at the worst moment, and gives up."""

from __future__ import annotations

import asyncio

from appliance.lab.network import Circuit, Network
from appliance.vocabulary.cause import Cause

GIVES_UP_S = 4.0  # s until he does


class Stranger:
    """A party that only calls."""

    number = "+4930999999"

    def __init__(self, network: Network, loop: asyncio.AbstractEventLoop) -> None:
        self._network, self._loop = network, loop

    def ring(self, number: str) -> None:
        """Rings at once: the set-up was under way before."""
        circuit = self._network.call(self, number)
        circuit.offer()
        self._loop.call_later(GIVES_UP_S, circuit.end, Cause.NORMAL, self)

    def offered(self, circuit: Circuit) -> Cause | None:
        return Cause.BUSY

    def diverted(self, circuit: Circuit) -> None:
        """Nobody calls here."""

    def changed(self, circuit: Circuit) -> None:
        """He does not care."""

    def heard(self, frame: bytes) -> None:
        """Nor listens."""

    def keyed(self, key: str) -> None:
        """Nor for keys."""
