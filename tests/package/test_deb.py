"""The Debian package as image-build/deb makes it: whole, the same each time, its rules heard by what is plugged in."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.firmware.udevplay import read

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".toml", ".service", ".html", ".rules"}
NOT_TO_BE_HAD = 3  # status of image-build/deb: a wheel is neither in the cache nor reachable


def build(folder: Path) -> Path:
    done = subprocess.run([str(ROOT / "image-build/deb")], capture_output=True, text=True, check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(Path.home()),
                               "RINGBACK_OUT": str(folder), "SOURCE_DATE_EPOCH": "1795823029"})
    if done.returncode == NOT_TO_BE_HAD:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    (deb,) = folder.glob("ringback_*_all.deb")
    return deb


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg is not installed")
def test_what_is_in_it(tmp_path: Path) -> None:
    first, second = build(tmp_path / "first"), build(tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()
    tree = tmp_path / "tree"
    subprocess.run(["dpkg-deb", "-x", str(first), str(tree)], check=True)
    links = {path.relative_to(tree): path.readlink() for path in tree.rglob("*") if path.is_symlink()}
    assert links == {Path("usr/lib/ringback/bin/python"): Path("/usr/bin/python3")}
    for ours, there in (("firmware-config/modems", "usr/share/ringback/modems"),
                        ("systemd/system", "usr/lib/systemd/system"), ("web/views", "{site}/web/views"),
                        ("firmware-config/udev", "usr/lib/udev/rules.d")):
        found = tree / there.format(site="usr/lib/ringback/lib/python3.13/site-packages")
        names = {path.name for path in (ROOT / ours).iterdir() if path.suffix in KINDS}
        assert names
        for name in names:
            assert (found / name).read_bytes() == (ROOT / ours / name).read_bytes()


def test_what_is_plugged_in_meets_the_rules_when_they_are_installed() -> None:
    """udev plays rules when something comes; for what is there already, postinst asks it to, by subsystem."""
    postinst = (ROOT / "image-build/deb.d/postinst").read_text("utf-8")
    triggered = re.findall(r"--subsystem-match='?([^' ]+)", postinst)
    heard = {part.value for path in (ROOT / "firmware-config/udev").glob("*.rules") for rule in read(path)
             for part in rule if part.key == "SUBSYSTEM"} | {"bcm2835-gpiomem"}
    assert len(heard) > 4
    for subsystem in heard:
        assert any(fnmatch(subsystem, pattern) for pattern in triggered), subsystem
