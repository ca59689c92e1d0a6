"""Information elements of Q.931 § 4.5 in words, for a trace. What cannot be read is shown as octets, never refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from appliance.lines.isdn import words

SHIFT, SENDING_COMPLETE, LOCKING = 0x90, 0xA1, 0x08
LONGEST = 60  # characters of a text from outside


def elements(octets: bytes) -> list[str]:
    """All elements of a message, in order."""
    return [said for codeset, kind, content in _split(octets) if (said := _say(codeset, kind, content))]


def _split(octets: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Codeset, identifier, content. A length that points behind the end takes what there is; § 5.8.4."""
    at = locked = codeset = 0
    while at < len(octets):
        kind = octets[at]
        if kind & 0x80:  # one octet
            at += 1
            if kind & 0xF0 == SHIFT:
                codeset = kind & 7
                locked = locked if kind & LOCKING else codeset
                continue
            yield codeset, kind, b""
        else:
            length = octets[at + 1] if at + 1 < len(octets) else 0
            yield codeset, kind, octets[at + 2 : at + 2 + length]
            if at + 2 + length > len(octets):
                yield codeset, -1, b""
            at += 2 + length
        codeset = locked


def _say(codeset: int, kind: int, content: bytes) -> str:
    if kind < 0:
        return "cut short"
    if codeset:
        return f"element {kind:#04x} of codeset {codeset} [{content.hex()}]"
    if kind & 0x80:
        return {SENDING_COMPLETE: "sending complete", 0xA0: "more data"}.get(kind, f"element {kind:#04x}")
    name, read = _KINDS.get(kind, (f"element {kind:#04x}", _hex))
    try:
        return f"{name} {read(content)}".rstrip()
    except (IndexError, ValueError):
        return f"{name} unreadable [{content.hex()}]"


def _hex(content: bytes) -> str:
    return f"[{content.hex()}]"


def _text(content: bytes) -> str:
    """IA5 characters; others, and what could steer a terminal, are dots."""
    return "".join(chr(c & 0x7F) if 32 <= c & 0x7F < 127 else "." for c in content[:LONGEST])


def _in_words(table: dict[int, str], value: int) -> str:
    return table.get(value, f"{value}?")


def _after(content: bytes, at: int) -> int:
    """Behind a group of octets; its last one has bit 8."""
    while not content[at] & 0x80:
        at += 1
    return at + 1


def _number(content: bytes) -> str:
    """Called, calling, connected or redirecting party number; § 4.5.8 and § 4.5.10."""
    end = _after(content, 0)
    told = [_in_words(words.TYPES, content[0] >> 4 & 7), _in_words(words.PLANS, content[0] & 15)]
    if end > 1:
        told += [_in_words(words.PRESENTATIONS, content[1] >> 5 & 3), _in_words(words.SCREENINGS, content[1] & 3)]
    return _qualified(_text(content[end:]) or "none", told)


def _qualified(what: str, told: Sequence[str]) -> str:
    known = ", ".join(word for word in told if word)
    return f"{what} ({known})" if known else what


def _channel(content: bytes) -> str:
    """§ 4.5.13. Basic rate: in the first octet; primary rate: a number behind it, or a slot map."""
    first, choice = content[0], content[0] & 3
    how = "exclusive" if first & 0x08 else "preferred"
    if first & 0x04:
        return "the D channel"
    if choice in (0, 3):
        return "none" if choice == 0 else "any"
    if not first & 0x20:
        return f"B{choice}, {how}"
    at = _after(content, 0)
    if first & 0x40:
        at = _after(content, at)  # which interface
    if content[at] & 0x10:  # a slot map
        return f"map [{content[at + 1 :].hex()}], {how}"
    return ", ".join(f"B{octet & 0x7F}" for octet in content[at + 1 : at + 9]) + f", {how}"


def _cause(content: bytes) -> str:
    """Q.850 § 2.2."""
    value = content[_after(content, 0)] & 0x7F
    where = _in_words(words.LOCATIONS, content[0] & 15)
    return f"{value} {words.CAUSES.get(value, 'unknown cause')} (from: {where})"


def _progress(content: bytes) -> str:
    return f"{content[1] & 0x7F} {_in_words(words.PROGRESS, content[1] & 0x7F)}"


def _bearer(content: bytes) -> str:
    told = _in_words(words.BEARERS, content[0] & 0x1F)
    at = _after(content, _after(content, 0))
    layer_1 = [octet for octet in content[at : at + 1] if octet & 0x60 == 0x20]
    return ", ".join([told, *(_in_words(words.LAYERS_1, octet & 0x1F) for octet in layer_1)])


def _display(content: bytes) -> str:
    charset = content[:1] if content[:1] >= b"\x80" else b""
    return f'"{_text(content[len(charset):])}"'


def _when(content: bytes) -> str:
    """§ 4.5.15: binary, each field an octet."""
    year, month, day, *time = content
    clock = ":".join(f"{part:02}" for part in time)
    return f"20{year:02}-{month:02}-{day:02} {clock}".rstrip()


def _of(table: dict[int, str], mask: int = 0x7F) -> Callable[[bytes], str]:
    return lambda content: _in_words(table, content[0] & mask)


_KINDS: dict[int, tuple[str, Callable[[bytes], str]]] = {
    0x04: ("bearer", _bearer), 0x08: ("cause", _cause), 0x14: ("state", _of(words.STATES, 0x3F)),
    0x18: ("channel", _channel), 0x1C: ("facility", _hex), 0x1E: ("progress", _progress),
    0x27: ("notification", _of(words.NOTIFICATIONS)), 0x28: ("display", _display), 0x29: ("date", _when),
    0x2C: ("keypad", _text), 0x4C: ("connected", _number), 0x6C: ("from", _number), 0x6D: ("from, subaddress", _hex),
    0x70: ("to", _number), 0x71: ("to, subaddress", _hex), 0x74: ("redirected by", _number),
    0x79: ("restart of", _of(words.RESTARTED, 7)), 0x7C: ("low layer compatibility", _hex),
    0x7D: ("high layer compatibility", _hex), 0x7E: ("user to user", _hex),
}
