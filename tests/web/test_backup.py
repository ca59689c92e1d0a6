"""Backup and restore on the page, against a gateway that really starts anew."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from appliance.api.client import Client, NoGateway, gateway_runs
from appliance.api.wire import ApiError
from tests.web.box import Box, Browser, served
from tests.web.program import Program


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    gateway = Program(tmp_path, "run")
    try:
        code = gateway.told(r"set-up code [A-Z0-9-]+")[0]
        until_up(tmp_path)
        with served(tmp_path, [code]) as found:
            yield found
    finally:
        gateway.stop()


def until_up(data: Path) -> None:
    pause = threading.Event()
    for _ in range(600):
        if gateway_runs(data / "gateway.sock"):
            return
        pause.wait(0.05)
    raise AssertionError("no gateway came up")


def asked(box: Box, method: str, **params: Any) -> Any:
    with Client(box.data / "gateway.sock") as client:
        return client.call(method, **params)


def download(browser: Browser) -> bytes:
    context = ssl.create_default_context(cafile=str(browser.box.site.pair.ca))
    connection = http.client.HTTPSConnection("localhost", browser.box.port, context=context, timeout=30)
    connection.request("POST", "/settings/backup", urlencode({"csrf": browser.token()}), {
        "Origin": f"https://localhost:{browser.box.port}", "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"__Host-ringback={browser.cookies['__Host-ringback']}"})
    reply = connection.getresponse()
    assert reply.status == 200
    assert "attachment" in reply.headers["Content-Disposition"]
    return reply.read()


def send(browser: Browser, octets: bytes) -> Any:
    edge = b"edge7"
    body = b"--%s\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n%s\r\n" % (edge, browser.token().encode())
    body += b"--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b\"\r\n\r\n%s\r\n--%s--\r\n" % (
        edge, octets, edge)
    return browser.ask("POST", "/settings/restore", body, {
        "Origin": f"https://localhost:{browser.box.port}", "Content-Type": "multipart/form-data; boundary=edge7"})


def country(box: Box) -> str:
    return str(asked(box, "export")["site.toml"].partition('country = "')[2][:2])


def until(box: Box, wanted: str) -> None:
    """Asks until the gateway has started anew, and is as it should be."""
    pause = threading.Event()
    for _ in range(600):
        try:
            if country(box) == wanted:
                return
        except (NoGateway, ApiError):
            pass  # between two lives
        pause.wait(0.05)
    raise AssertionError(f"never {wanted}")


def test_a_box_is_saved_changed_restored_and_that_undone(box: Box) -> None:
    admin = box.admin()
    assert admin.get("/settings/backup").status == 200
    saved = download(admin)
    asked(box, "apply", text='[site]\ncountry = "AT"\n[[account]]\nname = "Bob"\nnumbers = ["+4915155500001"]\n')
    assert "is no backup" in send(admin, saved[:-50]).body
    assert "is no backup" in send(admin, b"nonsense").body
    page = send(admin, saved)
    assert "This backup is whole" in page.body
    assert country(box) == "AT"  # nothing changed yet
    for path, wanted in (("take", "DE"), ("undo", "AT")):
        assert "starts anew" in admin.post(f"/settings/restore/{path}").body
        until(box, wanted)
        admin = box.admin()
    assert [each["name"] for each in asked(box, "accounts")] == ["Bob"]


def test_a_viewer_gets_no_backup(box: Box) -> None:
    box.admin().post("/settings/people", name="vera", role="viewer", password="nothing but looking")
    vera = box.browser()
    vera.post("/login", name="vera", password="nothing but looking")
    assert vera.get("/settings/backup").status == 403
    assert vera.post("/settings/backup").status == 403
    assert vera.post("/settings/restore/undo").status == 403
