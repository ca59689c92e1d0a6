"""Each rule of the page's safety, from the attacker's side, over real sockets against the real server."""

from __future__ import annotations

import math
import re
import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api.client import Client
from tests.web.box import PASSWORD, Box, running, served
from web.brake import FREE


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        found.admin()
        yield found


def test_nobody_gets_in_before_set_up_and_the_code_works_once(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        browser = box.browser()
        for path in ("/", "/login", "/reset"):
            assert browser.get(path).location == "/setup"
        code = box.codes[-1].rpartition(" ")[2]
        assert "differ" in browser.post("/setup", code=code, name="eve", password=PASSWORD, again="other").body
        assert "code is wrong" in browser.post("/setup", code="AAAA-AAAA-AAAA", name="eve", password=PASSWORD,
                                               again=PASSWORD).body
        short = browser.post("/setup", code=code, name="eve", password="short", again="short")
        assert "at least 10 characters" in short.body
        done = browser.post("/setup", code=code, name="admin", password=PASSWORD, again=PASSWORD)
        assert (done.status, done.location) == (303, "/first")
        again = box.browser().post("/setup", code=code, name="eve", password=PASSWORD, again=PASSWORD)
        assert again.status == 403
        assert box.browser().get("/setup").location == "/"


def test_there_is_no_default_password(box: Box) -> None:
    browser = box.browser()
    for name, password in (("admin", "admin"), ("admin", ""), ("root", "root"), ("admin", "ringback")):
        assert browser.post("/login", name=name, password=password).status in (403, 429)


def test_guessing_a_code_is_braked(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        browser = box.browser()
        said = [browser.post("/setup", code=f"AAAA-AAAA-AAA{n}", name="eve", password=PASSWORD, again=PASSWORD).status
                for n in range(2, 9)]
        assert said == [403] * FREE + [429] * 2


def test_the_cookie_is_bound_and_only_its_hash_is_kept(box: Box) -> None:
    browser = box.browser()
    answer = browser.post("/login", name="admin", password=PASSWORD)
    (cookie,) = answer.headers.get_all("Set-Cookie") or []
    assert cookie.startswith("__Host-ringback=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
    value = browser.cookies["__Host-ringback"]
    assert len(value) == 64
    journal = sqlite3.connect(f"file:{box.data / 'journal.sqlite'}?mode=ro", uri=True)
    assert value not in str(journal.execute("SELECT * FROM visit").fetchall())
    journal.close()


def test_logging_out_ends_the_session_for_whoever_copied_the_cookie(box: Box) -> None:
    browser, thief = box.admin(), box.browser()
    thief.cookies = dict(browser.cookies)
    assert thief.get("/").status == 200
    assert browser.post("/logout").status == 303
    assert thief.get("/").location == "/login"


def test_logging_in_gives_a_new_cookie(box: Box) -> None:
    """Session fixation: a cookie that was planted before is worth nothing after."""
    browser = box.browser()
    browser.cookies["__Host-ringback"] = "f" * 64
    browser.post("/login", name="admin", password=PASSWORD)
    assert browser.cookies["__Host-ringback"] != "f" * 64
    planted = box.browser()
    planted.cookies["__Host-ringback"] = "f" * 64
    assert planted.get("/").location == "/login"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost", "https://localhost:1"])
def test_a_form_from_another_site_is_refused(box: Box, origin: str) -> None:
    browser = box.admin()
    assert browser.post("/logout", headers={"Origin": origin}).status == 403
    assert browser.get("/").status == 200


def test_a_form_without_origin_or_token_is_refused(box: Box) -> None:
    browser, other = box.admin(), box.admin()
    assert browser.post("/logout", headers={"Origin": ""}).status == 403
    assert browser.post("/logout", token="").status == 403
    assert browser.post("/logout", token="0" * 64).status == 403
    assert browser.post("/logout", token=other.token()).status == 403  # another session's
    assert browser.get("/").status == 200
    referer = f"https://localhost:{box.port}/"
    assert browser.post("/logout", headers={"Origin": "", "Referer": referer}).status == 303


def test_login_from_another_site_is_refused(box: Box) -> None:
    answer = box.browser().post("/login", name="admin", password=PASSWORD, headers={"Origin": "https://evil.example"})
    assert answer.status == 403
    assert not answer.headers["Set-Cookie"]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "evil.example:443", "localhost@x",
                                  "[::1"])
def test_another_name_for_the_box_is_refused(box: Box, host: str) -> None:
    """DNS rebinding: the attacker's name points at the box, and the browser sends that name."""
    assert box.browser().get("/login", Host=host).status in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "192.168.1.5:8443", "LOCALHOST"])
def test_the_box_answers_to_its_own_names(box: Box, host: str) -> None:
    assert box.browser().get("/login", Host=host).status == 200


def test_every_answer_carries_the_headers(box: Box) -> None:
    browser = box.admin()
    for path in ("/", "/login", "/static/style.css", "/no-such-page", "/setup"):
        headers = browser.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Server"] == "ringback"
    assert browser.get("/").headers["Cache-Control"] == "no-store"


