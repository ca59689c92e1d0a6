"""What an admin does on the page, in a real browser, against the real gateway and the lab's phones."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.support.ui import Select, WebDriverWait

from appliance.api.client import Client, NoGateway
from appliance.api.wire import ApiError
from appliance.labbox import PIN
from tests.web.program import PATIENCE_S
from tests.web.stage import PASSWORD, SIZES, Stage, stage
from tests.web.test_bundles import bundles

NUMBER = "03012345678"


@pytest.mark.parametrize("size", SIZES)
def test_from_the_set_up_code_to_a_call_and_through_every_page(tmp_path: Path, size: str) -> None:
    with stage(tmp_path, size) as box:
        set_up(box)
        call(box)
        for look_at in (calls, accounts, lines, prices, messages, settings):
            look_at(box)
        leave(box)


@pytest.mark.parametrize("size", SIZES)
def test_what_else_an_admin_does(tmp_path: Path, size: str) -> None:
    with stage(tmp_path, size) as box:
        set_up(box)
        for do in (tokens, alerts, more_accounts, one_more_sim, forwarding, filters, upload, bundles, backup,
                   reset):
            do(box)


def tokens(box: Stage) -> None:
    box.open("/settings/tokens")
    box.fill(name="crm")
    box.tick("read")
    box.click("form[action='/settings/tokens'] button")
    token = box.see("#fresh-token").text
    assert [(row["name"], row["scopes"]) for row in box.ask("tokens")] == [("crm", ["read"])]
    box.look("tokens")
    box.open("/settings/tokens")
    assert token not in box.browser.page_source
    box.click("form[action='/settings/tokens/remove'] button")
    box.reads("The token is revoked.")
    assert box.ask("tokens") == []


def alerts(box: Stage) -> None:
    """The SMS really arrives; the mail server is not there, and the page says what to do."""
    box.open("/settings/alerts")
    box.fill(sms_to="0151 55500001", mail_to="office@example.org", mail_host="localhost", mail_port="9")
    box.click("form[action='/settings/alerts'] button")
    box.reads("sms_to [] -> [+4915155500001]")
    box.look("alerts")
    box.click("form[action='/settings/alerts/test'] button")
    box.reads("nobody answers there; correct mail_port")
    box.look("alerts-failed")
    WebDriverWait(box.browser, PATIENCE_S).until(lambda _: "This is a test" in str(box.do("texts", "anna")))
    box.fill(mail_to="")
    box.click("form[action='/settings/alerts'] button")
    box.reads("mail_to [office@example.org] -> []")


def more_accounts(box: Stage) -> None:
    """One by hand, changed; some by a file; all of them as a file again."""
    box.open("/accounts/new")
    box.look("account-new")
    box.fill(name="Dora", numbers="0151 55500088", spend_per_day="5")
    box.click("form[action='/accounts'] button")
    box.reads("added")
    box.fill(spend_per_day="7", deny="4989")
    box.click("form[action='/accounts/of/Dora'] button")
    box.reads("deny [] -> [4989]")
    box.open("/accounts")
    box.click("details summary")
    rows = box.data / "people.csv"
    rows.write_text("name,numbers,spend_per_day\nEmil,+4915155500099,3\nDora,+4915155500088,4\n", "utf-8")
    box.give("#file", rows)
    box.click("form[action='/accounts/csv'] button")
    box.reads("Emil")
    rows.write_text("name,numbers\nFrieda,none at all\n", "utf-8")
    box.click("details summary")
    box.give("#file", rows)
    box.click("form[action='/accounts/csv'] button")
    box.reads("Nothing was changed")
    box.look("accounts-refused")
    limits = {row["name"]: row["spend_per_day"] for row in box.ask("accounts")}
    assert (limits["Dora"], limits["Emil"], "Frieda" in limits) == ("4.0000", "3.0000", False)


def one_more_sim(box: Stage) -> None:
    """A modem that no line uses is found, and becomes one by a click; meanwhile the line that had it is elsewhere."""
    at, audio = box.data / "lab" / "sim3-at", box.data / "lab" / "sim3-audio"
    gone = box.ask("apply", text='[[line]]\nname = "gsm3"\nat = "/dev/none-at"\naudio = ""\nnumber = ""\n'
                                 'enabled = false\n', where="site.toml", tariffs={})
    assert gone["applied"], gone
    box.open("/lines")
    box.reads("Plugged in, and not used yet")
    box.reads(str(at))
    box.look("found")
    box.fill(name0="new3", number0="+4915112345603")
    box.click("ul.cards form[action='/lines'] button")
    row = WebDriverWait(box.browser, PATIENCE_S).until(lambda _: next(
        (row for row in box.ask("lines") if row["name"] == "new3" and row["health"] == "ready"), None))
    assert row["number"] == "+4915112345603"
    assert str(audio) in box.ask("export")["site.toml"]


def forwarding(box: Stage) -> None:
    """The lab's SIMs come with a mailbox, as operators deliver them; it is asked for when nobody needs the line."""
    WebDriverWait(box.browser, PATIENCE_S).until(lambda _: next(
        row for row in box.ask("lines") if row["name"] == "gsm2")["forwarding"])
    box.open("/lines/gsm2")
    box.reads("when busy")
    box.look("forwarded")
    box.click("form[action$='/forwarding'] button")
    box.reads("No call is forwarded any more.")
    box.reads("none known")
    assert next(row for row in box.ask("lines") if row["name"] == "gsm2")["forwarding"] == []


