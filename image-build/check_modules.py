"""check_modules.py FLAVOUR NEEDED MODULES: does a folder of kernel modules have those that NEEDED names?

A folder too many in modules.dropped is a box without network or picture, and depmod keeps silent about it: what lacks
is in no index. So each module is asked itself what it depends on ("depends=" of its .modinfo section).
"""

from __future__ import annotations

import lzma
import re
import sys
from pathlib import Path


def named(path: str) -> str:
    """A module's name as modprobe(8) compares it."""
    return Path(path).name.split(".ko")[0].replace("-", "_")


def depends(module: Path) -> list[str]:
    """What it cannot be loaded without, by modules' names."""
    octets = lzma.decompress(module.read_bytes()) if module.suffix == ".xz" else module.read_bytes()
    found = re.search(rb"\0depends=([^\0]*)\0", b"\0" + octets)
    return [named(name) for name in found[1].decode().split(",") if name] if found else []


def lacks(flavour: str, needed: str, modules: Path) -> list[str]:
    """What is missing, a sentence each."""
    built_in = {named(line) for line in (modules / "modules.builtin").read_text("utf-8").splitlines()}
    loadable = {named(path.name): path for path in modules.rglob("*.ko*")}
    told: dict[str, str] = {}
    for line in needed.splitlines():
        if not line or line.startswith("#"):
            continue
        board, wanted, why = line.split(maxsplit=2)
        if board not in ("all", flavour):
            continue
        seen, open_ = set(), [(named(wanted), why)]
        while open_:
            name, reason = open_.pop()
            if name in seen or name in built_in:
                continue
            seen.add(name)
            if name in loadable:
                open_ += [(other, f"{name} depends on it, {why}") for other in depends(loadable[name])]
            else:
                told.setdefault(name, f"the module {name} is missing: {reason}")
    return list(told.values())


def main(flavour: str, needed: str, modules: str) -> int:
    told = lacks(flavour, Path(needed).read_text("utf-8"), Path(modules))
    for sentence in told:
        print(f"image: {flavour}: {sentence}", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
