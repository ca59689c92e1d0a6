"""The REST API: as its description says, for whom a token is, and whatever is sent to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings

from appliance.api.client import Client
from tests.web.box import Answer, Box, Browser, running
from tests.web.test_home import past_call
from web.brake import FREE
from web.pages.api import PAGES

SITE = """
[[line]]
name = "gsm1"
at = "/dev/none-at"
enabled = false
[[account]]
name = "Anna"
numbers = ["+4915155500001"]
[[account]]
name = "Bert"
numbers = ["+4915155500002"]
"""
DESCRIPTION = json.loads((Path(__file__).parents[2] / "web" / "openapi.json").read_text("utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DESCRIPTION)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    data = tmp_path_factory.mktemp("box")
    past_call(data)  # of Anna
    with running(data) as found:
        with Client(found.data / "gateway.sock") as client:
            client.call("apply", text=SITE, where="site.toml")
        yield found


@pytest.fixture(scope="module")
def admin(box: Box) -> Browser:
    return box.admin()


def made(admin: Browser, name: str, account: str = "", *scopes: str) -> str:
    page = admin.post("/settings/tokens", name=name, account=account, days="30", **_ticked(scopes))
    found = re.search(r'id="fresh-token">(rb_[0-9a-f]{64})<', page.body)
    assert found, page.body
    return found[1]


def _ticked(scopes: tuple[str, ...]) -> dict[str, Any]:
    return dict.fromkeys(scopes, "on")


def ask(box: Box, token: str, path: str, wish: Any = None) -> Answer:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = b"" if wish is None else json.dumps(wish).encode()
    return box.browser().ask("GET" if wish is None else "POST", f"/api/v1/{path}", body, headers)


def test_the_description_names_every_address_and_no_other() -> None:
    there = {(page.path.replace("<", "{").replace(">", "}"), page.method.lower()) for page in PAGES}
    assert there == {(path, method) for path, item in DESCRIPTION["paths"].items() for method in item}


def test_a_token_is_shown_once_kept_hashed_and_revoked(box: Box, admin: Browser) -> None:
    token = made(admin, "once", "Anna", "read")
    assert token not in admin.get("/settings/tokens").body
    assert all(token.encode() not in path.read_bytes() for path in box.data.glob("*") if path.is_file())
    assert ask(box, token, "balance").status == 200
    number = re.search(r'name="number" value="([0-9]+)"', admin.get("/settings/tokens").body)
    assert number
    admin.post("/settings/tokens/remove", number=number[1])
    assert ask(box, token, "balance").status == 401


def test_a_token_sees_its_own_account_and_does_what_its_scopes_say(box: Box, admin: Browser) -> None:
    anna, whole = made(admin, "anna", "Anna", "read", "call"), made(admin, "whole", "", "read", "metrics")
    assert [row["name"] for row in json.loads(ask(box, anna, "balance").body)["accounts"]] == ["Anna"]
    assert [row["name"] for row in json.loads(ask(box, whole, "balance").body)["accounts"]] == ["Anna", "Bert"]
    assert (ask(box, anna, "lines").status, ask(box, whole, "lines").status) == (403, 200)
    assert ask(box, anna, "calls?account=Bert").status == 403
    assert ask(box, anna, "calls?account=&=null").status == 400
    assert ask(box, anna, "callbacks", {"account": "Bert"}).status == 403
    assert ask(box, whole, "callbacks", {"account": "Anna"}).status == 403
    refused = ask(box, anna, "callbacks", {"destination": "+493012345678"})  # its only line is switched off
    assert (refused.status, refused.headers["Content-Type"]) == (409, "application/problem+json")
    assert json.loads(refused.body)["detail"]
    away = {"X-Forwarded-For": "192.0.2.1"}
    for token, status in ((anna, 403), (whole, 200)):
        assert box.browser().get("/metrics", **away, Authorization=f"Bearer {token}").status == status


def test_a_locked_account_has_no_token(box: Box, admin: Browser) -> None:
    bert = made(admin, "bert", "Bert", "read")
    admin.post("/accounts/of/Bert/lock")
    assert ask(box, bert, "balance").status == 401
    admin.post("/accounts/of/Bert/lock", enabled="on")
    assert ask(box, bert, "balance").status == 200


@pytest.fixture(scope="module")
def whole(box: Box, admin: Browser) -> str:
    return made(admin, "schemathesis", "", "read", "call")


@SCHEMA.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_schemathesis(box: Box, whole: str, case: Any) -> None:
    before = _export(box)
    box.site.app._house.brakes.right("127.0.0.1", "")  # it guesses tokens, too
    ca = str(box.site.pair.ca)
    case.call_and_validate(base_url=f"https://localhost:{box.port}", verify=ca,
                           headers={"Authorization": f"Bearer {whole}"})
    assert _export(box) == before


def _export(box: Box) -> Any:
    with Client(box.data / "gateway.sock") as client:
        return client.call("export")


def test_real_calls_are_as_the_description_says(box: Box, admin: Browser) -> None:
    """Not only empty lists and refusals. A token of its own: the other has used up what one may ask in a minute."""
    headers, ca = {"Authorization": f"Bearer {made(admin, 'real', '', 'read')}"}, str(box.site.pair.ca)
    for path, operation in (("calls", "calls"), ("calls/1", "calls/{call}"), ("price?number=112", "price")):
        reply = requests.get(f"https://localhost:{box.port}/api/v1/{path}", headers=headers, verify=ca, timeout=20)
        SCHEMA[f"/api/v1/{operation}"]["GET"].validate_response(reply)
        assert reply.status_code == 200
        assert "Anna" in reply.text or operation == "price"


def test_who_guesses_tokens_waits(box: Box) -> None:
    """The last one: this address is slow from now on."""
    box.site.app._house.brakes.right("127.0.0.1", "")
    assert ask(box, "", "balance").status == 401
    found = [ask(box, f"rb_{'0' * 64}", "balance").status for _ in range(FREE + 1)]
    assert found == [401] * FREE + [429]
