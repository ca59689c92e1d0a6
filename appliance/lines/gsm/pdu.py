"""SMS as octets: what a modem gives, and what it is handed. 3GPP TS 23.040 § 9.2, 23.038. Pure; hostile octets give
BadPdu, never another error. The tables and fields are python-gsmmodem-new's, with its faults mended here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gsmmodem import pdu as codec

from appliance.lines.line import CallerId, MessagePart, NumberType
from appliance.vocabulary.text import mended

TYPES = {0x10: NumberType.INTERNATIONAL, 0x20: NumberType.NATIONAL}
NAMED = 0x50  # type of number: alphanumeric
GSM7, DATA, UCS2 = 0x00, 0x04, 0x08  # data coding
SINGLE, MULTI = {GSM7: 160, UCS2: 70}, {GSM7: 153, UCS2: 67}  # septets or 16-bit units; 23.040 § 9.2.3.24.1
MOST_PARTS = 10  # parts of one message: each is paid for
SUBMIT, REPORT_WANTED, HAS_HEADER = 0x01, 0x20, 0x40
SOME_DAY = bytes.fromhex("62101000000000")  # stands in for a time stamp that is no time
# What the codec raises for octets that are no PDU; StopIteration is its way of saying "too short".
FAULTS = (codec.EncodingError, StopIteration, ValueError, IndexError, KeyError, TypeError, RuntimeError)


class BadPdu(ValueError):
    """No message that can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An SMS-DELIVER."""

    sender: CallerId
    name: str
    text: str
    sent: datetime | None
    part: MessagePart | None


@dataclass(frozen=True, slots=True)
class Report:
    """An SMS-STATUS-REPORT. `status` as 23.040 § 9.2.3.15."""

    reference: int
    number: str
    status: int


@dataclass(frozen=True, slots=True)
class Submit:
    """What AT+CMGS takes: hexadecimal digits, and the octets behind the service centre's address."""

    text: str
    length: int


def read(text: str, length: int = -1) -> Delivered | Report | None:
    """A PDU as the modem gives it; `length` as it says. None: a message of our own that lies in the memory."""
    try:
        octets = bytes.fromhex(text)
        tpdu = octets[1 + octets[0]:]
        if len(tpdu) < max(length, 2):
            raise BadPdu("it is cut off")
        kind = tpdu[0] & 0x03
        if kind == 0:
            return _delivered(tpdu)
        return _report(tpdu) if kind == 2 else None
    except BadPdu:
        raise
    except FAULTS as error:
        raise BadPdu(f"it is no message ({type(error).__name__})") from error


def _delivered(tpdu: bytes) -> Delivered:
    at = 3 + (tpdu[1] + 1) // 2  # of protocol and coding
    coding, length = _coding(tpdu[at + 1]), tpdu[at + 9]
    data = tpdu[at + 10:]
    needed = (length * 7 + 7) // 8 if coding == GSM7 else length
    if len(data) < needed:
        raise BadPdu("it is cut off")  # the codec would give what is left as if it were all
    stamp, known = tpdu[at + 2:at + 9], _is_time(tpdu[at + 2:at + 9])
    whole = bytes(1) + tpdu[:at + 1] + bytes([coding or DATA]) + (stamp if known else SOME_DAY) + bytes([needed])
    decoded: dict[str, Any] = codec.decodeSmsPdu(bytearray(whole + data[:needed]))  # septets: below
    header = data[0] + 1 if tpdu[0] & HAS_HEADER else 0
    if header > needed:
        raise BadPdu("its header is longer than the message")
    text = _septets(data[:needed], length, header) if coding == GSM7 else str(decoded["text"])
    if coding == DATA and not text.isprintable():
        raise BadPdu("it is data, not text")
    return Delivered(
        sender=CallerId() if tpdu[2] & 0x70 == NAMED else _caller(decoded["number"], tpdu[2]),
        name=str(decoded["number"] or "") if tpdu[2] & 0x70 == NAMED else "",
        text=text, sent=decoded["time"].astimezone(UTC) if known else None, part=_part(decoded.get("udh", [])),
    )


def _septets(data: bytes, length: int, header: int) -> str:
    """The codec drops an @ that ends a message of 8, 16... characters, as if it were filling."""
    first = (header * 8 + 6) // 7
    bits = int.from_bytes(data, "little")
    septets = bytearray((bits >> 7 * n) & 0x7F for n in range(first, length))
    if septets[-1:] == b"\x1b":
        septets.pop()  # half of an extended character: the codec would give the message up for it
    return str(codec.decodeGsm7(septets)).replace("`", "§")


