"""Who has a stolen card, an old cookie, many addresses, or less of a role than a page asks for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.box import PASSWORD, Box, running
from web.brake import FIRST_S, FREE, LONGEST_S, Brakes
from web.page import Access, Page
from web.site import SITE


@dataclass
class Clock:
    at: float = 0.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with running(tmp_path_factory.mktemp("box")) as found:
        admin = found.admin()
        admin.post("/settings/people", name="vera", role="viewer", password="nothing but looking")
        yield found


def test_each_wrong_guess_doubles_the_wait_up_to_a_limit() -> None:
    clock = Clock()
    brakes = Brakes(clock)
    waits = []
    for n in range(FREE + 12):
        brakes.wrong("192.0.2.1", f"name {n}")
        waits.append(brakes.wait_s("192.0.2.1", "another"))
        clock.at += waits[-1]
    assert waits[:FREE] == [0] * (FREE - 1) + [int(FIRST_S)]
    assert waits[FREE:FREE + 3] == [4, 8, 16]
    assert waits[-1] == LONGEST_S


def test_a_name_is_braked_though_every_guess_has_its_own_address() -> None:
    brakes = Brakes(Clock())
    for n in range(FREE + 20):
        brakes.wrong(f"198.51.100.{n}", "Admin")
    assert 0 < brakes.wait_s("203.0.113.9", "admin") <= 60  # and nobody locks the admin out for long
    assert brakes.wait_s("203.0.113.9", "vera") == 0


def test_all_addresses_of_one_ipv6_host_count_as_one() -> None:
    brakes = Brakes(Clock())
    for n in range(FREE + 1):
        brakes.wrong(f"2001:db8:1:2::{n:x}", f"name {n}")
    assert brakes.wait_s("2001:db8:1:2:ffff::1", "another") > 0
    assert brakes.wait_s("2001:db8:1:3::1", "another") == 0


@pytest.mark.parametrize(("seen", "opened"), [(9, 9), (0, 24 * 400)], ids=["unused", "old"])
def test_a_cookie_ends_by_itself(box: Box, seen: int, opened: int) -> None:
    """Hours since it was used, and since it was made."""
    browser, now = box.admin(), datetime.now(UTC)
    with sqlite3.connect(box.data / "journal.sqlite") as journal:
        journal.execute("UPDATE visit SET seen = ?, opened = ?", tuple(
            (now - timedelta(hours=hours)).isoformat() for hours in (seen, opened)))
    journal.close()
    assert browser.get("/").location.startswith("/login")


def test_a_stolen_card_holds_no_password_and_no_cookie(box: Box) -> None:
    browser = box.admin()
    cookie = browser.cookies["__Host-ringback"]
    files = [path for path in box.data.rglob("*") if path.is_file()]
    everything = b"".join(path.read_bytes() for path in files)
    assert b"scrypt$" in everything
    assert PASSWORD.encode() not in everything
    assert cookie.encode() not in everything


GUARDED = [page for page in SITE if page.access > Access.ANYONE]


@pytest.mark.parametrize("page", GUARDED, ids=lambda page: f"{page.method} {page.path}")
def test_no_page_opens_without_its_role(box: Box, page: Page) -> None:
    path = page.path.replace("<", "").replace(">", "")
    stranger = box.browser().ask(page.method, path, b"x=1" if page.method == "POST" else b"")
    assert stranger.status in (303, 401, 403)
    door = "/me/login" if page.access is Access.USER else "/login"
    assert stranger.location in ("", door) or stranger.location.startswith(f"{door}?")


def test_a_viewer_opens_nothing_of_an_admin(box: Box) -> None:
    viewer = box.browser()
    viewer.post("/login", name="vera", password="nothing but looking")
    assert viewer.get("/").status == 200
    token = viewer.token()
    for page in SITE:
        if page.access is Access.ADMIN and not page.machine:
            path = page.path.replace("<", "").replace(">", "")
            answer = viewer.post(path, token=token) if page.method == "POST" else viewer.get(path)
            assert answer.status == 403, path
