"""What the machine says of its own health: supply, temperature, memory, clock. Read from /sys, /proc and /run."""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TIMEX_OCTETS = 208  # struct timex of 64-bit Linux; all zero asks and sets nothing
UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
LOST = "data/DEGRADED"  # the image's initramfs leaves it, on the memory that it mounts in the place of the card's data
SUPPLY = "rpi_volt"  # hears the firmware's warning; Debian's kernels lack it, the card image adds it to pi4's


@dataclass(frozen=True, slots=True)
class Vitals:
    """None: this machine does not tell. Temperature in °C, memory in octets that programs could still get. `data_lost`:
    a card image's data partition cannot be read, and memory stands in for it."""

    undervoltage: bool | None = None
    temperature: float | None = None
    memory: int | None = None
    synchronised: bool | None = None
    data_lost: bool = False


def read_vitals(root: Path, kernel: Callable[[], bool | None]) -> Vitals:
    """`root` is / but for tests; `kernel` says whether the kernel's clock is synchronised."""
    return Vitals(undervoltage(root), _temperature(root), _memory(root), _synchronised(root, kernel), data_lost(root))


def data_lost(root: Path) -> bool:
    return (root / LOST).exists()


def undervoltage(root: Path) -> bool | None:
    """Whether the supply is below 4.63 V now, or was since the driver last asked the firmware, 2 s ago."""
    alarms = [_number(alarm) for monitor in sorted((root / "sys/class/hwmon").glob("*"))
              if _text(monitor / "name") == SUPPLY for alarm in monitor.glob("in*_lcrit_alarm")]
    told = [bool(alarm) for alarm in alarms if alarm is not None]
    return any(told) if told else None


def kernel_synchronised() -> bool | None:
    """adjtimex(2), asking only; None where a sandbox does not let it through."""
    libc = ctypes.CDLL(None, use_errno=True)
    state = libc.adjtimex(ctypes.create_string_buffer(TIMEX_OCTETS))
    if state < 0:
        return None if ctypes.get_errno() in (errno.EPERM, errno.ENOSYS) else False
    return bool(state != UNSYNCHRONISED)


def _temperature(root: Path) -> float | None:
    """The hottest zone."""
    zones = [_number(zone) for zone in (root / "sys/class/thermal").glob("thermal_zone*/temp")]
    return max((zone / 1000 for zone in zones if zone is not None), default=None)


def _memory(root: Path) -> int | None:
    for line in _text(root / "proc/meminfo").splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable" and rest.split()[:1] and rest.split()[0].isdecimal():
            return int(rest.split()[0]) * 1024
    return None


def _synchronised(root: Path, kernel: Callable[[], bool | None]) -> bool | None:
    """systemd-timesyncd leaves a file when it has heard a server; other programs tell the kernel only."""
    timesyncd = root / "run/systemd/timesync"
    if (timesyncd / "synchronized").exists():
        return True
    told = kernel()
    if told is None and timesyncd.is_dir():
        return False
    return told


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    try:
        return int(_text(path))
    except ValueError:
        return None