def unpacked(data: bytes) -> str:
    """The text of packed septets whose number nobody tells, without what fills the last octet; "" when it is none."""
    try:
        text = _septets(data, len(data) * 8 // 7, 0)
    except FAULTS:
        return ""
    return text[:-1] if len(data) % 7 == 0 and text.endswith(("\r", "@")) else text


def _coding(octet: int) -> int:
    """The alphabet, in all coding groups; the codec knows the first. 23.038 § 4."""
    if octet & 0xC0 == 0x00 and octet & 0x20:
        raise BadPdu("it is compressed")
    if octet & 0x80 == 0:
        return octet & 0x0C if octet & 0x0C != 0x0C else GSM7
    if octet & 0xF0 == 0xE0:
        return UCS2
    return DATA if octet & 0xF4 == 0xF4 else GSM7


def _is_time(stamp: bytes) -> bool:
    """Some centres stamp their messages with nonsense; the text is as good."""
    digits = "".join(f"{octet & 0x0F:X}{octet >> 4:X}" for octet in stamp[:6])
    try:
        datetime.strptime(digits, "%y%m%d%H%M%S")
    except ValueError:
        return False
    return (stamp[6] & 0x07) * 10 + (stamp[6] >> 4) <= 56 and stamp[6] >> 4 <= 9  # quarters of an hour: UTC+14


def _caller(number: str | None, kind: int) -> CallerId:
    return CallerId((number or "")[:24], TYPES.get(kind & 0x70, NumberType.UNKNOWN))


def _part(header: list[Any]) -> MessagePart | None:
    for element in header:
        if isinstance(element, codec.Concatenation):
            part = MessagePart(element.reference, element.parts, element.number)
            return part if part.total > 1 and 1 <= part.number <= part.total else None  # 23.040 § 9.2.3.24.1
    return None


def _report(tpdu: bytes) -> Report:
    """By the codec, with time stamps that are times."""
    at = 4 + (tpdu[2] + 1) // 2
    if len(tpdu) < at + 15:
        raise BadPdu("it is cut off")
    decoded = codec.decodeSmsPdu(bytearray(bytes(1) + tpdu[:at] + SOME_DAY + SOME_DAY + tpdu[at + 14:]))
    return Report(int(decoded["reference"]), str(decoded["number"] or ""), int(decoded["status"]))


def submits(number: str, text: str, reference: int) -> list[Submit]:
    """The PDUs of a message, with a report wanted. ValueError says what cannot be sent."""
    if not re.fullmatch(r"\+?[0-9]{3,20}", number, re.ASCII):
        raise ValueError(f"{number[:40]!r} is no number that a message can be sent to")
    plain = clean(text)
    coding = GSM7 if all(_width(char) for char in plain) else UCS2
    parts = divided(plain, coding)
    if len(parts) > MOST_PARTS:
        raise ValueError(f"the text is too long: it would be {len(parts)} messages, and {MOST_PARTS} is the most")
    return [_submit(number, part, coding, (reference % 256, len(parts), n)) for n, part in enumerate(parts, 1)]


def clean(text: str) -> str:
    """Without control characters (an ESC would change the alphabet), and without half a surrogate pair."""
    lines = mended(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char == "\n" or (ord(char) >= 0x20 and not 0x7F <= ord(char) <= 0x9F))


def _width(char: str) -> int:
    """Septets; 0: not in the alphabet. The codec fails for ÿ, and has ` in the place of §."""
    if char == "§" or (char in codec.GSM7_BASIC and char not in "\x1b`"):
        return 1
    return 2 if char in codec.GSM7_EXTENDED and char != "ÿ" else 0


def divided(text: str, coding: int) -> list[str]:
    """As few parts as can be; an extended character or an emoji is never split."""
    widths = [_width(char) if coding == GSM7 else len(char.encode("utf-16-le")) // 2 for char in text]
    if sum(widths) <= SINGLE[coding]:
        return [text]
    parts, room = [""], MULTI[coding]
    for char, width in zip(text, widths, strict=True):
        if width > room:
            parts.append("")
            room = MULTI[coding]
        parts[-1] += char
        room -= width
    return parts


def _submit(number: str, text: str, coding: int, part: tuple[int, int, int]) -> Submit:
    reference, total, this = part
    header = bytearray([5, 0, 3, reference, total, this]) if total > 1 else bytearray()
    if coding == GSM7:
        septets = codec.encodeGsm7(text.replace("§", "`"))
        data = header + codec.packSeptets(septets, padBits=6 if header else 0)
        length = len(septets) + (7 if header else 0)
    else:
        data = header + text.encode("utf-16-be")  # the codec fails for whatever needs a surrogate pair
        length = len(data)
    digits = number.removeprefix("+")
    address = bytearray([len(digits), 0x91 if number.startswith("+") else 0x81]) + codec.encodeSemiOctets(digits)
    first = SUBMIT | REPORT_WANTED | (HAS_HEADER if header else 0)
    tpdu = bytes([first, 0]) + bytes(address) + bytes([0, coding, length]) + bytes(data)
    return Submit("00" + tpdu.hex().upper(), len(tpdu))