def filters(box: Stage) -> None:
    box.open("/calls/charts")
    days = box.browser.execute_script("return document.querySelector('#until').value")
    box.browser.execute_script("document.querySelector('#since').value = arguments[0]", days)
    Select(box.see("#account")).select_by_visible_text("Clara")
    Select(box.see("#line")).select_by_visible_text("gsm1")
    box.click("form[action='/calls/charts'] button")
    WebDriverWait(box.browser, PATIENCE_S).until(lambda browser: f"since={days}" in browser.current_url)
    assert Select(box.see("#account")).first_selected_option.text == "Clara"
    box.open("/calls/charts?since=2026-13-99")
    box.reads("is no day; write one such as")


def upload(box: Stage) -> None:
    """A large tariff shows how far it is; when the way breaks, the browser sends the form by itself."""
    tariff = box.data / "large.csv"
    head = "prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.02,60,1\n"
    tariff.write_text(head + "".join(f"49{n},0,0.01,60,1\n" for n in range(100_000, 120_000)), "utf-8")
    box.open("/prices")
    box.browser.execute_script(
        "window.name = ''; new MutationObserver((seen) => seen.forEach(() => { window.name += 'x'; })).observe("
        "document.querySelector('progress'), {attributes: true})")
    box.give("#file", tariff)
    box.click("form[action='/prices/upload'] button")
    box.reads("and 19801 more")
    assert "xx" in box.browser.execute_script("return window.name")  # shown, and moved
    box.look("tariff-large")
    box.open("/prices")
    box.browser.execute_script("XMLHttpRequest.prototype.send = function () { setTimeout(() => this.onerror(), 0); }")
    box.give("#file", tariff)
    box.click("form[action='/prices/upload'] button")
    box.reads("and 19801 more")
    box.click("form[action^='/prices/upload/'] button")
    box.reads("tariff rows changed, 20001 now")


def backup(box: Stage) -> None:
    """Saved, spoiled, restored, and the restore undone by a click. A file that is none is refused."""
    file, none = box.data / "kept.tar.gz", box.data / "none.tar.gz"
    with Client(box.data / "gateway.sock") as client:
        file.write_bytes(b"".join(base64.b64decode(piece) for piece in client.stream("backup")))
    none.write_bytes(b"not a backup")
    box.ask("apply", text="[site]\nring_s = 33\n", where="site.toml")
    box.open("/settings/backup")
    box.give("#file", none)
    box.click("form[action='/settings/restore'] button")
    box.reads("this is no backup of a box")
    box.give("#file", file)
    box.click("form[action='/settings/restore'] button")
    box.reads("This backup is whole")
    box.look("restore")
    box.click("form[action='/settings/restore/take'] button")
    box.reads("The box starts anew")
    box.look("restarting")
    assert "ring_s = 33" not in again(box)
    log_in(box)
    box.open("/settings/backup")
    box.click("form[action='/settings/restore/undo'] button")
    box.reads("The box starts anew")
    assert "ring_s = 33" in again(box)


def again(box: Stage) -> str:
    """The settings after the restart: the pid of the process stays, its start is told."""
    def settings(_: Any) -> str:
        try:
            state = box.ask("restore_state")
            return str(box.ask("export")["site.toml"]) if not state.get("staged") else ""
        except (NoGateway, ApiError):
            return ""
    assert box.gateway
    box.gateway.told("starting anew with what was restored")
    box.gateway.forget()
    return str(WebDriverWait(box.browser, PATIENCE_S).until(settings))


def log_in(box: Stage, password: str = PASSWORD) -> None:
    WebDriverWait(box.browser, PATIENCE_S, ignored_exceptions=[WebDriverException]).until(lambda _: _at_login(box))
    box.fill(name="admin", password=password)
    box.click("main form button")
    box.see("form[action='/logout']")


def _at_login(box: Stage) -> bool:
    box.browser.delete_all_cookies()
    box.open("/login")
    return bool(box.browser.find_element("css selector", "input[name=password]"))


def reset(box: Stage) -> None:
    """Whoever forgot the password reads a code at the box."""
    box.ask("page_code")
    assert box.gateway
    code = box.gateway.told(r"For 15 minutes.* code ([A-Z0-9-]+)")[1]
    box.browser.delete_all_cookies()
    box.open("/reset")
    box.look("reset")
    box.fill(code=code, name="admin", password="another four words", again="another four words")
    box.click("main form button")
    box.see("form[action='/logout']")
    log_in(box, "another four words")


