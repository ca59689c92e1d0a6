"""Packages from Debian's archive for a guest: nothing is installed here, and the host's own apt is left as it is.

apt does the work, in a directory of its own: it proves the index by Debian's keys and each package by the index.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org")
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
REFRESH_S = 6 * 3600.0
Facts = dict[str, str]
SUITES = ("debian trixie", "debian-security trixie-security")


class ArchiveError(RuntimeError):
    """The archive does not answer, or does not have it; the text says which."""


class WrongHash(RuntimeError):
    """A file is not the one that the index names."""


@dataclass(frozen=True)
class Package:
    """A file that is the one which the index names."""

    name: str
    version: str
    sha256: str
    path: Path

    def __str__(self) -> str:
        return f"{self.name} {self.version} sha256 {self.sha256}"


class Archive:
    """Debian trixie with its security updates, for one architecture."""

    def __init__(self, directory: Path, architecture: str) -> None:
        self.architecture, self._home = architecture, directory / architecture / "apt"
        self._debs = self._home / "archives"
        for made in (self._debs / "partial", self._home / "lists" / "partial", self._home / "etc"):
            made.mkdir(parents=True, exist_ok=True)
        (self._home / "status").touch()
        (self._home / "etc/sources.list").write_text("".join(
            f"deb [signed-by={KEYS}] {MIRROR}/{suite} main\n" for suite in SUITES))
        self._settings = self._home / "etc/apt.conf"
        self._settings.write_text(f'''
Dir::State "{self._home}"; Dir::State::status "{self._home}/status"; Dir::State::lists "{self._home}/lists";
Dir::Cache "{self._home}"; Dir::Cache::archives "{self._debs}";
Dir::Cache::pkgcache "pkgcache.bin"; Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::sourcelist "{self._home}/etc/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "-";
APT::Architecture "{architecture}"; #clear APT::Architectures; APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root"; APT::Install-Recommends "false"; Acquire::Languages "none"; Acquire::GzipIndexes "false";
#clear APT::Update::Pre-Invoke; #clear APT::Update::Post-Invoke; #clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke; #clear DPkg::Post-Invoke; #clear DPkg::Pre-Install-Pkgs;
''')

    def refresh(self) -> None:
        """The newest index; one that is a few hours old will do."""
        fresh = self._home / "fresh"
        if fresh.exists() and time.time() - fresh.stat().st_mtime < REFRESH_S:
            return
        try:
            self._apt("apt-get", "-qq", "update", "-o", "APT::Update::Error-Mode=any")
        except ArchiveError as error:
            if not fresh.exists():
                raise
            print(f"{error}\nthe index of {time.ctime(fresh.stat().st_mtime)} is used", flush=True)
        else:
            fresh.touch()

    def facts(self, *names: str) -> dict[str, Facts]:
        """The newest version's entry in the index, by package."""
        shown = self._apt("apt-cache", "show", "--no-all-versions", *names)
        entries = [dict(line.split(": ", 1) for line in entry.splitlines() if ": " in line and line[0] != " ")
                   for entry in shown.split("\n\n") if entry.strip()]
        return {entry["Package"]: entry for entry in entries}

    def newest_kernel(self, series: str) -> str:
        """The package of the newest kernel of a series such as "6.12"."""
        metapackage = f"linux-image-{self.architecture}"
        needed = [need.split()[0] for need in self.facts(metapackage)[metapackage]["Depends"].split(", ")]
        kernel = next((name for name in needed if name.startswith(f"linux-image-{series}.")), None)
        if kernel is None:
            raise ArchiveError(f"{metapackage} is no longer a kernel of the {series} series: {', '.join(needed)}")
        return kernel

    def fetch(self, *names: str) -> list[Package]:
        """These packages."""
        facts = self.facts(*names)
        missing = [name for name in names if not self._file(facts[name]).exists()]
        if missing:
            self._apt("apt-get", "-qq", "download", *missing, cwd=self._debs)
        return [self._proved(facts[name]) for name in names]

    def fetch_with_needs(self, *names: str) -> list[Package]:
        """These packages and all that they depend on."""
        planned = self._apt("apt-get", "-s", "install", *names)
        return self.fetch(*(line.split()[1].split(":")[0] for line in planned.splitlines() if line.startswith("Inst ")))

    def _file(self, facts: Facts) -> Path:
        return self._debs / f"{facts['Package']}_{facts['Version'].replace(':', '%3a')}_{facts['Architecture']}.deb"

    def _proved(self, facts: Facts) -> Package:
        path = self._file(facts)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != facts["SHA256"]:
            path.unlink()
            raise WrongHash(f"{path.name} has SHA-256 {found}, the index says {facts['SHA256']}; start again")
        return Package(facts["Package"], facts["Version"], found, path)

    def _apt(self, *command: str, cwd: Path | None = None) -> str:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, "APT_CONFIG": str(self._settings), "LC_ALL": "C"},
                              capture_output=True, text=True)
        if done.returncode:
            raise ArchiveError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout
