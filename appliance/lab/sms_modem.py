"""The messages of a lab modem: memories with places, and the AT commands about them. 3GPP TS 27.005."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from appliance.lab.atport import AtPort
from appliance.lab.nasty import Nastiness
from appliance.lab.sms_centre import MessageCentre
from appliance.lab.sms_pdu import Piece, deliver, report, submitted, tpdu_length

NETWORK_S = 2.0  # s for the network to take a message
PROMPT_S = 0.05  # s
TWICE_S = 5.0  # s after which the network delivers again what it thinks was not taken
DELAY_S = 3.0  # s by which a part that comes last first is late, times its distance from the end
STORES = ("SM", "ME")
UNREAD, READ, DRAFT = 0, 1, 2


@dataclass
class Place:
    """One message in a memory; `state` is <stat>."""

    state: int
    pdu: str


class SmsModem:
    """`ring`: somebody calls this modem now."""

    def __init__(
        self, number: str, port: AtPort, nasty: Nastiness, centre: MessageCentre, ring: Callable[[], None]
    ) -> None:
        self.number, self._port, self._nasty, self._centre, self._ring = number, port, nasty, centre, ring
        self.stores: dict[str, dict[int, Place]] = {name: {} for name in STORES}
        self.sent: list[Piece] = []
        self._chosen, self._notify, self._reference = "SM", (0, 0), 0
        self._cut, self._error, self._lost = nasty.sms_cut, nasty.sms_error, nasty.sms_part_lost
        self._seen: set[Piece] = set()
        self._loop = asyncio.get_running_loop()
        centre.join(self)

    # From the network

    def text_arrives(self, piece: Piece) -> bool:
        """Puts it where this modem puts it, with its nastiness."""
        nasty = self._nasty
        if self._lost and piece.number == 2:
            self._lost = False
            return True
        pdu = deliver(piece, self._centre.now())
        if nasty.sms_backwards and piece.total > 1 and piece not in self._seen:
            self._seen.add(piece)
            self._loop.call_later(DELAY_S * (piece.total - piece.number), self._store_again, pdu)
            return True
        if not self._store(pdu):
            return False
        if nasty.sms_twice:
            self._loop.call_later(TWICE_S, self._store, pdu)
        return True

    def _store_again(self, pdu: str) -> None:
        if not self._store(pdu):
            self._loop.call_later(DELAY_S, self._store_again, pdu)

    def _store(self, pdu: str) -> bool:
        if self._port.deaf:
            return False
        if self._cut:
            self._cut, pdu = False, pdu[:-8]
        if self._nasty.sms_direct:
            self._port.lines(f"+CMT: ,{tpdu_length(pdu)}", pdu)
            return True
        store = self.stores["ME" if self._nasty.sms_mismatch else "SM"]
        if len(store) >= self._nasty.sms_places:
            self._port.lines('^SMMEMFULL:"SM"')
            return False
        index = self._put(store, Place(UNREAD, pdu))
        if self._notify[0] and not self._nasty.sms_untold:
            self._port.lines(f'+CMTI: "SM",{-1 if self._nasty.sms_no_index else index}')
        return True

    @staticmethod
    def _put(store: dict[int, Place], place: Place) -> int:
        index = next(n for n in range(256) if n not in store)
        store[index] = place
        return index

    def _reported(self, reference: int, piece: Piece, status: int) -> None:
        pdu = report(reference, piece.to, status, self._centre.now())
        if self._notify[1] == 1:
            self._port.lines(f"+CDS: {tpdu_length(pdu)}", pdu)
        elif self._notify[1] == 2:
            index = self._put(self.stores["SM"], Place(UNREAD, pdu))
            self._port.lines(f'+CDSI: "SM",{index}')

    # From the box

    def forget(self) -> None:
        """Without power, what the modem was told is gone; what lies in the memories is not."""
        self._notify, self._chosen = (0, 0), "SM"

    def obey(self, text: str) -> str | None:
        """The final line, "" when it comes later, None when the command is not about messages."""
        name, _, value = text.partition("=")
        commands: dict[str, Callable[[str], str]] = {
            "+CNMI": self._set_notify, "+CPMS": self._choose, "+CMGL": self._list, "+CMGR": self._read,
            "+CMGD": self._delete, "+CMGS": self._send, "+CNMA": lambda value: "OK",
        }
        command = commands.get(name.upper())
        return command(value) if command else None

    def _set_notify(self, value: str) -> str:
        numbers = [int(part) for part in re.findall("[0-9]", value)]
        if len(numbers) < 4:
            return "+CMS ERROR: 303"
        self._notify = numbers[1], numbers[3]
        return "OK"

    def _choose(self, value: str) -> str:
        if value == "?":
            group = "(" + ",".join(f'"{name}"' for name in STORES) + ")"
            self._port.answer(f"+CPMS: {group},{group},{group}")
            return "OK"
        named = re.findall("[A-Z]{2}", value)
        if not named or named[0] not in self.stores:
            return "+CMS ERROR: 302"
        self._chosen = named[0]
        room = f"{len(self._memory)},{self._nasty.sms_places}"
        self._port.answer(f"+CPMS: {room},{room},{room}")
        return "OK"

    @property
    def _memory(self) -> dict[int, Place]:
        return self.stores[self._chosen]

    def _list(self, value: str) -> str:
        if value != "4":
            return "+CMS ERROR: 302"
        for index, place in sorted(self._memory.items()):
            self._port.answer(f"+CMGL: {index},{place.state},,{tpdu_length(place.pdu)}", place.pdu)
            place.state = READ if place.state == UNREAD else place.state
        return "OK"

    def _read(self, value: str) -> str:
        if not value.isdigit() or (place := self._memory.get(int(value))) is None:
            return "+CMS ERROR: 321"
        self._port.answer(f"+CMGR: {place.state},,{tpdu_length(place.pdu)}", place.pdu)
        return "OK"

    def _delete(self, value: str) -> str:
        return "OK" if self._memory.pop(int(value), None) else "+CMS ERROR: 321"

    def _send(self, value: str) -> str:
        if self._nasty.sms_ring:
            self._ring()
        self._loop.call_later(PROMPT_S, self._port.ask_text, lambda text: self._typed(int(value), text))
        return ""

    def _typed(self, length: int, text: str) -> None:
        try:
            piece, wants_report = submitted(text, self.number)
        except (ValueError, IndexError):
            return self._port.lines("+CMS ERROR: 304")
        if tpdu_length(text) != length:
            return self._port.lines("+CMS ERROR: 304")
        if self._error:
            error, self._error = self._error, 0
            return self._port.lines(f"+CMS ERROR: {error}")
        self._loop.call_later(NETWORK_S, self._taken, piece, wants_report)
        return None

    def _taken(self, piece: Piece, wants_report: bool) -> None:
        self._reference = reference = (self._reference + 1) % 256
        self.sent.append(piece)
        if not self._nasty.sms_mute:
            self._port.lines(f"+CMGS: {reference}", "OK")
        self._centre.carry(piece, lambda status: self._reported(reference, piece, status) if wants_report else None)
