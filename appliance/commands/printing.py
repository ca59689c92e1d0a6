"""Text for a terminal: tables, and nothing that a hostile caller id could do to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


def printable(text: object) -> str:
    """Without control characters: what came over the air must not steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their widest cell, two spaces apart. None is shown as -."""
    cells = [list(head), *([("-" if cell in (None, "") else printable(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def as_json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False)


def clock(at: str | None) -> str:
    """`2026-03-02 10:00:05` of an ISO time with its offset: the site's local time."""
    return at[:19].replace("T", " ") if at else "-"


def minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
