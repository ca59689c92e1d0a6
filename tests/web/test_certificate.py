"""The box's own CA and certificate: what they vouch for, until when, and with a clock that is wrong."""

from __future__ import annotations

import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.web.box import running, served
from tests.web.program import Program
from web.certificate import DAYS, LocalAuthority, fingerprint

NOW = datetime.now(UTC)


@dataclass
class Clock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


def served_by(port: int) -> str:
    """What a browser shows of the page's certificate."""
    import hashlib
    der = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[at: at + 2] for at in range(0, 64, 2))


def test_the_fingerprint_on_the_console_is_the_one_that_a_browser_shows(tmp_path: Path) -> None:
    gateway = Program(tmp_path, "run")
    try:
        gateway.told("set-up code")
        page = Program(tmp_path, "web", "--port", "0")
        try:
            port = int(page.told(r"page is at https://[^:]+:([0-9]+)/")[1])
            assert page.told("its certificate: SHA-256 ([0-9A-F:]+)")[1] == served_by(port)
            assert page.told("its local CA: +SHA-256 ([0-9A-F:]+)")[1] == fingerprint(tmp_path / "web/tls/ca.crt")
        finally:
            page.stop()
    finally:
        gateway.stop()


@contextmanager
def forged(folder: Path, name: str) -> Iterator[ssl.SSLContext]:
    """A thief has the box's CA key, and makes a certificate for another site with it; this is what the thief serves."""
    (folder / "x").write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n")
    for words in (
        ("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "thief.key",
         "-out", "csr", "-subj", f"/CN={name}"),
        ("x509", "-req", "-in", "csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-out", "thief.crt", "-days", "2",
         "-set_serial", "7", "-extfile", "x")):
        subprocess.run(("openssl", *words), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "thief.crt", folder / "thief.key")
    yield context


def shakes_hands(server: ssl.SSLContext, ca: Path, name: str) -> str:
    """What a browser that trusts this CA says of the server: "" or why not. In memory."""
    client = ssl.create_default_context(cafile=str(ca))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(6):
        for end in (ours, theirs):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


@pytest.mark.parametrize("name", ["bank.example", "www.example.org", "example"])
def test_whoever_installs_the_ca_trusts_it_with_no_other_site(tmp_path: Path, name: str) -> None:
    pair = LocalAuthority(tmp_path, Clock()).pair(())
    assert pair.ca
    with forged(tmp_path, name) as thief:
        assert "permitted subtree violation" in shakes_hands(thief, pair.ca, name)
    with forged(tmp_path, "printer.local") as neighbour:  # the office's own names it may vouch for
        assert shakes_hands(neighbour, pair.ca, "printer.local") == ""


def test_a_certificate_is_renewed_before_it_ends_and_keeps_its_ca(tmp_path: Path) -> None:
    clock = Clock()
    authority = LocalAuthority(tmp_path, clock)
    first = authority.pair(()).fingerprint
    assert authority.pair(()).fingerprint == first
    ca = fingerprint(tmp_path / "ca.crt")
    clock.at = NOW + timedelta(days=DAYS - 31)
    assert authority.pair(()).fingerprint == first
    clock.at = NOW + timedelta(days=DAYS - 29)
    assert authority.pair(()).fingerprint != first
    assert fingerprint(tmp_path / "ca.crt") == ca  # nobody has to install it again


def test_a_clock_that_was_wrong_at_the_first_start_leaves_nothing_behind(tmp_path: Path) -> None:
    """A Pi without a network begins in the past, or in the future: what it made then is made anew."""
    for wrong in (datetime(1970, 1, 2, tzinfo=UTC), NOW + timedelta(days=4000)):
        folder, clock = tmp_path / str(wrong.year), Clock(wrong)
        authority = LocalAuthority(folder, clock)
        before = authority.pair(()).fingerprint
        clock.at = NOW
        pair = authority.pair(())
        assert pair.fingerprint != before
        assert pair.ca
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        assert shakes_hands(context, pair.ca, "localhost") == ""


def test_a_new_name_is_in_the_next_certificate(tmp_path: Path) -> None:
    authority = LocalAuthority(tmp_path, Clock())
    pair = authority.pair(("ringback.example.org",))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    assert pair.ca
    assert shakes_hands(context, pair.ca, "ringback.example.org") == ""


def test_it_is_renewed_while_the_page_serves(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        before = served_by(box.port)
        (tmp_path / "web/tls/server.json").unlink()
        box.site.renew()
        after = served_by(box.port)
        assert after != before
        assert after == fingerprint(tmp_path / "web/tls/server.pem")
        assert box.browser().get("/login").status in (200, 303)


def test_the_keys_are_nobody_elses(tmp_path: Path) -> None:
    LocalAuthority(tmp_path / "tls", Clock()).pair(())
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").glob("*.key")}
    assert modes == {"ca.key": 0o600, "server.key": 0o600}
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700


def test_another_process_gets_the_same_certificate(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        first = served_by(box.port)
    with served(tmp_path) as again:
        assert served_by(again.port) == first
        assert re.fullmatch("([0-9A-F]{2}:){31}[0-9A-F]{2}", first)
