"""The first page: what it shows, hanging up, live streams and their seats."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.api.client import Client
from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.box import PASSWORD, Box, Browser, running
from tests.web.program import PATIENCE_S
from web.live import MOST


def past_call(data: Path) -> None:
    """One call of a minute just now, in a journal that nobody has open yet."""
    journal, now = Journal(data / "journal.sqlite", "EUR"), SystemClock().now()
    rate = Rate("49", Money(0, "EUR"), Money(90_000, "EUR"), 60, 1)
    for side, number in ((Side.A, "+4915155500001"), (Side.B, "+493012345678")):
        leg = f"1-{side}1"
        journal.open_record(Record(leg, "1", side, "Anna", "gsm1", number, rate, now))
        journal.answer_record(leg, now)
        journal.close_record(leg, now, Cause.NORMAL, 60.0, Money(90_000, "EUR"))
    journal.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    data = tmp_path_factory.mktemp("box")
    past_call(data)
    with running(data) as found:
        found.admin()
        yield found


def test_today_is_told_beside_yesterday(box: Box) -> None:
    body = box.admin().get("/").body
    assert "0.18 EUR" in body
    assert "Nobody is on the phone" in body


def watch(browser: Browser, seen: str = "", path: str = "/live/home") -> http.client.HTTPResponse:
    context = ssl.create_default_context(cafile=str(browser.box.site.pair.ca))
    connection = http.client.HTTPSConnection("localhost", browser.box.port, context=context, timeout=20)
    cookie = f"__Host-ringback={browser.cookies['__Host-ringback']}"
    connection.request("GET", path, headers={"Cookie": cookie, "Last-Event-ID": seen})
    return connection.getresponse()


def test_viewers_have_seats_and_leave_them(box: Box) -> None:
    browser = box.admin()
    seated = [watch(browser) for _ in range(MOST)]
    assert [seat.status for seat in seated] == [200] * MOST
    assert [seated[0].readline() for _ in range(2)] == [b"retry: 3000\n", b"\n"]
    seen = seated[0].readline().removeprefix(b"id: ").strip().decode()
    assert seated[0].readline().startswith(b"data: <ul")
    told = watch(browser).read()  # whoever has no seat is told once, and asks again in two seconds
    assert told.startswith(f"retry: 2000\n\nid: {seen}\ndata: <ul".encode())
    assert watch(browser, seen).read() == b"retry: 2000\n\n"  # nothing is new
    browser.post("/logout")
    for seat in seated:
        assert b"event: over" in seat.read()  # whoever is logged out sees no more
    again = box.admin()
    assert watch(again, seen).readline() == b"retry: 3000\n"  # a seat again


def test_a_meter_without_a_seat_asks_again_and_whoever_goes_makes_room(box: Box) -> None:
    browser = box.admin()
    seated = [watch(browser) for _ in range(MOST)]
    meter = "/lines/gsm1/levels"
    standing = watch(browser, path=meter)
    assert (standing.status, standing.read()) == (200, b"retry: 2000\n\n")
    seated[0].close()  # another page is opened in that tab; nothing is new on the one before
    until = time.monotonic() + PATIENCE_S
    while watch(browser, path=meter).readline() != b"retry: 3000\n":
        assert time.monotonic() < until, "the seat of who left stays taken"


def test_who_is_not_logged_in_gets_no_stream(box: Box) -> None:
    assert (box.browser().get("/live/home").status, box.browser().get("/live/home").location) == (
        303, "/login?next=/live/home")


def test_hanging_up_a_call_that_is_over_says_so(box: Box) -> None:
    browser = box.admin()
    browser.post("/hang-up", call="77")
    assert "call 77 is over already" in browser.get("/").body


def test_a_viewer_looks_and_changes_nothing(box: Box) -> None:
    with Client(box.data / "gateway.sock") as client:
        client.call("visitor_put", name="vera", role="viewer", password="nothing but looking")
    viewer = box.browser()
    viewer.post("/login", name="vera", password="nothing but looking")
    assert viewer.get("/").status == 200
    assert viewer.post("/hang-up", call="1").status == 403
    assert viewer.post("/login", name="admin", password=PASSWORD).status == 303
