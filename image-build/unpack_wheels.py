"""unpack_wheels.py LOCK WHEELS SITE: unpacks exactly the wheels that the lock names, by their hashes."""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from pathlib import Path


def main(lock: Path, wheels: Path, site: Path) -> None:
    wanted = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text()))
    found = {hashlib.sha256(wheel.read_bytes()).hexdigest(): wheel for wheel in sorted(wheels.glob("*.whl"))}
    if missing := wanted - set(found):
        sys.exit(f"unpack_wheels: no wheel in {wheels} has the hash {missing.pop()} of {lock}")
    for digest in sorted(wanted):
        with zipfile.ZipFile(found[digest]) as wheel:
            wheel.extractall(site)


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]))
