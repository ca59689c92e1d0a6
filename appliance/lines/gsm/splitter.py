"""From a stream of octets to lines. Never raises, whatever a modem sends."""

from __future__ import annotations

LONGEST = 4096  # octets; a "line" beyond that is noise
PROMPT = ">"


class LineSplitter:
    """Splits on LF, strips CR and NUL, keeps other octets readable. The SMS prompt `> ` has no line end."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[str]:
        self._rest += data
        *whole, rest = bytes(self._rest).split(b"\n")
        if rest.lstrip(b"\r") == b"> ":
            whole.append(PROMPT.encode())
            rest = b""
        self._rest = bytearray(rest[-LONGEST:])
        lines = (raw[-LONGEST:].strip(b"\r\n\0 ").replace(b"\0", b"").replace(b"\r", b"") for raw in whole)
        return [line.decode("ascii", "backslashreplace") for line in lines if line]