def test_no_page_has_inline_script_or_style(box: Box) -> None:
    browser = box.admin()
    for path in ("/", "/login", "/reset", "/no-such-page"):
        body = browser.get(path).body
        assert not re.search(r"<script(?![^>]*src=)|\son\w+\s*=|style\s*=|javascript:", body), path


def test_guessing_passwords_takes_longer_and_longer(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.admin()
        browser = box.browser()
        said = [browser.post("/login", name="admin", password=f"wrong guess {n}") for n in range(FREE + 1)]
        assert [answer.status for answer in said] == [403] * FREE + [429]
        assert int(said[-1].headers["Retry-After"]) >= 1
        assert browser.post("/login", name="admin", password=PASSWORD).status == 429  # the right one, too
        assert browser.post("/login", name="somebody", password="else entirely").status == 429  # by address


def test_names_cannot_be_found_out(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.admin()
        took = {"admin": math.inf, "nobody": math.inf}
        said: dict[str, str] = {}
        for name in ("admin", "nobody", "admin", "nobody"):  # a busy machine only ever adds to what it takes
            began = time.monotonic()
            answer = box.browser().post("/login", name=name, password="wrong guess")
            took[name] = min(took[name], time.monotonic() - began)
            said[name] = re.sub(r'value="[^"]*"', "", answer.body)
        assert said["admin"] == said["nobody"]
        assert took["nobody"] > 0.3 * took["admin"]  # a hash is computed for both


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aX: y"])
def test_login_leads_to_pages_of_the_box_only(box: Box, to: str) -> None:
    answer = box.browser().post("/login", name="admin", password=PASSWORD, next=to)
    assert answer.status == 303
    assert answer.location in ("/", "/%0d%0aX: y")


@pytest.mark.parametrize("length", [300_000, 999_999_999_999])
def test_a_large_body_is_refused_before_it_is_read(box: Box, length: int) -> None:
    with socket.create_connection(("127.0.0.1", box.port), 10) as raw:
        context = ssl.create_default_context(cafile=str(box.site.pair.ca))
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % length)
            assert b" 413 " in tls.recv(4096)


def test_silent_and_half_sent_connections_stop_nobody(box: Box) -> None:
    """cheroot shakes hands in the thread that accepts; ours does not."""
    silent = [socket.create_connection(("127.0.0.1", box.port)) for _ in range(60)]
    half = [socket.create_connection(("127.0.0.1", box.port)) for _ in range(8)]
    for each in half:
        each.sendall(b"\x16\x03\x01\x02\x00\x01")
    try:
        began = time.monotonic()
        assert box.browser().get("/login").status == 200
        assert time.monotonic() - began < 2.0
    finally:
        for each in silent + half:
            each.close()


def test_plain_http_is_sent_to_tls(box: Box) -> None:
    with socket.create_connection(("127.0.0.1", box.port), 10) as raw:
        raw.sendall(b"GET /calls HTTP/1.1\r\nHost: localhost:8443\r\n\r\n")
        head = raw.recv(4096)
    assert head.startswith(b"HTTP/1.1 308 ")
    assert b"Location: https://localhost:8443/calls\r\n" in head


def test_old_tls_is_refused(box: Box) -> None:
    context = ssl.create_default_context(cafile=str(box.site.pair.ca))
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", box.port), 10) as raw:
        context.wrap_socket(raw, server_hostname="localhost")


def test_files_outside_the_folder_are_not_served(box: Box) -> None:
    for path in ("/static/../serve.py", "/static/%2e%2e/serve.py", "/static//etc/passwd", "/static/x"):
        assert box.browser().get(path).status == 404


def test_the_page_says_what_to_do_when_the_gateway_is_down(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.admin()
    with served(tmp_path) as alone:
        answer = alone.browser().get("/")
        assert answer.status == 503
        assert "systemctl restart ringback" in answer.body
        assert alone.browser().get("/static/style.css").status == 200


def test_a_code_from_the_console_sets_a_new_password(tmp_path: Path) -> None:
    with running(tmp_path) as box:
        browser, thief = box.admin(), box.browser()
        guess = thief.post("/reset", code="AAAA-AAAA-AAAA", name="admin", password=PASSWORD, again=PASSWORD)
        assert guess.status == 403
        with Client(tmp_path / "gateway.sock") as client:
            assert client.call("page_code") == {"told": "reset"}
        assert box.codes[-1].startswith("For 15 minutes")
        code = re.search(r"code ([A-Z0-9-]+)", box.codes[-1])
        assert code
        new = "quite another phrase"
        owner = box.browser()
        assert owner.post("/reset", code=code[1].lower(), name="Admin", password=new, again=new).location == "/"
        assert owner.get("/").status == 200
        assert browser.get("/").location == "/login"  # everybody else is out
        assert thief.post("/reset", code=code[1], name="admin", password=new, again=new).status == 403  # once only


def test_secrets_stand_in_no_address_and_no_story(box: Box) -> None:
    journal = sqlite3.connect(f"file:{box.data / 'journal.sqlite'}?mode=ro", uri=True)
    told = str(journal.execute("SELECT text FROM event").fetchall())
    journal.close()
    assert PASSWORD not in told
    assert not any(code.rpartition(" ")[2] in told for code in box.codes)
