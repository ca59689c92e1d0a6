"""The modules of the card image's kernel: what its boards need is there after the rest is gone, or the build ends."""

from __future__ import annotations

import lzma
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(__file__).resolve().parents[2] / "image-build"


def lines(name: str) -> list[str]:
    return [line for line in (BUILD / name).read_text("utf-8").splitlines() if not line.startswith("#")]


NEEDED = [line.split(maxsplit=2) for line in lines("modules.needed")]
DROPPED = lines("modules.dropped")
# Where Linux has them, what they depend on, and what goes: read in the packages of packages.lock.
LIE = {"vc4": "drivers/gpu/drm/vc4", "drm": "drivers/gpu/drm", "drm_display_helper": "drivers/gpu/drm/display",
       "drm_client_lib": "drivers/gpu/drm/clients", "cec": "drivers/media/cec/core", "rc_core": "drivers/media/rc",
       "snd_soc_core": "sound/soc", "snd_soc_hdmi_codec": "sound/soc/codecs", "mc": "drivers/media/mc",
       "macb": "drivers/net/ethernet/cadence", "genet": "drivers/net/ethernet/broadcom/genet",
       "smsc95xx": "drivers/net/usb", "lan78xx": "drivers/net/usb", "snd_usb_audio": "sound/usb"}
DEPENDS = {"vc4": "drm,drm_display_helper,drm_client_lib,snd-soc-core,cec", "cec": "rc-core", "snd_usb_audio": "mc",
           "snd_soc_hdmi_codec": "snd-soc-core"}
GOES = ("drivers/gpu/drm/amd/amdgpu/amdgpu", "drivers/gpu/drm/v3d/v3d", "drivers/media/usb/uvc/uvcvideo",
        "drivers/net/ethernet/cavium/thunder/nicpf", "drivers/net/ethernet/intel/e1000/e1000", "sound/soc/sof/snd-sof")


def module(kernel: Path, place: str, depends: str = "", packed: bool = True) -> Path:
    path = kernel / f"{place}.ko{'.xz' if packed else ''}"
    path.parent.mkdir(parents=True, exist_ok=True)
    octets = b"\x7fELF\0license=GPL\0depends=" + depends.encode() + b"\0name=x\0"
    path.write_bytes(lzma.compress(octets) if packed else octets)
    return path


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """As a kernel's package lays them out: all that is needed, and some that are not."""
    for _, name, _ in NEEDED:
        module(tmp_path / "kernel", f"{LIE.get(name, 'drivers/misc')}/{name}", DEPENDS.get(name, ""))
    for name in LIE.keys() - {name for _, name, _ in NEEDED}:
        module(tmp_path / "kernel", f"{LIE[name]}/{name.replace('_', '-')}", DEPENDS.get(name, ""))
    for place in GOES:
        module(tmp_path / "kernel", place)
    (tmp_path / "modules.builtin").write_text("kernel/drivers/soc/bcm/bcm2835-power.ko\n")
    return tmp_path


def check(flavour: str, modules: Path) -> tuple[int, str]:
    words = [sys.executable, str(BUILD / "check_modules.py"), flavour, str(BUILD / "modules.needed"), str(modules)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def drop(modules: Path, patterns: list[str]) -> None:
    """As image-build/assemble does it."""
    for pattern in patterns:
        subprocess.run(["sh", "-c", f"rm -rf {pattern}"], cwd=modules / "kernel", check=True)


@pytest.mark.parametrize("flavour", ["pi4", "pi5"])
def test_what_is_dropped_leaves_the_boards_what_they_need(flavour: str, modules: Path) -> None:
    drop(modules, DROPPED)
    assert check(flavour, modules) == (0, "")
    assert not [place for place in GOES if (modules / "kernel" / f"{place}.ko.xz").exists()]


@pytest.mark.parametrize(("pattern", "says"), [
    ("drivers/net/ethernet/[!b]*", "macb is missing: Ethernet of a Pi 5"),
    ("drivers/gpu", "vc4 is missing: the picture"),
    ("drivers/media", "mc is missing: snd_usb_audio depends on it, modems whose voice is a sound card"),
    ("drivers/media/rc", "rc_core is missing: cec depends on it, the picture"),
    ("sound/soc/[!bc]*", "snd_soc_core is missing"),
])
def test_a_pattern_that_takes_too_much_ends_the_build(pattern: str, says: str, modules: Path) -> None:
    drop(modules, [pattern])
    status, text = check("pi5", modules)
    assert status == 1
    assert says in text


def test_a_module_of_another_flavour_is_not_missed_and_a_built_in_one_is_there(modules: Path) -> None:
    (modules / "kernel/drivers/net/ethernet/cadence/macb.ko.xz").unlink()
    assert check("pi4", modules)[0] == 0
    assert check("pi5", modules)[0] == 1
    (modules / "modules.builtin").write_text("kernel/drivers/net/ethernet/cadence/macb.ko\n")
    assert check("pi5", modules)[0] == 0


def test_modules_that_are_not_packed_are_read_as_well(modules: Path) -> None:
    (modules / "kernel/drivers/gpu/drm/vc4/vc4.ko.xz").unlink()
    module(modules / "kernel", "drivers/gpu/drm/vc4/vc4", "of-nobody", packed=False)
    assert "of_nobody is missing: vc4 depends on it" in check("pi4", modules)[1]


def test_the_build_asks() -> None:
    build = (BUILD / "assemble").read_text("utf-8")
    asked = build.index('\npython3 "$src/check_modules.py" "$flavour" "$src/modules.needed" "$root/$modules"\n')
    assert asked > build.index("modules.dropped")


def radio(folder: Path) -> tuple[int, str]:
    done = subprocess.run([BUILD / "check_radio", folder], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_wifis_firmware_that_is_promised_is_there_or_the_build_ends(tmp_path: Path) -> None:
    """Debian's files are links into another folder: those lead somewhere."""
    status, text = radio(tmp_path)
    files = [line.split()[1].removeprefix("brcm/") for line in text.splitlines()]
    assert status == 1
    assert {"brcmfmac43430-sdio.bin", "brcmfmac43455-sdio.bin"} < set(files)
    for folder in ("brcm", "cypress"):
        (tmp_path / folder).mkdir()
    for file in files:
        (tmp_path / "cypress" / file).write_text("x")
        (tmp_path / "brcm" / file).symlink_to(f"../cypress/{file}")
    assert radio(tmp_path) == (0, "")
    (tmp_path / "cypress" / files[0]).unlink()
    assert radio(tmp_path) == (1, text.splitlines(keepends=True)[0])
    assert '\n"$src/check_radio" "$root/usr/lib/firmware"\n' in (BUILD / "assemble").read_text("utf-8")
