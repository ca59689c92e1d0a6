"""The box's own certificate: a small local CA, and a certificate by it that is renewed in time. Made by `openssl`."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from appliance.vocabulary.clock import Clock, token

CA_DAYS = 3650
DAYS = 397  # browsers refuse longer ones, CA/Browser Forum baseline requirements § 6.3.2
RENEW_BEFORE = timedelta(days=30)
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
# The CA vouches for the office's own names and addresses only: whoever installs it trusts it with no other site.
PRIVATE = ("10.0.0.0/255.0.0.0", "172.16.0.0/255.240.0.0", "192.168.0.0/255.255.0.0", "169.254.0.0/255.255.0.0",
           "127.0.0.0/255.0.0.0", "fc00::/fe00::", "fe80::/ffc0::", "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")


class CertificateFailed(Exception):
    """No certificate; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Pair:
    """PEM files. `ca` is None for an admin's own certificate."""

    certificate: Path
    key: Path
    ca: Path | None

    @property
    def fingerprint(self) -> str:
        """SHA-256, as browsers show it."""
        return fingerprint(self.certificate)


def fingerprint(path: Path) -> str:
    """Of the first certificate in a PEM file."""
    text = path.read_text("ascii", "replace")
    found = re.search(f"{ssl.PEM_HEADER}.*?{ssl.PEM_FOOTER}", text, re.DOTALL)
    if not found:
        raise CertificateFailed(f"{path} holds no certificate; it must be a PEM file")
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(found[0])).hexdigest().upper()
    return ":".join(digest[at: at + 2] for at in range(0, 64, 2))


def host_names() -> tuple[str, ...]:
    """What this machine is called in the office's network."""
    name = re.sub(r"[^A-Za-z0-9.-]", "", socket.gethostname()).strip(".-").lower() or "ringback"
    short = name.partition(".")[0]
    return tuple(dict.fromkeys(("localhost", name, short, f"{short}.local")))


def own_addresses() -> tuple[str, ...]:
    """Addresses in the office that this machine has now, as the CA may vouch for; asking for the way sends nothing."""
    found = ["127.0.0.1", "::1"]
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((far, 9))
                found.append(str(probe.getsockname()[0]).partition("%")[0])
        except OSError:
            pass
    networks = [_network(each) for each in PRIVATE]
    return tuple(address for address in dict.fromkeys(found)
                 if any(ipaddress.ip_address(address) in network for network in networks))


def _network(each: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """From an address and its mask; Python reads masks of IPv6 as lengths only."""
    address, _, mask = each.partition("/")
    length = int(ipaddress.ip_address(mask)).bit_count()
    return ipaddress.ip_network(f"{address}/{length}")


class LocalAuthority:
    """CA and certificate in a private folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock

    def pair(self, names: Sequence[str]) -> Pair:
        """The pair for these host names; made or renewed when it is missing, old, or for other names."""
        if shutil.which("openssl") is None:
            raise CertificateFailed("there is no openssl to make a certificate with; install the package openssl")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = tuple(dict.fromkeys((*host_names(), *(name.lower() for name in names))))
        addresses = own_addresses()
        if not self._fits("ca", {"names": sorted(names)}):
            self._make_ca(names)
        wanted = {"names": sorted(names), "addresses": sorted(addresses), "ca": fingerprint(self._folder / "ca.crt")}
        if not self._fits("server", wanted):
            self._make(names, addresses, wanted)
        return Pair(self._folder / "server.pem", self._folder / "server.key", self._folder / "ca.crt")

    def _fits(self, name: str, wanted: object) -> bool:
        try:
            kept = json.loads((self._folder / f"{name}.json").read_text("utf-8"))
            until = datetime.fromisoformat(kept["until"])
            there = all((self._folder / file).exists() for file in (f"{name}.crt", f"{name}.key"))
        except (OSError, ValueError, KeyError, TypeError):
            return False
        # A clock that was wrong at the first start must not leave a certificate that begins in the future.
        begun = datetime.fromisoformat(kept["since"])
        return bool(there and kept["for"] == wanted and begun <= self._clock.now() < until - RENEW_BEFORE)

    def _make_ca(self, names: Sequence[str]) -> None:
        allowed = [*(f"permitted;DNS:{name}" for name in ("local", *names)),
                   *(f"permitted;IP:{net}" for net in PRIVATE)]
        with self._aside() as folder:
            _openssl(folder, "req", "-x509", *NEW_KEY, "-keyout", "ca.key", "-out", "ca.crt", "-days", str(CA_DAYS),
                     "-subj", f"/CN=Ringback box {names[1]} {token(2)}",
                     "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                     "-addext", f"nameConstraints=critical,{','.join(allowed)}")
            self._keep(folder, "ca", CA_DAYS, {"names": sorted(names)})

    def _make(self, names: Sequence[str], addresses: Sequence[str], wanted: object) -> None:
        known = ",".join([*(f"DNS:{name}" for name in names), *(f"IP:{address}" for address in addresses)])
        with self._aside() as folder:
            (folder / "x").write_text(
                "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
                f"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName={known}\n", "ascii")
            _openssl(folder, "req", "-new", *NEW_KEY, "-keyout", "server.key", "-out", "csr",
                     "-subj", f"/CN={names[1]}")
            ca = self._folder.absolute() / "ca"
            _openssl(folder, "x509", "-req", "-in", "csr", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key",
                     "-out", "server.crt", "-days", str(DAYS), "-set_serial", f"0x{token(15)}", "-extfile", "x")
            chain = (folder / "server.crt").read_text("ascii") + Path(f"{ca}.crt").read_text("ascii")
            (folder / "server.pem").write_text(chain, "ascii")
            os.replace(folder / "server.pem", self._folder / "server.pem")
            self._keep(folder, "server", DAYS, wanted)

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as folder:
            yield Path(folder)

    def _keep(self, folder: Path, name: str, days: int, wanted: object) -> None:
        """The note comes last: what a power cut left half is made anew."""
        now = self._clock.now()
        note = {"for": wanted, "since": now.isoformat(), "until": (now + timedelta(days=days)).isoformat()}
        (folder / f"{name}.json").write_text(json.dumps(note), "utf-8")
        os.chmod(folder / f"{name}.key", 0o600)
        for file in (f"{name}.key", f"{name}.crt", f"{name}.json"):
            os.replace(folder / file, self._folder / file)


def _openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(("openssl", *words), cwd=folder, capture_output=True, check=False, timeout=120)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CertificateFailed(f"openssl {words[0]} failed: {said[0] if said else done.returncode}")
