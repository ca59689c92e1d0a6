"""Every form and address with whatever an attacker types: the page stays up, and what is refused changes nothing."""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from appliance.api.client import Client
from tests.web.box import Box, Browser, running
from web.page import Access, Page
from web.pages.bundles import FIELDS as BUNDLE
from web.site import SITE

NASTY = ("", "\0", "a" * 5000, "'\"<script>alert(1)</script>", "../../etc/passwd", "%00%ff", "\ud7ff\uffff", "-1",
         "1e999", "NaN", "9" * 400, '"]\n[site]\ncountry="XX"', "{{7*7}}", "% import os", "$(id)", "; rm -rf /",
         "\r\nSet-Cookie: x=y", "🌸" * 50, "=1+1", "0000-99-99", "null", "[]", "true", " ", "\u202e\u2028",
         "+49" + "1" * 20, "&#0;", "\\" * 99, "x@example.org\r\nBcc: y@example.org")
FIELD = re.compile(r"""\bname\s*=\s*["']([a-z_]+)["']""")
VIEWS = Path(__file__).resolve().parents[2] / "web" / "views"
FIELDS = sorted({name for view in VIEWS.glob("*.html") for name in FIELD.findall(view.read_text("utf-8"))}
                | {"csrf"} | set(BUNDLE) | {"mail_to", "sms_to", "mail_host", "mail_port", "sure", "days", "to"})
PARTS = {"/accounts/of/<name>": "Anna", "/lines/<name>": "gsm1", "/prices/bundle/<name>": "flat"}
REMOVE = "/prices/bundle/flat/remove"
# What these do is what they are there for, whatever else is typed: what they may change, and nothing else.
MAY = {
    "/accounts/of/Anna/pin": {"settings"}, "/lines/gsm1/switch": {"settings"}, "/accounts/of/Anna/lock": {"settings"},
    "/me/login": {"lockout"}, "/me/code": {"lockout"}, "/me/code/login": {"lockout"}, "/me/pin": {"lockout"},
    "/logout": {"visit"}, REMOVE: {"settings"},
}
TOLD = {"event", "audit"}  # tables of what was tried
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
[[bundle]]
name = "flat"
lines = ["gsm1"]
minutes = 300
prefixes = ["49"]
"""


def forms() -> list[Page]:
    """Every page that takes a form."""
    return [page for page in SITE if page.method == "POST" and not page.machine]


def path_of(page: Page) -> str:
    for start, name in PARTS.items():
        if page.path.startswith(start):
            return page.path.replace("<name>", name)
    return re.sub("<[^>]+>", "x", page.path)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    data: Path = tmp_path_factory.mktemp("box")
    with running(data) as found:
        with Client(data / "gateway.sock") as client:
            client.call("apply", text=BOX, where="site.toml")
        yield found


@pytest.fixture(scope="module")
def admin(box: Box) -> Browser:
    return box.admin()


def fresh(box: Box, access: Access) -> Browser:
    """Logged in anew, as whoever a page is for; guesses of tests before do not count."""
    box.site.app._house.brakes.right("127.0.0.1", "admin")
    if access is not Access.USER:
        return box.admin()
    with Client(box.data / "gateway.sock") as client:
        client.call("apply", text=f'[[account]]\nname = "Anna"\npin = "{PIN}"\nenabled = true\n', where="site.toml")
    browser = box.browser()
    assert browser.post("/me/login", number="+4915155500001", pin=PIN).status == 303
    return browser


def stores(box: Box) -> dict[str, object]:
    """Both: the settings as an export, and how many rows each table of the journal has."""
    with Client(box.data / "gateway.sock") as client:
        found: dict[str, object] = {"settings": client.call("export")["site.toml"], "people": client.call("visitors")}
    journal = sqlite3.connect(f"file:{box.data / 'journal.sqlite'}?mode=ro", uri=True)
    tables = [name for name, in journal.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found |= {name: journal.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}
    journal.close()
    return {name: what for name, what in found.items() if name not in TOLD}


def test_the_forms_are_all_there() -> None:
    """Derived from the site, so that none is forgotten; the fields from the pages that have them."""
    paths = {path_of(page) for page in forms()}
    assert {"/login", "/setup", "/reset", "/logout", "/me/login", "/me/call", "/settings/tokens",
            "/settings/tokens/remove", "/accounts/of/Anna/forget", "/settings/backup", "/settings/alerts"} <= paths
    assert len(FIELDS) > 60


@pytest.mark.parametrize("page", forms(), ids=lambda page: page.path)
def test_any_form_with_anything_in_it(box: Box, page: Page) -> None:
    path, chance = path_of(page), random.Random(page.path)
    browser = fresh(box, page.access)
    token, before = browser.token("/me" if page.access is Access.USER else "/settings"), stores(box)
    for _ in range(12):
        form = {name: chance.choice(NASTY) for name in chance.sample(FIELDS, chance.randrange(1, 15))}
        if "name" in form and path in ("/accounts", "/settings/people", "/settings/tokens"):
            form["name"] += "\n"  # never a name that could be taken
        if chance.random() < 0.9:
            form["csrf"] = token
        answer = browser.ask("POST", path, urlencode(form, errors="surrogatepass").encode(), {
            "Origin": f"https://localhost:{box.port}", "Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status < 500, form
        assert "<script>alert" not in answer.body
        assert "Set-Cookie: x" not in str(answer.headers)
    after = stores(box)
    assert {name for name in before if before[name] != after[name]} <= MAY.get(path, set())
    assert str(after["settings"]).count("[[") == str(before["settings"]).count("[[") - (path == REMOVE)
    assert fresh(box, Access.ADMIN).get("/settings").status == 200


def addresses() -> list[str]:
    """Every page that is asked for, with a hole for each part of its path, and what some take after a question mark."""
    found = {re.sub("<[^>]+>", "{}", page.path) for page in SITE if page.method == "GET"}
    asked = ("/calls?account={}", "/calls?before={}", "/calls?since={}&until={}", "/calls?number={}&cause={}",
             "/calls/charts?since={}&until={}", "/calls/csv?line={}", "/accounts?q={}", "/settings/log?before={}",
             "/prices?number={}&minutes={}&account={}&at={}",
             "/prices/bundle?name={}&lines={}&per_minute={}&reset={}", "/login?next={}", "/me?to={}", "/{}")
    # What never ends is tried by its name only.
    return sorted({path for path in found if "{}" in path and not path.startswith("/live/")} | set(asked))


@pytest.mark.parametrize("path", addresses())
def test_any_address(box: Box, admin: Browser, path: str) -> None:
    chance = random.Random(path)
    for _ in range(15):
        words = [quote(chance.choice(NASTY), safe="", errors="surrogatepass")[:3000] for _ in range(path.count("{}"))]
        answer = admin.get(path.format(*words))
        assert answer.status < 500, words
        assert "<script>alert" not in answer.body


BODIES = (b"", b"{}", b"\xff\xfe", b"csrf", b"=&=&=", b"a" * 100_000, b"--x\r\n\r\n--x--", b"%" * 500)
KINDS = ("", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain",
         "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=nonsense")


@pytest.mark.parametrize("kind", KINDS)
def test_any_body(box: Box, admin: Browser, kind: str) -> None:
    for body in BODIES:
        for path in ("/settings", "/prices/upload", "/login"):
            answer = admin.ask("POST", path, body, {"Origin": f"https://localhost:{box.port}", "Content-Type": kind})
            assert 400 <= answer.status < 500, (path, body[:20])
    assert admin.get("/").status == 200
