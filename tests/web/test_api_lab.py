"""A program has a call made by the REST API, with the lab's phones: every answer is as the description says."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import schemathesis

from appliance.labbox import PIN, LabProcess
from tests.web.box import PASSWORD
from tests.web.program import PATIENCE_S, Program

SCHEMA = schemathesis.openapi.from_path(Path(__file__).parents[2] / "web" / "openapi.json")
NUMBER = "+493012345678"
WHO = "Front desk"


class Box:
    """Gateway, page and lab as processes; `token` is one of the whole box."""

    def __init__(self, data: Path, code: str, port: int) -> None:
        self.base, self.ca = f"https://localhost:{port}", str(data / "web/tls/ca.crt")
        self.lab = LabProcess(data / "lab")
        self._port, self._cookie = port, ""
        self._form("/setup", code=code, name="admin", password=PASSWORD, again=PASSWORD)
        page = self._form("/settings/tokens", name="crm", account="", days="3", read="on", call="on")
        found = re.search("rb_[0-9a-f]{64}", page)
        assert found, page
        self.token = found[0]

    def _form(self, path: str, **form: str) -> str:
        context = ssl.create_default_context(cafile=self.ca)
        if self._cookie:
            connection = HTTPSConnection("localhost", self._port, context=context, timeout=30)
            connection.request("GET", "/settings/tokens", headers={"Cookie": self._cookie})
            found = re.search(r'name="csrf" value="([0-9a-f]+)"', connection.getresponse().read().decode())
            form["csrf"] = found[1] if found else ""
        connection = HTTPSConnection("localhost", self._port, context=context, timeout=30)
        connection.request("POST", path, urlencode(form), {
            "Origin": self.base, "Content-Type": "application/x-www-form-urlencoded", "Cookie": self._cookie})
        reply = connection.getresponse()
        self._cookie = (reply.headers["Set-Cookie"] or self._cookie).partition(";")[0]
        return reply.read().decode()

    def ask(self, method: str, path: str, operation: str = "", **words: Any) -> requests.Response:
        """The answer, held against the description."""
        reply = requests.request(method, f"{self.base}/api/v1/{path}", verify=self.ca, timeout=30,
                                 headers={"Authorization": f"Bearer {self.token}"}, **words)
        SCHEMA[f"/api/v1/{operation or path}"][method].validate_response(reply)
        return reply


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    data = tmp_path_factory.mktemp("box")
    gateway = Program(data, "run", "--lab")
    page = None
    try:
        code = gateway.told(r"set-up code ([A-Z0-9-]+)")[1]
        for line in ("gsm1", "gsm2", "gsm3"):
            gateway.told(f"{line}: ready")
        page = Program(data, "web", "--port", "0")
        yield Box(data, code, int(page.told(r"page is at https://[^:]+:([0-9]+)/")[1]))
    finally:
        if page:
            page.stop()
        gateway.stop()


def watch(box: Box, call: str, until: str, seen: list[str]) -> dict[str, Any]:
    """Polls as a program does, until the call is there; every stage on the way is kept."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 5):
        row: dict[str, Any] = box.ask("GET", f"calls/{call}", "calls/{call}").json()
        if not seen or seen[-1] != row["stage"]:
            seen.append(row["stage"])
        if row["stage"] == until:
            return row
        pause.wait(0.2)
    raise AssertionError(f"never: {until}; seen: {seen}")


def test_a_callback_from_its_wish_to_its_price(box: Box) -> None:
    def do(*words: str) -> None:
        asyncio.run(box.lab.do(*words))
    asked = box.ask("POST", "callbacks", json={"account": WHO, "destination": NUMBER})
    assert asked.status_code == 202
    call = asked.json()["call"]
    assert asked.headers["Location"] == f"/api/v1/calls/{call}"
    stages: list[str] = []
    do("wait", "anna", "alerting")
    watch(box, call, "rings the subscriber", stages)
    do("answer", "anna")
    watch(box, call, "asks the subscriber", stages)
    do("key", "anna", f"{PIN}#")
    do("wait", "bert", "active")
    talking = watch(box, call, "they talk", stages)
    assert (talking["account"], talking["to"], talking["running"]) == (WHO, NUMBER, True)
    do("hangup", "bert")
    do("hangup", "anna")
    over = watch(box, call, "is over", stages)
    assert over["running"] is False
    assert float(over["total"]) > 0
    told = ["rings the subscriber", "asks the subscriber", "they talk", "is over"]
    assert [stage for stage in stages if stage in told] == told
    listed = box.ask("GET", "calls", params={"account": WHO}).json()["calls"]
    assert [row for row in listed if row["call"] == call] == [over]


def test_prices_balance_and_lines_of_a_box_that_works(box: Box) -> None:
    whole = box.ask("GET", "price", params={"number": NUMBER}).json()
    own = box.ask("GET", "price", params={"number": NUMBER, "account": WHO, "seconds": 60}).json()
    assert (whole["verdict"], whole["account"], own["account"]) == ("ok", None, WHO)
    assert {"gsm1", "gsm2", "gsm3"} <= {row["line"] for row in own["routes"]}
    assert own["account_left"] is not None
    assert box.ask("GET", "price", params={"number": NUMBER, "account": "nobody"}).status_code == 404
    assert box.ask("GET", "price", params={"number": "112"}).json()["verdict"] == "emergency"
    assert [row["name"] for row in box.ask("GET", "balance").json()["accounts"]] == [WHO]
    assert {row["health"] for row in box.ask("GET", "lines").json()["lines"]} == {"ready"}
    assert box.ask("POST", "callbacks", json={"account": "nobody"}).status_code == 409
    assert json.loads(box.ask("GET", "calls/999999", "calls/{call}").text)["status"] == 404
