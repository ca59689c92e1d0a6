"""SMS as octets, from the network's side: SMS-DELIVER and status reports made, SMS-SUBMIT read. 3GPP TS 23.040, 23.038.
Written for itself, so that the driver's own reading and writing meets another's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

BASIC = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
         "¿abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENDED = {"^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65}
ESCAPE = 0x1B


@dataclass(frozen=True, slots=True)
class Piece:
    """What goes over the air at once: a message, or `number` of `total` parts of one."""

    sender: str
    to: str
    text: str
    reference: int = 0
    total: int = 1
    number: int = 1


def septets(text: str) -> list[int] | None:
    """None when the alphabet does not have it."""
    found: list[int] = []
    for char in text:
        if char in EXTENDED:
            found += [ESCAPE, EXTENDED[char]]
        elif char in BASIC and char != "\x1b":
            found.append(BASIC.index(char))
        else:
            return None
    return found


def pieces(sender: str, to: str, text: str, reference: int) -> list[Piece]:
    """As a phone cuts a long text."""
    plain = septets(text) is not None
    widths = [len(septets(char) or ()) if plain else len(char.encode("utf-16-be")) // 2 for char in text]
    if sum(widths) <= (160 if plain else 70):
        return [Piece(sender, to, text)]
    parts, room = [""], 153 if plain else 67
    left = room
    for char, width in zip(text, widths, strict=True):
        if width > left:
            parts.append("")
            left = room
        parts[-1] += char
        left -= width
    return [Piece(sender, to, part, reference, len(parts), n) for n, part in enumerate(parts, 1)]


def deliver(piece: Piece, at: datetime) -> str:
    """SMS-DELIVER behind the centre's address, as hexadecimal digits."""
    header = bytes([5, 0, 3, piece.reference, piece.total, piece.number]) if piece.total > 1 else b""
    units = septets(piece.text)
    if units is None:
        data = header + piece.text.encode("utf-16-be", "surrogatepass")
        length = len(data)
    else:
        before = (len(header) * 8 + 6) // 7
        bits = sum(unit << 7 * (before + n) for n, unit in enumerate(units)) | int.from_bytes(header, "little")
        length = before + len(units)
        data = bits.to_bytes((length * 7 + 7) // 8, "little")
    first = 0x04 | (0x40 if header else 0)
    tpdu = bytes([first]) + _address(piece.sender) + bytes([0, 8 if units is None else 0]) + _stamp(at)
    return _centre() + (tpdu + bytes([length]) + data).hex().upper()


def report(reference: int, to: str, status: int, at: datetime) -> str:
    """SMS-STATUS-REPORT."""
    return _centre() + (bytes([0x06, reference]) + _address(to) + _stamp(at) * 2 + bytes([status])).hex().upper()


def tpdu_length(pdu: str) -> int:
    """Octets behind the centre's address."""
    octets = bytes.fromhex(pdu)
    return len(octets) - 1 - octets[0]


def submitted(pdu: str, sender: str) -> tuple[Piece, bool]:
    """What a modem was handed, and whether it wants a report. ValueError when it is none."""
    octets = bytes.fromhex(pdu)
    tpdu = octets[1 + octets[0]:]
    if tpdu[0] & 0x03 != 1:
        raise ValueError("not an SMS-SUBMIT")
    at = 4 + (tpdu[2] + 1) // 2
    digits = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in tpdu[4:at]).rstrip("f")
    coding, at = tpdu[at + 1], at + 2 + {0: 0, 0x10: 1}.get(tpdu[0] & 0x18, 7)
    length, data = tpdu[at], tpdu[at + 1:]
    header = data[0] + 1 if tpdu[0] & 0x40 else 0
    if len(data) != ((length * 7 + 7) // 8 if coding == 0 else length):
        raise ValueError("the length is wrong")
    text = data[header:].decode("utf-16-be") if coding == 8 else _plain(data, length, header)
    reference, total, number = data[3:6] if header else (0, 1, 1)
    to = ("+" if tpdu[3] == 0x91 else "") + digits
    return Piece(sender, to, text, reference, total, number), bool(tpdu[0] & 0x20)


def _plain(data: bytes, length: int, header: int) -> str:
    bits, text, escaped = int.from_bytes(data, "little"), "", False
    for n in range((header * 8 + 6) // 7, length):
        unit = (bits >> 7 * n) & 127
        if escaped:
            text += next(char for char, code in EXTENDED.items() if code == unit)
        elif unit != ESCAPE:
            text += BASIC[unit]
        escaped = unit == ESCAPE and not escaped
    return text


def _centre() -> str:
    return "0791947101670000"


def _address(number: str) -> bytes:
    digits = number.removeprefix("+")
    if digits.isdigit():
        swapped = digits + "F" * (len(digits) % 2)
        return bytes([len(digits), 0x91 if number.startswith("+") else 0x81]) + bytes(
            int(swapped[n + 1] + swapped[n], 16) for n in range(0, len(swapped), 2))
    units = septets(number) or []
    packed = sum(unit << 7 * n for n, unit in enumerate(units)).to_bytes((len(units) * 7 + 7) // 8, "little")
    return bytes([(len(units) * 7 + 3) // 4, 0xD0]) + packed


def _stamp(at: datetime) -> bytes:
    """UTC, each octet with its digits swapped."""
    digits = at.strftime("%y%m%d%H%M%S") + "00"
    return bytes(int(digits[n + 1] + digits[n], 16) for n in range(0, 14, 2))
