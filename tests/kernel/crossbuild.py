"""mISDN for a kernel without ISDN, built by firmware-config/dkms as a card image does it: in a root of Debian trixie
with a compiler, on whatever host this is."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kernel import tree
from tests.kernel.archive import Archive, ArchiveError, Package

RECIPE = Path("firmware-config/dkms")
TOOLS = ("dash", "coreutils", "sed", "grep", "findutils", "mawk", "make", "tar", "xz-utils", "hostname")
CROSS = {"arm64": "gcc-aarch64-linux-gnu", "amd64": "gcc-x86-64-linux-gnu"}
HOST = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")
ENTER = ("unshare", "--map-root-user", "--mount", "sh", "-euc", 'root=$1; shift; mount --rbind /dev "$root/dev"; '
         'mount --rbind /proc "$root/proc"; exec chroot "$root" "$@"', "enter")


class BuildFailed(RuntimeError):
    """The recipe does not build, or with warnings."""


def built(home: Path, source: Path, release: str, architecture: str) -> Path:
    """A folder of modules for that kernel, as `uname -r` calls it; made again when recipe or sources are new."""
    packages = _packages(home, release, architecture)
    recipe = sorted((source / RECIPE).iterdir())
    key = hashlib.sha256("\n".join(map(str, packages)).encode() + b"".join(path.read_bytes() for path in recipe
                                                                           if path.is_file())).hexdigest()[:12]
    made = home / architecture / f"modules-{release}-{key}"
    if made.exists():
        return made
    root = _root(home / "buildroot", packages)
    shutil.copytree(source / RECIPE, root / "recipe")
    done = subprocess.run([*ENTER, str(root), "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin", "/recipe/build-modules",
                           release, "/out"], capture_output=True, text=True)
    log = home / architecture / "build-modules.log"
    log.write_text(done.stdout + done.stderr)
    if done.returncode or "warning:" in done.stderr:
        raise BuildFailed(f"the modules do not build; see {log}:\n{done.stderr[-2000:]}")
    shutil.move(root / "out", made)
    return made


def _packages(home: Path, release: str, architecture: str) -> list[Package]:
    if not HOST:
        raise ArchiveError(f"nothing is known of a compiler for {platform.machine()}")
    compiler = "gcc" if architecture == HOST else CROSS[architecture]
    base = release.rsplit("-", 1)[0]
    ours, theirs = Archive(home, HOST), Archive(home, architecture)
    ours.refresh()
    return [*ours.fetch_with_needs(*TOOLS, compiler, f"linux-kbuild-{base}"), *ours.fetch("linux-source-6.12"),
            *theirs.fetch(f"linux-headers-{release}", f"linux-headers-{base}-common")]


def _root(root: Path, packages: list[Package]) -> Path:
    tree.merged(tree.fresh(root))
    tree.unpack(packages, root)
    (root / "usr/bin/awk").symlink_to("mawk")
    for folder in ("dev", "proc", "tmp"):
        (root / folder).mkdir(exist_ok=True)
    return root


def main() -> int:
    """Builds the package for boxes; prints where it is."""
    source = Path(__file__).resolve().parents[2]
    home = source / "build/kernel"
    archive = Archive(home, HOST)
    archive.refresh()
    unpacked = tree.fresh(home / "linux-source")
    tree.unpack(archive.fetch("linux-source-6.12"), unpacked)
    return subprocess.run([source / RECIPE / "build-deb", unpacked / "usr/src/linux-source-6.12.tar.xz",
                           source / "build"]).returncode


if __name__ == "__main__":
    sys.exit(main())
