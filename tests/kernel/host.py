"""What this host must have for a run: named before it is installed; without it, the run is skipped and says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping


class Skipped(RuntimeError):
    """This host cannot do it; the text says what is missing and how to get it."""


def need(programs: Mapping[str, str]) -> None:
    """`programs` maps a program to the Debian package that has it."""
    packages = sorted({package for program, package in programs.items() if not shutil.which(program)})
    if not packages:
        return
    command = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", *packages]
    if not shutil.which("apt-get"):
        raise Skipped(f"no apt here to install {', '.join(packages)}; the run needs a Debian host")
    if os.geteuid() != 0:
        raise Skipped(f"{', '.join(packages)} missing; as root, run: {' '.join(command)}")
    print(f"installing Debian packages: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "-qq", "update"], command):
        done = subprocess.run(step, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise Skipped(f"{' '.join(step)} failed: {done.stderr.strip()}")
