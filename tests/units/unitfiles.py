"""The unit files of systemd/, read as systemd reads them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "systemd"
UNITS = sorted(path for path in (SYSTEMD / "system").iterdir() if path.is_file())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
BIN = "/usr/lib/ringback/bin/"  # where a box has Python and the command


def keys(path: Path) -> dict[str, list[str]]:
    """Every key of a unit with its values, in order. Sections are not told apart: ours have no key in two of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        if line and line[0] not in "#;[":
            name, equals, value = line.partition("=")
            assert equals, f"{path}: {line!r}"
            found[name].append(value)
    return found


def words(path: Path, key: str) -> set[str]:
    return {word for value in keys(path)[key] for word in value.split()}
