"""Tests on real kernels: `python -m tests.kernel isdn`. Slow: each boots a guest in qemu.

`isdn` and `dkms` join two ports by l1oip, which has neither layer 1 nor a clock; `hfcsusb` gives that driver two
emulated USB adapters, which have both.

Everything is kept under build/kernel, by version. Exit status 0 also when this host cannot do it: the last line says
SKIPPED and why.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from tests.kernel import crossbuild, guest, host, tree
from tests.kernel.archive import KEYS, Archive, ArchiveError, WrongHash

SOURCE = Path(__file__).resolve().parents[2]
HOME = SOURCE / "build/kernel"
SERIES = "6.12"  # the last of Debian with ISDN
TROUBLE = re.compile(r"\b(Oops|BUG:|WARNING:|Call Trace|next_skb exist|unknown Op|general protection|soft lockup)")
L1OIP = ("l1oip:type=1,1,2,2:codec=0,0,0,0:ip=" + ",".join(["127,0,0,1"] * 4)
         + ":port=20931,20932,20933,20934:remoteport=20932,20931,20934,20933:id=1,1,2,2")


@dataclass(frozen=True)
class Suite:
    """Modules that the guest loads, in order, with their parameters behind colons; the tests that it runs, as pytest
    takes them. `recipe`: modules of ours, for a kernel that has none."""

    modules: tuple[str, ...]
    tests: str
    architecture: str = "amd64"
    recipe: bool = False


SUITES = {
    "isdn": Suite(("mISDN_dsp", L1OIP), "calls.py"),
    "dkms": Suite(("mISDN_dsp", "hfcsusb", "hfcpci", "hfcmulti", L1OIP), "calls.py -k 'ptp or ptmp'", "arm64",
                  recipe=True),
    "hfcsusb": Suite(("vhci_hcd", "hfcsusb"), "adapters.py"),
}


def run(name: str, only: str = "") -> int:
    """Exit status: 0 when every test passed and the kernel had nothing to complain of."""
    suite = SUITES[name]
    suite = replace(suite, tests=f"{suite.tests} -k {shlex.quote(only)}") if only else suite
    machine, home = guest.MACHINES[suite.architecture], HOME / suite.architecture
    host.need({machine.emulator[0]: machine.package, "cpio": "cpio", "dpkg-deb": "dpkg", "unshare": "util-linux"})
    if not KEYS.exists():
        raise host.Skipped(f"{KEYS} missing: apt install debian-archive-keyring")
    archive = Archive(HOME, suite.architecture)
    archive.refresh()
    kernel, version = _kernel(archive, home)
    initrd = _initrd(suite, name, archive, kernel, home)
    log, told = home / f"{name}-kernel.log", home / f"{name}-guest.log"
    began = monotonic()
    status = guest.boot(machine, next(kernel.glob("boot/vmlinuz-*")), initrd, log, told)
    text = told.read_text("utf-8", "replace")
    print(text)
    against = judged(status, text, log.read_text("utf-8", "replace"))
    for line in against[:20]:
        print(line)
    told_tests = re.findall(r"\d+ (?:passed|failed|error|skipped)\w*", text)
    print(f"kernel {version}, {monotonic() - began:.0f} s; {told} and {log}")
    print(f"{name}: {'FAILED' if against else 'passed'}; {', '.join(told_tests) or 'no test ran'}")
    return 1 if against else 0


def _kernel(archive: Archive, home: Path) -> tuple[Path, str]:
    """The newest kernel, unpacked; its version and hash in words."""
    package = archive.fetch(archive.newest_kernel(SERIES))[0]
    print(f"kernel: {package}", flush=True)
    kernel = home / package.name
    if not (kernel / "complete").exists():
        tree.unpack([package], tree.fresh(kernel))
        (kernel / "complete").touch()
    return kernel, f"{package.version} sha256 {package.sha256}"


def _initrd(suite: Suite, name: str, archive: Archive, kernel: Path, home: Path) -> Path:
    runner = HOME / crossbuild.HOST / "root"
    if runner.parent != home:
        tree.root(Archive(HOME, crossbuild.HOST), runner.parent, runner)
    root = tree.root(archive, home, runner)
    folders = [kernel]
    if suite.recipe:
        folders.append(crossbuild.built(HOME, SOURCE, kernel.name.removeprefix("linux-image-"), suite.architecture))
    own = tree.fresh(home / name)
    shutil.copyfile(SOURCE / "tests/kernel/inside/init", own / "init")
    (own / "init").chmod(0o755)
    order = tree.modules(folders, [module.split(":")[0] for module in suite.modules], own / "modules")
    given = {module.split(":")[0]: module for module in suite.modules}
    loads = " ".join(given.get(module, module) for module in order)
    tests = f"tests/kernel/inside/{suite.tests}"
    (own / "suite").write_text(f"MODULES='{loads}'\nTESTS={shlex.quote(tests)}\n")
    tree.code(SOURCE, own / "ringback")
    tree.compiled(runner, own, own / "ringback")
    initrd = home / f"{name}.cpio"
    with initrd.open("wb") as out:
        for part in (root, tree.pack(own, home / f"{name}-own.cpio")):
            with part.open("rb") as archived:
                shutil.copyfileobj(archived, out)
    return initrd


def judged(status: int, text: str, log: str) -> list[str]:
    """What speaks against a run: qemu's exit status, what the guest told, the kernel's log."""
    against = [f"the kernel says: {line}" for line in log.splitlines() if TROUBLE.search(line)]
    if status:
        against.append("the guest took too long" if status < 0 else f"qemu ended with status {status}")
    if not re.search(r"^status \d+\s*$", text, re.M):
        against.append("the guest died before its tests were over")
    elif not re.search(r"^status 0\s*$", text, re.M):
        against.append("tests failed")
    return against


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--only", default="", metavar="WORDS", help="tests whose names match, as pytest's -k")
    options = parser.parse_args()
    try:
        return run(options.suite, options.only)
    except (host.Skipped, ArchiveError) as error:
        print(f"{options.suite}: SKIPPED: {error}")
        return 0
    except (WrongHash, crossbuild.BuildFailed) as error:
        print(f"{options.suite}: FAILED: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
