"""CSV in and out. RFC 4180; no cell is ever a formula to the spreadsheet that opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # OWASP, CSV injection: what spreadsheets take for a formula


def cell(value: object) -> str:
    """As a spreadsheet shows it. A text that begins like a formula gets an apostrophe; a plain number does not."""
    text = "" if value is None else str(value)
    if text.startswith(FORMULA) and not _number(text):
        return "'" + text
    return text


def _number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and not text.startswith("+")


def plain(text: str) -> str:
    """The inverse: what `cell` put before a text is taken off."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Octets of a CSV file with a byte order mark, so that spreadsheets read UTF-8; some rows at a time."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(body):
        writer.writerow([cell(value) for value in row])
        if number % 200 == 199:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def read(text: str) -> list[dict[str, str]]:
    """Rows by the names of the first line; comma or semicolon. ValueError says what is wrong."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        found = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"this is no CSV file: {error}") from error
    return [{(key or "").strip(): plain((value or "").strip()) for key, value in row.items() if isinstance(value, str)}
            for row in found]
