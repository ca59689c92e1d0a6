"""Frames of a D channel in words: Q.921 § 3, Q.931 § 4. Pure; whatever octets come, something readable is returned."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.lines.isdn import words
from appliance.lines.isdn.elements import elements

Q931 = 0x08  # protocol discriminator
CALL_CONTROL, MANAGEMENT = 0, 63  # SAPI
TEI_ENTITY = 0x0F  # Q.921 § 5.3.2.1


@dataclass(frozen=True, slots=True)
class Decoded:
    """`signalling`: a message of Q.931, else a frame of Q.921 only. `reference`: "ours 3" of a call that this side
    began, "theirs 3"; "" where there is none."""

    name: str
    signalling: bool = False
    reference: str = ""
    details: tuple[str, ...] = ()


def decode(frame: bytes, *, sent: bool) -> Decoded:
    """One frame without its check sum. `sent`: by this side."""
    if len(frame) < 3 or frame[0] & 1 or not frame[1] & 1:
        return Decoded("no frame of Q.921", details=(f"[{frame[:16].hex()}]",) if frame else ("empty",))
    sapi, tei, control = frame[0] >> 2, frame[1] >> 1, frame[2]
    place = f"SAPI {sapi}", "broadcast" if tei == 127 else f"TEI {tei}"
    if control & 3 == 3:
        return _unnumbered(frame, sapi, place, sent)
    if len(frame) < 4:
        return Decoded("no frame of Q.921", details=(*place, "cut short"))
    poll = ("P/F",) if frame[3] & 1 else ()
    if control & 1:
        name = words.SUPERVISORY.get(control, f"frame {control:#04x}")
        return Decoded(name, details=(*place, f"N(R) {frame[3] >> 1}", *poll))
    if sapi == CALL_CONTROL:
        return _message(frame[4:], sent)
    return Decoded("I", details=(*place, f"N(S) {control >> 1}", f"N(R) {frame[3] >> 1}", *poll))


def _unnumbered(frame: bytes, sapi: int, place: tuple[str, ...], sent: bool) -> Decoded:
    name, poll = words.FRAMES.get(frame[2] & 0xEF, f"frame {frame[2]:#04x}"), ("P/F",) if frame[2] & 0x10 else ()
    if name == "UI" and sapi == CALL_CONTROL:  # a call for all terminals of a bus
        return _message(frame[3:], sent)
    if name == "UI" and sapi == MANAGEMENT and len(frame) >= 8 and frame[3] == TEI_ENTITY:
        kind, tei = words.TEI_MESSAGES.get(frame[6], f"message {frame[6]}"), frame[7] >> 1
        return Decoded(f"TEI {kind}", details=(f"reference {int.from_bytes(frame[4:6], 'big')}",
                                               "any TEI" if tei == 127 else f"TEI {tei}"))
    return Decoded(name, details=(*place, *poll))


def _message(octets: bytes, sent: bool) -> Decoded:
    """Q.931 § 4.1."""
    if len(octets) < 2 or octets[0] != Q931:
        return Decoded("no message of Q.931", signalling=True, details=(f"[{octets[:16].hex()}]",))
    length = octets[1] & 0x0F
    value, rest = octets[2 : 2 + length], octets[2 + length :]
    if len(value) < length or not rest:
        return Decoded("cut short", signalling=True, details=(f"[{octets[:16].hex()}]",))
    name = words.MESSAGES.get(rest[0], f"message {rest[0]:#04x}")
    return Decoded(name, True, _reference(value, sent), tuple(elements(rest[1:])))


def _reference(value: bytes, sent: bool) -> str:
    """§ 4.3: the flag is 0 in what the side sends that chose the number."""
    if not value:
        return ""
    number = int.from_bytes(bytes((value[0] & 0x7F,)) + value[1:], "big")
    ours = sent is not bool(value[0] & 0x80)
    return "all calls" if not number else f"{'ours' if ours else 'theirs'} {number}"
