"""Lines, prices, calls and messages on the page, against a gateway with past calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.client import Client
from appliance.ledger.record import Record, Side
from appliance.routing.route import Rate
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.money import Money
from tests.web.box import Box, Browser, running

HEAD = "prefix,connection_fee,per_minute,first_increment,next_increment\n"
SITE = """
[[line]]
name = "gsm1"
at = "/dev/none-at"
number = "+4915112345601"
tariff = "gsm1.csv"
[[account]]
name = "Anna"
numbers = ["+4915155500001"]
[[account]]
name = "=Eve()"
numbers = ["+4915155500002"]
"""


def past(data: Path, calls: int) -> None:
    journal, now = Journal(data / "journal.sqlite", "EUR"), SystemClock().now()
    rate = Rate("49", Money(0, "EUR"), Money(90_000, "EUR"), 60, 1)
    for n in range(1, calls + 1):
        call = journal.next_call()
        who = "=Eve()" if n == 1 else "Anna"
        for side, number in ((Side.A, "+4915155500001"), (Side.B, f"+4930123456{n:02d}")):
            leg = f"{call}-{side}1"
            journal.open_record(Record(leg, call, side, who, "gsm1", number, rate, now))
            journal.close_record(leg, now, Cause.BUSY if n == 2 else Cause.NORMAL, 60.0, Money(90_000, "EUR"))
    journal.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    data = tmp_path_factory.mktemp("box")
    past(data, 60)
    with running(data) as found:
        with Client(data / "gateway.sock") as client:
            answer = client.call("apply", text=SITE, where="site.toml", tariffs={"gsm1.csv": HEAD + "49,0,0.09,60,1\n"})
            assert not answer["complaints"]
        yield found


@pytest.fixture
def admin(box: Box) -> Browser:
    return box.admin()


def asked(box: Box, method: str, **params: Any) -> Any:
    with Client(box.data / "gateway.sock") as client:
        return client.call(method, **params)


def test_calls_are_listed_a_page_at_a_time_and_narrowed(admin: Browser) -> None:
    page = admin.get("/calls").body
    assert page.count('<a href="/calls/') >= 50
    assert "Older calls" in page
    assert "No call fits" not in page
    assert admin.get("/calls?account=%3DEve()").body.count("<tr><th scope") == 1
    assert admin.get("/calls?cause=busy").body.count("<tr><th scope") == 1
    for number in ("030+12345617", "%2B493012345617", "0049+30+123456-17"):
        assert admin.get(f"/calls?number={number}").body.count("<tr><th scope") == 1
    assert admin.get("/calls?number=030").body.count("<tr><th scope") == 50
    assert "No call fits" in admin.get("/calls?until=2001-01-01").body
    assert "is no day" in admin.get("/calls?since=yesterday").body


def test_every_call_comes_once_through_all_pages(box: Box) -> None:
    seen: list[str] = []
    before = ""
    while True:
        answer = asked(box, "call_list", limit=7, before=before)
        seen += [each["call"] for each in answer["calls"]]
        before = answer["next"]
        if not before:
            break
    assert sorted(seen, key=int) == [str(n) for n in range(1, 61)]


def test_one_call_is_worked_out(admin: Browser) -> None:
    page = admin.get("/calls/2").body
    assert "60 s billed (60/1) at 0.0900 EUR a minute" in page
    assert "0.18 EUR" in page


def test_names_in_csv_are_no_formulas(admin: Browser) -> None:
    text = admin.get("/calls/csv").body
    assert text.count("\r\n") == 61
    assert ",'=Eve()," in text
    assert ",=Eve()" not in text


def test_charts_have_their_numbers_in_a_table(admin: Browser) -> None:
    page = admin.get("/calls/charts").body
    assert 'data-minutes="60.0"' in page
    assert "is no day" in admin.get("/calls/charts?since=x").body


def test_what_a_call_would_cost(admin: Browser) -> None:
    page = admin.get("/prices?number=030123456&minutes=2").body
    assert "gsm1" in page
    assert "cannot be opened" in page or "not started" in page or "starting" in page or "no line can carry" in page
    assert "emergency number" in admin.get("/prices?number=112").body


def test_a_tariff_is_looked_at_before_it_holds(box: Box, admin: Browser) -> None:
    new = HEAD + "49,0,0.08,60,1\n43,0,0.2,60,60\n"
    at = send_tariff(admin, new).location
    page = admin.get(at).body
    assert "<del>0.0900</del> <ins>0.08</ins>" in page or "<del>0.09</del> <ins>0.08</ins>" in page
    assert 'data-label="Prefix">43' in page
    assert asked(box, "lines")[0]["rates"] == 1
    assert box.admin().get(at).status == 400  # somebody else's session
    admin.post(at)
    assert asked(box, "lines")[0]["rates"] == 2
    wrong = admin.get(send_tariff(admin, HEAD + "4x,0,1,60,1\n").location).body
    assert "line 2" in wrong
    assert asked(box, "lines")[0]["rates"] == 2
    assert "no text file" in send_tariff(admin, "\0\0").body


def send_tariff(browser: Browser, text: str) -> Any:
    edge = "edge7"
    parts = {"csrf": browser.token("/prices"), "line": "gsm1"}
    body = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                   for name, value in parts.items())
    head = 'Content-Disposition: form-data; name="file"; filename="x.csv"'
    body += f"--{edge}\r\n{head}\r\n\r\n{text}\r\n--{edge}--\r\n"
    return browser.ask("POST", "/prices/upload", body.encode(), {
        "Origin": f"https://localhost:{browser.box.port}", "Content-Type": f"multipart/form-data; boundary={edge}"})


def test_a_line_is_added_changed_and_switched_off(box: Box, admin: Browser) -> None:
    page = admin.post("/lines", name="gsm 2", kind="gsm", at="dev", number="12").body
    assert "write a short name" in page
    assert "write a device path" in page
    assert "is not a telephone number" in page
    done = admin.post("/lines", name="gsm2", kind="gsm", at="/dev/none2-at", audio="/dev/none2-audio", number="",
                      sim_pin="2468")
    assert done.location == "/lines/gsm2"
    page = admin.get("/lines/gsm2").body
    assert "2468" not in page
    assert "is known" in page
    form: dict[str, Any] = {"number": "", "at": "/dev/none2-at",
            "audio": "/dev/none2-audio", "trigger": "reject", "ring_back": "same",
            "digits": "in-band", "gain_in": "3", "gain_out": "0", "balance_code": "*100#", "balance_below": "2,50",
            "enabled": "on"}
    admin.post("/lines/gsm2", **form)
    exported = asked(box, "export")["site.toml"].partition('name = "gsm2"')[2]
    assert 'trigger = "reject"' in exported
    assert "gain_in = 3" in exported
    assert "balance_below = 2.5" in exported
    assert 'sim_pin = "2468"' in exported  # was not to be changed
    assert "out of range" in admin.post("/lines/gsm2", **{**form, "gain_in": "99"}).body
    admin.post("/lines/gsm2/switch", enabled="")
    assert next(line for line in asked(box, "lines") if line["name"] == "gsm2")["enabled"] is False


def test_services_of_a_line_that_is_not_there_say_why(admin: Browser) -> None:
    assert admin.post("/lines/gsm1/ussd", code="*100#").status == 200
    assert admin.get("/lines/none").status == 400
    assert admin.post("/lines/gsm1/sim").status == 303


def test_a_message_to_nobody_is_refused_with_its_text_kept(admin: Browser) -> None:
    page = admin.post("/messages", number="112", text="Help! <b>").body
    assert "emergency number" in page
    assert "Help! &lt;b&gt;" in page


@pytest.mark.parametrize("path", ["/", "/calls", "/calls/charts", "/prices", "/lines", "/messages", "/settings"])
def test_hostile_names_are_text(admin: Browser, path: str) -> None:
    page = admin.get(path).body
    assert "<script>alert" not in page
    assert 'onerror="' not in page


def test_a_line_without_a_modem_is_not_tested_by_another(box: Box, admin: Browser) -> None:
    admin.post("/lines/gsm1/call", account="Anna")
    assert "No test call" in admin.get("/lines/gsm1").body
    admin.post("/lines/none/call", account="Anna")
    assert "there is no such line" in admin.get("/lines/gsm1").body


def test_what_is_plugged_in_is_proposed_and_added(box: Box, admin: Browser) -> None:
    (box.data / "lab").mkdir(exist_ok=True)
    for end in ("at", "audio"):
        (box.data / "lab" / f"sim9-{end}").touch()
    page = admin.get("/lines").body
    assert "Add this SIM" in page
    at, audio = (str(box.data / "lab" / f"sim9-{end}") for end in ("at", "audio"))
    assert f'value="{audio}"' in page
    admin.post("/lines", name="sim9", kind="gsm", at=at, audio=audio, number="", sim_pin="")
    assert "sim9" in admin.get("/lines").body
    assert "Add this SIM" not in admin.get("/lines").body


def test_what_the_gateway_says_is_german_too(box: Box) -> None:
    """Complaints, refusals and findings have values in them."""
    browser = box.admin()
    german = {"Accept-Language": "de"}
    assert "Konto" in browser.get("/first/checklist", **german).body
    token = browser.token("/settings")
    complaint = browser.post("/settings", token=token, headers=german, ring_s="5000").body
    assert "ring_s 5000 passt nicht; 5 bis 120 schreiben (Sekunden)" in complaint
    browser.post("/hang-up", headers=german, call="77")
    assert "Anruf 77 ist schon vorbei" in browser.get("/", **german).body
