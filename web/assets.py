"""Stylesheet, scripts and pictures: read once, named by what is in them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
         ".png": "image/png", ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class File:
    body: bytes
    small: bytes  # gzip; b"" when that does not help
    kind: str
    version: str


def _read(path: Path) -> File:
    body = path.read_bytes()
    small = gzip.compress(body, 9, mtime=0)
    return File(body, small if len(small) < len(body) * 0.95 else b"", KINDS[path.suffix],
                hashlib.sha256(body).hexdigest()[:12])


FILES = {path.relative_to(FOLDER).as_posix(): _read(path) for path in sorted(FOLDER.rglob("*"))
         if path.is_file() and path.suffix in KINDS}


def link(name: str) -> str:
    """The address of a file; another one when its content changes."""
    return f"/static/{name}?v={FILES[name].version}"
