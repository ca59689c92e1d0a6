"""The recipe for mISDN on kernels without it: what it packs, and that its lists agree. Whether it builds and runs is
`make test-isdn-dkms`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

RECIPE = Path(__file__).resolve().parents[2] / "firmware-config/dkms"
SOURCES = ("drivers/isdn/mISDN/core.c", "drivers/isdn/mISDN/core.h", "drivers/isdn/hardware/mISDN/hfcsusb.c",
           "drivers/isdn/hardware/mISDN/hfc_pci.h", "drivers/isdn/hardware/mISDN/netjet.c",
           "include/linux/mISDNif.h", "COPYING", "Documentation/Makefile")


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    """As Debian's linux-source-6.12.tar.xz, with few files."""
    tree = tmp_path / "linux-source-6.12"
    for name in SOURCES:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(f"/* {name} */\n")
    (tree / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 345\nEXTRAVERSION =\n")
    made = tmp_path / "linux-source-6.12.tar.xz"
    subprocess.run(["tar", "-cJf", made, "-C", tmp_path, tree.name], check=True)
    return made


def modules() -> set[str]:
    return set(re.findall(r"^obj-m \+= (\w+)\.o$", (RECIPE / "Kbuild").read_text(), re.M))


def test_dkms_installs_what_is_built() -> None:
    told = subprocess.run(["bash", "-euc", '. "$1"; echo "${BUILT_MODULE_NAME[@]}"; echo "${#DEST_MODULE_LOCATION[@]}"',
                           "read", RECIPE / "dkms.conf"], capture_output=True, text=True, check=True,
                          env={"kernel_source_dir": "", "dkms_tree": "", "PATH": "/usr/bin:/bin"}).stdout.splitlines()
    assert set(told[0].split()) == modules()
    assert int(told[1]) == len(modules())


def test_every_option_and_module_that_is_named_is_built() -> None:
    options = re.findall(r"^options (\w+)", (RECIPE / "ringback-misdn.conf").read_text(), re.M)
    loaded = re.findall(r"^\w+$", (RECIPE / "modules-load.conf").read_text(), re.M)
    assert options
    assert loaded
    assert {*options, *loaded} <= modules()


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="no dpkg-deb here")
def test_the_package(tarball: Path, tmp_path: Path) -> None:
    """Our sources only, flat, with the version of that Linux."""
    made = subprocess.run([RECIPE / "build-deb", tarball, tmp_path / "out"], capture_output=True, text=True, check=True)
    deb = Path(made.stdout.strip())
    assert deb.name == "ringback-misdn-dkms_6.12.345_all.deb"
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path / "box"], check=True)
    place = tmp_path / "box/usr/src/ringback-misdn-6.12.345"
    assert {path.name for path in (place / "src").iterdir()} == {"core.c", "core.h", "hfcsusb.c", "hfc_pci.h"}
    assert (place / "include/linux/mISDNif.h").exists()
    assert 'PACKAGE_VERSION="6.12.345"' in (place / "dkms.conf").read_text()
    for name in ("modprobe.d/ringback-misdn.conf", "udev/rules.d/63-ringback-isdn.rules",
                 "modules-load.d/ringback-misdn.conf"):
        assert (tmp_path / "box/usr/lib" / name).exists()


@pytest.mark.parametrize(("script", "given", "told"), [
    ("build-modules", ["7.1.2-arm64", "out"], "not of the 6.12 series"),
    ("build-modules", ["6.12.9999-arm64", "out"], "apt install linux-headers-6.12.9999-arm64"),
    ("take-sources", ["/nowhere.tar.xz", "out"], "apt install linux-source-6.12"),
])
def test_what_lacks_is_told(script: str, given: list[str], told: str, tmp_path: Path) -> None:
    done = subprocess.run([RECIPE / script, *given], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert told in done.stderr
