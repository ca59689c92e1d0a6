"""What a guest finds on its root: Debian's Python with what our code needs, a kernel's modules, our code.

Archives of the cpio kind that the kernel unpacks as its first root, one behind the other; not compressed, because the
emulated processor would have to undo it.
"""

from __future__ import annotations

import hashlib
import lzma
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.kernel.archive import Archive, Package

PACKAGES = ("busybox-static", "python3", "python3-cffi", "libpri1.4", "python3-pytest")
MERGED = ("bin", "lib", "lib64", "sbin")  # links into /usr
USELESS = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/zoneinfo", "usr/share/perl5")
CODE = (".py", ".toml", ".txt")


def pack(tree: Path, archive: Path) -> Path:
    """The tree as one archive; root owns all of it."""
    names = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
    with archive.open("wb") as out:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=tree, stdout=out, check=True,
                       input="\n".join(names).encode())
    return archive


def merged(tree: Path) -> Path:
    """An empty root, as Debian's packages expect it."""
    for name in MERGED:
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    return tree


def unpack(packages: Iterable[Package], tree: Path) -> None:
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", package.path, tree], check=True)


def root(archive: Archive, home: Path, runner: Path) -> Path:
    """Debian's part, as an archive, from the folder `home`/root; made again only when a package has a new version.
    `runner`: as `compiled`'s."""
    packages = archive.fetch_with_needs(*PACKAGES)
    key = hashlib.sha256("\n".join(map(str, packages)).encode()).hexdigest()[:12]
    made = home / f"root-{key}.cpio"
    if made.exists() and (home / "root").exists():
        return made
    tree = merged(fresh(home / "root"))
    unpack(packages, tree)
    for name in USELESS:
        shutil.rmtree(tree / name, ignore_errors=True)
    compiled(runner, tree, tree / "usr/lib/python3", *(tree / "usr/lib").glob("python3.[0-9]*"))
    return pack(tree, tree.with_suffix(".part")).rename(made)


def compiled(runner: Path, root: Path, *folders: Path) -> None:
    """Byte code, which is the same for every processor, so that the slow guest need not make it.

    By the Python in `runner`: a root as the guest's, for the processor of this host. Where that does not run, the guest
    is slower.
    """
    loader, python = next(runner.glob("usr/lib*/ld-linux*")), next(runner.glob("usr/bin/python3.[0-9]*"))
    libraries = ":".join(map(str, runner.glob("usr/lib/*-linux-gnu")))
    for folder in folders:
        subprocess.run([loader, "--library-path", libraries, python, "-I", "-m", "compileall", "-q", "-s", root,
                        "-p", "/", "--invalidation-mode", "unchecked-hash", folder],
                       env={"PYTHONHOME": str(runner / "usr")}, capture_output=True)


def modules(folders: Sequence[Path], wanted: Sequence[str], into: Path) -> list[str]:
    """Copies these modules, of unpacked kernels or built, and what they need; their names in the order of loading."""
    files = {re.sub(r"\.ko(\.xz)?$", "", path.name).replace("-", "_"): path
             for folder in folders for path in folder.rglob("*.ko*")}
    order: list[str] = []

    def add(name: str) -> None:
        if name in order:
            return
        octets = files[name].read_bytes()
        if files[name].suffix == ".xz":
            octets = lzma.decompress(octets)
        depends = re.search(rb"\0depends=([^\0]*)\0", octets)
        for other in filter(None, depends[1].decode().split(",") if depends else []):
            add(other.replace("-", "_"))
        (into / f"{name}.ko").write_bytes(octets)
        order.append(name)

    into.mkdir(parents=True)
    for name in wanted:
        add(name)
    return order


def code(source: Path, tree: Path) -> None:
    """Our code and the tests that run in the guest."""
    for folder in ("appliance", "tests/kernel/inside"):
        for path in (source / folder).rglob("*"):
            if path.suffix in CODE:
                there = tree / path.relative_to(source)
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, there)


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
