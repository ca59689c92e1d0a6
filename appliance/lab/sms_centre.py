"""The message centre of the lab's network: takes texts, and delivers them to phones and modems."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from appliance.lab.sms_pdu import Piece, pieces
from appliance.vocabulary.clock import SystemClock

CARRY_S = 1.0  # s from one phone to another; real ones take 3 to 10
PART_S = 0.2  # s between the parts of one message
AGAIN_S = 30.0  # s until a phone that could not take it is tried again
LONGEST = timedelta(days=2)  # then the centre gives up
ARRIVED, GONE = 0x00, 0x46  # status; 23.040 § 9.2.3.15: received, validity period expired


class Reader(Protocol):
    """Whoever can be sent a text."""

    number: str

    def text_arrives(self, piece: Piece) -> bool:
        """False: no room, try again."""


class MessageCentre:
    """Readers by number. Everything happens on the running loop's time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._readers: dict[str, Reader] = {}
        self._sent = 0

    def join(self, reader: Reader) -> None:
        self._readers[reader.number] = reader

    def now(self) -> datetime:
        """The network's clock: a story's, or the real one."""
        start: datetime | None = getattr(self._loop, "start", None)
        return start + timedelta(seconds=self._loop.time()) if start else SystemClock().now()

    def send(self, sender: str, to: str, text: str) -> None:
        """A phone sends a text of any length."""
        self._sent += 1
        for piece in pieces(sender, to, text, self._sent % 256):
            self.carry(piece, lambda status: None)

    def carry(self, piece: Piece, told: Callable[[int], None]) -> None:
        """One piece; `told` hears its status when that is final."""
        self._loop.call_later(CARRY_S + PART_S * piece.number, self._offer, piece, told, self.now() + LONGEST)

    def _offer(self, piece: Piece, told: Callable[[int], None], until: datetime) -> None:
        reader = self._readers.get(piece.to)
        if reader and reader.text_arrives(piece):
            told(ARRIVED)
        elif reader is None or self.now() > until:
            told(GONE)
        else:
            self._loop.call_later(AGAIN_S, self._offer, piece, told, until)
