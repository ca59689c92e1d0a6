"""Lines a modem says about messages, taken apart. Pure. 3GPP TS 27.005."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.lines.gsm.parser import fields, integer

UNSENT, SENT = 2, 3  # <stat>: messages of our own that lie in the memory
SOON = frozenset({38, 41, 42, 47, 300, 314, 322, 331, 332, 500})  # causes that may be gone in a moment
FULL, NO_ENTRY = 322, 321
# 27.005 § 3.2.5; below 128: 24.011 § E-2
CAUSES = {
    1: "nobody has this number", 8: "the operator bars messages of this SIM", 10: "messages are barred for this SIM",
    21: "the network refused it; has the SIM credit?", 27: "the phone it goes to is out of service",
    28: "the network does not know this SIM for messages", 29: "the network refused it; has the SIM credit?",
    30: "the network does not know whom it goes to", 38: "the network is out of order",
    41: "the network failed for a moment", 42: "the network is congested", 47: "the network has no room for it",
    50: "the SIM's contract has no messages", 69: "the network does not know this kind of message",
    300: "the modem failed", 301: "another service of the modem has the messages", 302: "the modem does not allow it",
    303: "the modem cannot send messages", 304: "the modem refused the form of the message",
    310: "there is no SIM in the modem", 311: "the SIM wants its PIN", 313: "the SIM failed", 314: "the SIM is busy",
    320: "the message memory failed", 321: "there is no such message", 322: "the message memory is full",
    330: "the SIM does not know its message centre; set it in a phone", 331: "there is no network",
    332: "the network did not answer in time", 500: "the modem does not say why",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A message in the modem's memory."""

    index: int
    state: int
    length: int
    pdu: str


def parse_listing(lines: Iterable[str]) -> list[Stored]:
    """`+CMGL: <index>,<stat>,[<alpha>],<length>`, each followed by its PDU. One without is not there yet."""
    found: list[Stored] = []
    head: tuple[int, int, int] | None = None
    for line in lines:
        if line.startswith("+CMGL:"):
            numbers = [integer(part) for part in fields(line)]
            head = (numbers[0], numbers[1], numbers[-1]) if len(numbers) >= 3 and numbers[0] >= 0 else None
        elif head:
            found.append(Stored(*head, line))
            head = None
    return found


def parse_read(lines: Iterable[str]) -> tuple[int, str]:
    """`+CMGR: <stat>,[<alpha>],<length>` as length and PDU; "" when the place is empty."""
    said = [*lines, "", ""]
    parts = fields(said[0])
    return (integer(parts[-1]), said[1]) if said[0].startswith("+CMGR:") and parts else (-1, "")


def parse_stores(line: str) -> tuple[str, ...]:
    """The memories that can be read: the first group of `+CPMS: ("SM","ME","MT"),(...),(...)`. MT is ME and SM
    together: it is left out where these are named."""
    group = re.search(r"\(([^)]*)\)", line)
    named = re.findall(r'"([A-Z]{2})"', group[1]) if group else []
    return tuple(name for name in ("SM", "ME") if name in named) or tuple(n for n in named if n == "MT")


def parse_store(line: str) -> str:
    """The memory that +CMTI and +CDSI name; "" when unreadable."""
    name = (fields(line) or [""])[0]
    return name if re.fullmatch(r"[A-Z]{2}", name, re.ASCII) else ""


def length_of(line: str) -> int:
    """Octets of the PDU that follows `+CMT: [<alpha>],<length>` or `+CDS: <length>`; -1 when unreadable."""
    return integer((fields(line) or [""])[-1])


def parse_room(line: str) -> tuple[int, int]:
    """Used and all places of the memory chosen: `+CPMS: <used>,<total>,...`. (0, 0) when not said."""
    numbers = [integer(part, 0) for part in fields(line)[:2]]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def is_full(line: str) -> bool:
    """A family's own way of saying that no message fits in any more."""
    return line.startswith("^SMMEMFULL") or ("smsfull" in line.lower() and line.startswith(("+QIND", "+CIEV")))


def cms_error(final: str) -> int:
    """The number behind +CMS ERROR, or behind +CME ERROR, which some say instead; -1 for another final line."""
    found = re.fullmatch(r"\+CM[ES] ERROR: *([0-9]{1,4})", final, re.ASCII)
    return int(found[1]) if found else -1


def plain_cause(final: str) -> str:
    """Why a message was not sent, for people."""
    if final == "timeout":
        return "the modem did not say whether it went out"
    if final == "lost":
        return "the modem went away; whether it went out is not known"
    number = cms_error(final)
    return CAUSES.get(number, f"the modem refused it ({final[:60]})")
