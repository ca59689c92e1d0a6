"""The messages of a phone in somebody's hand: parts put together, as every phone does."""

from __future__ import annotations

from appliance.lab.sms_centre import MessageCentre
from appliance.lab.sms_pdu import Piece


class SmsInbox:
    """`texts`: sender and text of each message, in the order in which they became whole."""

    def __init__(self, number: str, centre: MessageCentre) -> None:
        self.number, self._centre = number, centre
        self.texts: list[tuple[str, str]] = []
        self._parts: dict[tuple[str, int, int], dict[int, str]] = {}
        centre.join(self)

    def send(self, to: str, text: str) -> None:
        self._centre.send(self.number, to, text)

    def text_arrives(self, piece: Piece) -> bool:
        parts = self._parts.setdefault((piece.sender, piece.reference, piece.total), {})
        parts[piece.number] = piece.text
        if len(parts) == piece.total:
            del self._parts[piece.sender, piece.reference, piece.total]
            self.texts.append((piece.sender, "".join(parts[n] for n in sorted(parts))))
        return True
