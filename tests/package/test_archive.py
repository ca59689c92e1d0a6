"""A release's packages in one file, by image-build/archive: from it alone the build finds them again."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg is not installed")
SETS = {"adduser": "base", "linux-image": "pi4", "other-kernel": "pi5"}


class Builder:
    """The scripts beside a lock of three small packages and one wheel, and the cache that a build of them left."""

    def __init__(self, folder: Path) -> None:
        self.top, self.cache = folder / "checkout", folder / "cache"
        scripts = self.top / "image-build"
        for each in (scripts, self.cache / "debs", self.cache / "wheels"):
            each.mkdir(parents=True)
        for name in ("archive", "fetch", "lib.sh"):
            shutil.copy(ROOT / "image-build" / name, scripts)
        (self.top / "pyproject.toml").write_text('version = "9.8.7"\n')
        rows = ["# epoch 1795823029"]
        for name, part in SETS.items():
            deb = self._deb(folder, name)
            digest = hashlib.sha256(deb.read_bytes()).hexdigest()
            rows.append(f"{part} {name} 1.0+b {digest} {deb.stat().st_size} pool/{name}_1.0%2bb_all.deb")
        (scripts / "packages.lock").write_text("\n".join(rows) + "\n")
        (self.cache / "wheels/number-1-py3-none-any.whl").write_bytes(b"wheel")
        (scripts / "wheels.lock").write_text(f"number==1 --hash=sha256:{hashlib.sha256(b'wheel').hexdigest()}\n")
        (self.cache / "debs/nobodys_1_all.deb").write_bytes(b"of another lock")

    def _deb(self, folder: Path, name: str) -> Path:
        control = folder / name / "DEBIAN/control"
        control.parent.mkdir(parents=True)
        control.write_text(f"Package: {name}\nVersion: 1.0+b\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a\n")
        deb = self.cache / f"debs/{name}_1.0+b_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(control.parents[1]), str(deb)], check=True,
                       capture_output=True)
        return deb

    def run(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Without any mirror."""
        return subprocess.run([str(self.top / "image-build" / script), *words], capture_output=True, text=True,
                              check=False, env={"PATH": "/usr/bin:/bin", "RINGBACK_CACHE": str(self.cache),
                                                "RINGBACK_MIRROR": "file:///nowhere"})

    def archive(self) -> Path:
        done = self.run("archive")
        assert done.returncode == 0, done.stderr
        return self.top / "image-out/ringback-pi4-9.8.7.packages.tar"


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


def test_what_the_locks_name_is_in_it_and_the_same_each_time(builder: Builder) -> None:
    archive = builder.archive()
    with tarfile.open(archive) as tar:
        assert [each.name for each in tar if each.isfile()] == [
            "packages.lock", "wheels.lock", "debs/adduser_1.0+b_all.deb", "debs/linux-image_1.0+b_all.deb",
            "wheels/number-1-py3-none-any.whl"]
    before = archive.read_bytes()
    assert builder.archive().read_bytes() == before


def test_a_build_needs_nothing_else(builder: Builder) -> None:
    archive = builder.archive()
    shutil.rmtree(builder.cache)
    builder.cache.mkdir()
    gone = builder.run("fetch", "base", "pi4")
    assert gone.returncode == 3
    assert "adduser 1.0+b" in gone.stderr
    shutil.unpack_archive(archive, builder.cache)
    done = builder.run("fetch", "base", "pi4")
    assert done.returncode == 0, done.stderr
    packages = [index.read_text() for index in builder.cache.glob("repo-*/Packages")]
    assert sorted(text.split("\n")[0] for text in packages) == ["Package: adduser", "Package: linux-image"]


@pytest.mark.parametrize(("lost", "words"), [("debs/adduser_1.0+b_all.deb", "make image"),
                                             ("wheels/number-1-py3-none-any.whl", "make deb")])
def test_what_lacks_or_is_spoilt_is_named(lost: str, words: str, builder: Builder) -> None:
    place = builder.cache / lost
    place.write_bytes(b"spoilt")
    spoilt = builder.run("archive")
    place.unlink()
    missing = builder.run("archive")
    assert (spoilt.returncode, missing.returncode) == (1, 1)
    assert "adduser_1.0+b_all.deb" in spoilt.stdout + spoilt.stderr or "wheel of wheels.lock" in spoilt.stderr
    assert words in missing.stderr
    assert not list(builder.top.glob("image-out/*.tar"))
