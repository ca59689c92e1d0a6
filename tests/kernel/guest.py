"""One run of a guest: a real kernel in qemu, without KVM.

Its clock counts instructions and jumps over idle time (-icount): the same run takes the same time in the guest, however
busy the host is, and nothing is lost to a host that sleeps.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_S = 1800  # s of the host's time


@dataclass(frozen=True)
class Machine:
    """An architecture in Debian's word, its emulator and how the kernel calls the first serial port."""

    architecture: str
    emulator: tuple[str, ...]
    package: str
    serial: str


MACHINES = {
    "amd64": Machine("amd64", ("qemu-system-x86_64", "-machine", "q35", "-cpu", "max"), "qemu-system-x86", "ttyS0"),
    "arm64": Machine("arm64", ("qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72"), "qemu-system-arm",
                     "ttyAMA0"),
}


def boot(machine: Machine, kernel: Path, initrd: Path, log: Path, tell: Path) -> int:
    """Runs until the guest powers off. `log` gets the kernel's console, `tell` what the guest's first process says.

    The emulator's exit status; -1 when it took too long.
    """
    command: Sequence[str] = [
        *machine.emulator, "-accel", "tcg", "-icount", "shift=0,sleep=off", "-smp", "1", "-m", "1024", "-nodefaults",
        "-display", "none", "-no-reboot", "-serial", f"file:{log}", "-device", "virtio-serial-pci",
        "-chardev", f"file,id=told,path={tell}", "-device", "virtconsole,chardev=told",
        "-kernel", str(kernel), "-initrd", str(initrd),
        "-append", f"console={machine.serial} panic=-1 mitigations=off quiet loglevel=5",
    ]
    try:
        return subprocess.run(command, timeout=LONGEST_S).returncode
    except subprocess.TimeoutExpired:
        return -1
