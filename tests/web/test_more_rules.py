"""More rules from the attacker's side: paces, sizes, inline code on any page, guesses from many addresses, and what the
processes tell on their console."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from appliance.api.client import Client
from appliance.vocabulary.clock import SystemClock
from tests.web.box import PASSWORD, Answer, Box, Browser, running
from tests.web.program import Program
from web.brake import FREE, Paces
from web.page import Access
from web.pages.accounts import LARGEST as CSV
from web.pages.prices import LARGEST as TARIFF
from web.site import SITE

PIN = "271193"
BOX = f"""
[[line]]
name = "gsm1"
at = "/dev/none-at"
enabled = false
[[account]]
name = "Anna"
numbers = ["+4915155500001"]
pin = "{PIN}"
[[account]]
name = "Bert"
numbers = ["+4915155500002"]
pin = "314159"
[[account]]
name = "Cara"
numbers = ["+4915155500003"]
pin = "161803"
[[account]]
name = "Dora"
numbers = ["+4915155500004"]
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        with Client(found.data / "gateway.sock") as client:
            client.call("apply", text=BOX, where="site.toml")
        found.admin()
        yield found


@pytest.fixture(autouse=True)
def calm(box: Box) -> None:
    """Guesses of the tests before do not count."""
    box.site.app._house.brakes.right("127.0.0.1", "admin")


def anna(box: Box) -> Browser:
    browser = box.browser()
    assert browser.post("/me/login", number="+4915155500001", pin=PIN).status == 303
    return browser


# Paces


@dataclass
class Clock:
    at: float = 0.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def test_one_token_may_ask_so_often_a_minute() -> None:
    clock = Clock(30.0)
    paces = Paces(clock, 3)
    assert [paces.wait_s("a") for _ in range(4)] == [0, 0, 0, 31]
    assert paces.wait_s("b") == 0
    clock.at = 60.0
    assert paces.wait_s("a") == 0


def test_a_program_that_asks_too_often_is_told_to_wait(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box.site.app._house.paces, "_most", 3)
    page = box.admin().post("/settings/tokens", name="busy", account="", days="30", read="on")
    token = re.search(r'id="fresh-token">(rb_[0-9a-f]{64})<', page.body)
    assert token
    found = [box.browser().get("/api/v1/balance", Authorization=f"Bearer {token[1]}") for _ in range(8)]
    slow = [answer for answer in found if answer.status == 429]
    assert {answer.status for answer in found} == {200, 429}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in slow)
    assert box.browser().get("/login").status == 200


# Sizes


def answer_to(box: Box, head: str) -> bytes:
    """The first octets that come back while the body never does."""
    with socket.create_connection(("127.0.0.1", box.port), 10) as raw:
        context = ssl.create_default_context(cafile=str(box.site.pair.ca))
        with context.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall(f"{head}Host: localhost\r\n\r\n".encode())
            return tls.recv(4096)


@pytest.mark.parametrize(("path", "largest"), [("/accounts/csv", CSV), ("/prices/upload", TARIFF),
                                               ("/settings/alerts", 256 * 1024), ("/me/call", 256 * 1024)])
def test_each_page_has_its_size_and_refuses_more_before_it_is_read(box: Box, path: str, largest: int) -> None:
    said = answer_to(box, f"POST {path} HTTP/1.1\r\nContent-Length: {largest + 65 * 1024}\r\n")
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"octets are allowed" in said or b"Connection: close" in said


