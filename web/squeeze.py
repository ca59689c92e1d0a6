"""gzip for what compresses, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

SMALLEST = 600  # octets; less is not worth it
KINDS = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml",
         "text/csv", "text/plain", "application/manifest+json")


def squeezed(body: bytes, kind: str, accepted: str) -> bytes | None:
    """The body compressed, or None when it goes as it is."""
    if len(body) < SMALLEST or not kind.startswith(KINDS) or not _takes(accepted):
        return None
    return gzip.compress(body, 6, mtime=0)


def _takes(accepted: str) -> bool:
    codings: Iterable[str] = (part.strip().lower() for part in accepted.split(","))
    return any(coding == "gzip" or (coding.startswith("gzip;") and not coding.endswith(("q=0", "q=0.0")))
               for coding in codings)
