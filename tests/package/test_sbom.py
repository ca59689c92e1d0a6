"""The bill of materials: whole by SPDX 2.3, names what no package manager knows of, and agrees with what is shipped."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "image-build"
PARTS = tomllib.loads((BUILD / "parts.toml").read_text("utf-8"))
WHEELS = dict(re.findall(r"^(\S+)==(\S+)", (BUILD / "wheels.lock").read_text("utf-8"), re.MULTILINE))
STATUS = """Package: systemd
Status: install ok installed
Version: 257.9-1

Package: gone
Status: deinstall ok config-files
Version: 1

Package: ringback
Status: install ok installed
Version: 9.8.7

Package: asterisk-core-sounds-en-wav
Status: install ok installed
Version: 1.6.1-1
"""


def run(root: Path, flavour: str, build: Path) -> subprocess.CompletedProcess[str]:
    (root / "usr/lib/dpkg-db").mkdir(parents=True, exist_ok=True)
    (root / "usr/lib/dpkg-db/status").write_text(STATUS)
    environment = {"VERSION": "9.8.7", "SOURCE_DATE_EPOCH": "1795823029", "LOCK": str(BUILD / "packages.lock")}
    return subprocess.run([sys.executable, str(build / "sbom"), str(root), flavour], capture_output=True, text=True,
                          check=False, env=environment)


def bill(root: Path, flavour: str) -> dict[str, Any]:
    done = run(root, flavour, BUILD)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def by_name(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in document["packages"]}


def relations(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(each["spdxElementId"].removeprefix("SPDXRef-"), each["relationshipType"],
             each["relatedSpdxElement"].removeprefix("SPDXRef-")) for each in document["relationships"]}


@pytest.mark.parametrize("flavour", ["pi4", "pi5"])
def test_it_is_whole_and_the_same_each_time(flavour: str, tmp_path: Path) -> None:
    document = bill(tmp_path, flavour)
    assert document == bill(tmp_path, flavour)
    ids = [each["SPDXID"] for each in document["packages"]]
    assert len(ids) == len(set(ids)) > 200
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in ids)
    known = {"SPDXRef-DOCUMENT", *ids}
    for each in document["relationships"]:
        assert {each["spdxElementId"], each["relatedSpdxElement"]} <= known
    for each in document["packages"]:
        assert each["versionInfo"]
        assert each["downloadLocation"] == "NOASSERTION" or each["downloadLocation"].startswith("https://")
        for reference in each.get("externalRefs", ()):
            assert reference["referenceLocator"].startswith(("pkg:deb/", "pkg:pypi/", "pkg:npm/"))
    own = {each["licenseId"] for each in document["hasExtractedLicensingInfos"]}
    used = {word for each in document["packages"] for word in re.findall(r"LicenseRef-\S+", each["licenseConcluded"])}
    assert used == own


def test_what_no_package_manager_knows_of(tmp_path: Path) -> None:
    document = bill(tmp_path, "pi4")
    found = by_name(document)
    assert set(PARTS) <= set(found)
    for name in PARTS:
        assert found[name]["licenseDeclared"] == PARTS[name]["licence"] != "NOASSERTION"
    assert {name: found[name]["versionInfo"] for name in WHEELS} == WHEELS
    assert all(found[name]["checksums"] for name in WHEELS)
    assert found["rpi_tryboot"]["versionInfo"] == "9.8.7"
    assert found["mISDN"]["versionInfo"] == found["linux-source-6.12"]["versionInfo"]
    said = relations(document)
    assert ("mISDN", "GENERATED_FROM", "linux-source-6.12") in said
    assert ("DOCUMENT", "DESCRIBES", "linux-source-6.12") not in said
    assert {other for one, relation, other in said if (one, relation) == ("ringback", "CONTAINS")} == {
        "uPlot", "htmx", *WHEELS}
    assert "mISDN" not in by_name(bill(tmp_path, "pi5"))  # Linux 7.1 removed it


def test_what_is_installed_and_what_is_not_free(tmp_path: Path) -> None:
    found = by_name(bill(tmp_path, "pi4"))
    assert "gone" not in found
    assert found["asterisk-core-sounds-en-wav"]["licenseConcluded"] == "CC-BY-SA-3.0"
    for name in ("raspi-firmware", "firmware-brcm80211"):
        assert found[name]["licenseConcluded"].startswith("LicenseRef-")
        assert "NON-FREE" in found[name]["comment"]


def test_every_file_of_others_is_somebodys() -> None:
    vendored = {str(path.relative_to(ROOT)) for path in (ROOT / "web/static/vendor").iterdir()
                if not path.name.endswith("-LICENSE.txt")}
    named = {file for row in PARTS.values() for file in row.get("files", ())}
    assert vendored == {file for file in named if file.startswith("web/")}
    assert all((ROOT / file).is_file() for file in named)
    assert set(WHEELS) <= set(PARTS)
    assert f"(v{PARTS['uPlot']['version']})" in (ROOT / "web/static/vendor/uplot.js").read_text("utf-8")[:200]


def test_readme_and_the_packages_copyright_say_the_same() -> None:
    readme, shipped = (ROOT / "README.md").read_text("utf-8"), (BUILD / "deb.d/copyright").read_text("utf-8")
    for name, row in PARTS.items():
        if row.get("in") == "ringback":
            assert re.search(rf"^  {re.escape(name)}.*: {re.escape(row['licence'])}\b", shipped, re.MULTILINE), name
        if "version" in row:
            assert f"{name} {row['version']} ({row['licence']};" in readme


def test_a_wheel_of_unknown_licence_is_complained_about(tmp_path: Path) -> None:
    for name in ("sbom", "wheels.lock", "parts.toml"):
        (tmp_path / name).write_bytes((BUILD / name).read_bytes())
    with (tmp_path / "wheels.lock").open("a") as lock:
        lock.write(f"stranger==1 --hash=sha256:{'0' * 64}\n")
    done = run(tmp_path, "pi4", tmp_path)
    assert done.returncode == 1
    assert "says nothing of stranger" in done.stderr
