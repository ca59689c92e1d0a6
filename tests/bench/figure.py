"""A measured figure beside its bar, and the table of all of them."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOOT = ("rival: Asterisk 22 with its best modem driver, measured elsewhere; first figure of a delay: the median\n"
        "not here: `make test-slow` makes 10 000 calls in one box and counts records, holds and money (tests/soak)")


@dataclass(frozen=True, slots=True)
class Figure:
    """`met` is None for a figure that is only told, to be compared with its neighbours. `rival`: what Asterisk 22 with
    its best modem driver was measured at, where it was."""

    name: str
    bar: str
    measured: str
    met: bool | None = None
    reason: str = ""
    rival: str = ""

    @property
    def verdict(self) -> str:
        return "-" if self.met is None else "met" if self.met else "MISSED"


def share(values: Sequence[float], part: float) -> float:
    """The value below which that part of the values lies; 0.5 is the median."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spread(values: Sequence[float], unit: str = "ms") -> str:
    """Median first, then the tail."""
    return (f"{share(values, 0.5):.2f} {unit} (p99 {share(values, 0.99):.2f}, max {max(values):.2f}, "
            f"n={len(values)})")


def machine() -> str:
    """Interpreter and processor, without which no figure means anything."""
    words = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
             if line.startswith(("model name", "Model", "Hardware"))]
    processor = words[0] if words else platform.machine()
    cores = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines())
    load = Path("/proc/loadavg").read_text("utf-8").split()[0]
    return (f"Python {platform.python_version()}, {cores} x {processor}, Linux {platform.release()}, "
            f"load {load} at the start")


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "bar", "measured", "rival", "verdict"),
            *((f.name, f.bar, f.measured, f.rival, f.verdict) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    missed = [f"missed: {f.name}: {f.reason or 'no reason found'}" for f in figures if f.met is False]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], FOOT, *missed])