def test_what_is_just_small_enough_is_read(box: Box) -> None:
    rows = b"name,numbers\n" + b"x" * (CSV - 1000)
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + rows + b"\r\n--x--\r\n"
    answer = box.admin().ask("POST", "/accounts/csv", body, {
        "Origin": f"https://localhost:{box.port}", "Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status == 403  # it has no token


@pytest.mark.parametrize("path", ["/login", "/accounts/csv", "/api/v1/callbacks", "/me/call"])
def test_a_body_without_a_length_is_refused(box: Box, path: str) -> None:
    assert b" 411 " in answer_to(box, f"POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n")
    assert b" 411 " in answer_to(box, f"POST {path} HTTP/1.1\r\n")


# Pages


INLINE = re.compile(r"<script(?![^>]*src=)|\son\w+\s*=\s*[\"']|\sstyle\s*=|javascript:|<style|<base|<iframe")


def test_no_page_at_all_has_inline_script_or_style(box: Box) -> None:
    """Every page of the site, as whoever may open it, filled and empty; the policy would stop it, but so does this."""
    admin, user = box.admin(), anna(box)
    seen = 0
    for page in SITE:
        if page.method != "GET" or page.machine or page.path.startswith(("/live/", "/me/live")) or \
                page.path.endswith(("/stream", "/levels")):
            continue
        path = page.path.replace("<name>", "Anna" if "accounts" in page.path else "gsm1")
        path = re.sub("<[^>]+>", "1", path)
        for browser in (user if page.access is Access.USER else admin, box.browser()):
            answer = browser.get(path)
            assert not INLINE.search(answer.body), path
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            seen += answer.status == 200
    assert seen > 30


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
@pytest.mark.parametrize("page", [page.path for page in SITE if page.method == "POST" and page.path.startswith("/me/")
                                  and page.access is Access.USER])
def test_another_site_cannot_have_a_subscriber_call(box: Box, page: str, origin: str) -> None:
    browser = anna(box)
    token = browser.token("/me")
    answer = browser.post(page, token=token, headers={"Origin": origin}, to="+493012345678", call="1")
    assert answer.status == 403
    assert browser.post("/me/call", token="0" * 64, to="+493012345678").status == 403
    with Client(box.data / "gateway.sock") as client:
        assert client.call("home")["calls"] == []


# Guesses


def from_address(box: Box, address: str, number: str, pin: str) -> Answer:
    """A log-in from an address of one's own, as a real connection."""
    context = ssl.create_default_context(cafile=str(box.site.pair.ca))
    connection = http.client.HTTPSConnection("127.0.0.1", box.port, context=context, timeout=20,
                                             source_address=(address, 0))
    body = urlencode({"number": number, "pin": pin})
    connection.request("POST", "/me/login", body, {
        "Origin": f"https://127.0.0.1:{box.port}", "Content-Type": "application/x-www-form-urlencoded"})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return Answer(reply.status, reply.headers, text)


def test_a_pin_is_not_guessed_from_many_addresses(box: Box) -> None:
    """Each guess from another one: the number is braked, and the account locked, all the same."""
    said = [from_address(box, f"127.0.1.{n}", "+4915155500002", f"{n:06d}").status for n in range(1, FREE + 4)]
    assert said[:FREE] == [403] * FREE
    assert set(said[FREE:]) == {429}
    box.site.app._house.brakes.right("127.0.0.1", "number 155500002")
    assert from_address(box, "127.0.2.1", "+4915155500002", "314159").status == 403  # the right one: it is locked
    assert from_address(box, "127.0.2.2", "+4915155500001", PIN).status == 303  # and nobody else is


def test_who_has_an_account_cannot_be_told_by_the_time(box: Box) -> None:
    """A hash is computed for every number: known with a PIN, known without, unknown. Two guesses lock nobody yet."""
    clock, took = SystemClock(), dict[str, float]()
    for number in ("+4915155500003", "+4915155500004", "+4915155500009"):
        each = []
        for n in range(2):
            began = clock.monotonic()
            assert from_address(box, f"127.0.3.{n + 1}", number, "000000").status == 403
            each.append(clock.monotonic() - began)
        took[number] = min(each)
    assert max(took.values()) < 3 * min(took.values()), took


# What the processes tell


def test_no_secret_is_told_on_a_console(tmp_path: Path) -> None:
    """Passwords, PINs, cookies and tokens typed, right and wrong, into a gateway and a page as they really run."""
    gateway = Program(tmp_path, "run")
    page = None
    try:
        code = gateway.told("set-up code ([A-Z0-9-]+)")[1]
        page = Program(tmp_path, "web", "--port", "0")
        port = int(page.told(r"page is at https://[^:]+:([0-9]+)/")[1])
        with Client(tmp_path / "gateway.sock") as client:
            client.call("apply", text=BOX, where="site.toml")
        secrets = _used(port, tmp_path / "web/tls/ca.crt", code)
    finally:
        if page:
            page.stop()
        gateway.stop()
    told = "".join(gateway._told) + "".join(page._told if page else ())
    assert code in told  # the one secret that belongs there
    assert len(secrets) == 7
    assert [secret for secret in secrets if secret in told] == []


def _used(port: int, ca: Path, code: str) -> list[str]:
    """Everything secret that went over the wire."""
    cookies: dict[str, str] = {}

    def post(path: str, **form: str) -> str:
        connection = http.client.HTTPSConnection("localhost", port, timeout=30,
                                                 context=ssl.create_default_context(cafile=str(ca)))
        jar = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if cookies:
            connection.request("GET", "/settings/tokens", headers={"Cookie": jar})
            token = re.search(r'name="csrf" value="([0-9a-f]+)"', connection.getresponse().read().decode())
            form["csrf"] = token[1] if token else ""
        connection.request("POST", path, urlencode(form), {
            "Origin": f"https://localhost:{port}", "Content-Type": "application/x-www-form-urlencoded", "Cookie": jar})
        reply = connection.getresponse()
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            cookies[name] = value
        text = reply.read().decode()
        connection.close()
        return text
    post("/setup", code=code, name="admin", password=PASSWORD, again=PASSWORD)
    admin = cookies["__Host-ringback"]
    token = re.search("rb_[0-9a-f]{64}", post("/settings/tokens", name="x", account="", days="3", read="on"))
    assert token
    post("/settings/alerts", mail_to="a@example.org", mail_host="127.0.0.1", mail_port="9", mail_tls="starttls",
         mail_user="box", mail_password="battery staple", sms_per_day="5", after_min="5", topic_box="on")
    post("/settings/alerts/test")
    cookies.clear()
    post("/login", name="admin", password="a wrong guess at it")
    post("/me/login", number="+4915155500001", pin="998877")
    post("/me/login", number="+4915155500001", pin=PIN)
    return [PASSWORD, admin, token[0], "battery staple", "a wrong guess at it", "998877", PIN]