def set_up(box: Stage) -> None:
    box.open("/")
    box.look("setup")
    box.fill(code=box.code, name="admin", password=PASSWORD, again=PASSWORD)
    box.click("main button")
    box.see("#people")
    box.look("first")
    box.fill(people="Clara, 0151 55500077")
    box.click("main form button")
    box.see("ol.check")
    box.look("checklist")


def call(box: Stage) -> None:
    """The button makes a lab phone ring; the first page follows the call by itself, and its button ends it."""
    box.click("form[action='/first/call'] button")
    box.do("wait", "anna", "alerting")
    box.do("answer", "anna")
    box.open("/")
    box.reads("asks the subscriber")
    box.click("li.call h3 a")
    box.click("details summary")
    box.do("key", "anna", f"{PIN}#")
    box.do("key", "anna", f"{NUMBER}#")
    box.do("wait", "bert", "active")
    box.reads("both are connected")  # without loading the page again: what was unfolded is
    assert box.see("details").get_attribute("open")
    box.look("call-talks")
    box.open("/")
    box.reads("they talk")
    box.look("home")
    box.click("li.call button.danger")
    box.do("wait", "bert", "over")
    box.do("wait", "anna", "over")
    box.reads("Nobody is on the phone.")


def calls(box: Stage) -> None:
    box.open("/calls")
    box.look("calls")
    box.click("table a")
    box.reads("How the price came about")
    box.look("call")
    box.open("/calls/charts")
    for by in ("day", "line", "account"):
        for key in ("minutes", "cost"):
            box.see(f".chart[data-chart={by}][data-key={key}] canvas" if box.scripts else f"#table-{by}")
    box.look("charts")


def accounts(box: Stage) -> None:
    box.open("/accounts")
    box.look("accounts")
    box.open("/accounts/of/Clara")
    box.click("form[action$='/pin'] button")
    assert len(box.see("#fresh-pin").text) == 6
    box.look("account")
    box.click("form[action$='/lock'] button")
    box.reads("locked")


def lines(box: Stage) -> None:
    box.open("/lines")
    box.look("lines")
    box.open("/lines/gsm1")
    box.fill(code="*100#")
    box.click("form[action$='/ussd'] button")
    box.reads("9,80")
    box.look("line")
    talk(box)
    box.open("/lines/gsm1/console")
    box.reads("> AT" if box.scripts else "This page needs JavaScript.")
    box.look("console")


def talk(box: Stage) -> None:
    """A test call by one line; its meter moves while the box speaks, and rests after."""
    box.open("/settings")
    box.fill(repeat_window_s="0")  # anna was rung a moment ago
    box.click("form[action='/settings'] button")
    box.reads("repeat_window_s 60 -> 0")
    box.open("/lines/gsm1")
    box.click("form[action$='/call'] button")
    box.do("wait", "anna", "alerting")
    box.do("answer", "anna")
    if box.scripts:
        box.reads("dBm0")
        box.look("meter")
    box.do("hangup", "anna")
    box.reads("Nobody talks on this line now." if box.scripts else "The meter needs JavaScript.")


def prices(box: Stage) -> None:
    box.open("/prices")
    box.fill(number=NUMBER, minutes="5")
    box.click("form[action='/prices'] button")
    box.reads("gsm3 at 0.3000 EUR for 300 s")
    box.look("prices")
    tariff = box.data / "new.csv"
    tariff.write_text("prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.01,60,1\n", "utf-8")
    box.see("#file").send_keys(str(tariff))
    box.click("form[action='/prices/upload'] button")
    box.reads("of them differ from what holds now")
    box.look("tariff")
    box.click("form[action^='/prices/upload/'] button")
    box.reads("tariff rows changed")


def messages(box: Stage) -> None:
    box.open("/messages")
    box.click("summary")
    box.fill(number="+4915155500001", text="See you at six")
    box.click("form[action='/messages'] button")
    box.reads("on its way")
    box.look("messages")


def settings(box: Stage) -> None:
    box.open("/settings")
    box.fill(ring_s="25")
    box.click("form[action='/settings'] button")
    box.reads("ring_s 20 -> 25")
    box.look("settings")
    box.open("/settings/backup")
    box.look("backup")
    box.open("/settings/log")
    box.reads("ring_s 20 -> 25")
    box.look("log")
    box.open("/settings/people")
    box.look("people")
    box.open("/settings/password")
    box.look("password")


def leave(box: Stage) -> None:
    box.click("form[action='/logout'] button")
    box.see("input[name=password]")
    box.look("login")
    box.open("/no-such-page")
    box.look("none")


def test_a_live_page_waits_for_a_seat_and_leaves_when_its_visitor_is_logged_out(tmp_path: Path) -> None:
    with stage(tmp_path, "desktop") as box:
        set_up(box)
        box.open("/")
        box.do("miss", "anna")
        box.do("wait", "anna", "alerting")
        box.reads("rings the subscriber")
        box.browser.execute_script("fetch('/logout', {method: 'POST', body: new FormData(document.forms[0])})")
        box.see("input[name=password]")
        assert box.browser.current_url.endswith("/login")
        box.look("logged-out")
