"""The answers themselves: listings, route, check and ladder, from a journal with calls in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.accounts.account import Account, Verify
from appliance.api.wire import ApiError
from appliance.commands.answers import Answers
from appliance.commands.checking import BoxFacts, check
from appliance.commands.finding import Level
from appliance.commands.ladder import draw
from appliance.commands.live import LiveLine
from appliance.commands.printing import printable, table
from appliance.commands.routing import route_table
from appliance.ledger.record import Record, Side
from appliance.lines.line import LineHealth, LineState
from appliance.routing.bundle import Bundle
from appliance.routing.hours import read_hours
from appliance.routing.route import Band, Rate
from appliance.settings.keys import Known
from appliance.settings.model import IsdnLayout, LineSettings, Settings, SiteSettings
from appliance.store.journal import Journal
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.clock import ManualClock
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK = Account("Front desk", (Number("+4915155500001"),), "scrypt$x", Verify.PIN, spend_per_day=Money(1_000_000, "EUR"))


def rate(micros: int, fee: int = 0) -> Rate:
    return Rate("49", Money(fee, "EUR"), Money(micros, "EUR"))


BOX = Settings(SiteSettings(), (
    LineSettings("gsm1", at="/dev/a", audio="/dev/b", number=Number("+4915112345601"), rates=(rate(90_000),)),
    LineSettings("gsm2", at="/dev/c", audio="/dev/d", number=Number("+4915112345602"), rates=(rate(50_000, 100_000),)),
    LineSettings("sms", at="/dev/e", number=Number("+4915112345603")),
), (DESK,))


def live(**health: LineHealth) -> dict[str, LiveLine]:
    return {
        name: LiveLine(LineState(health.get(name, LineHealth.READY), "why it is so"), 1, 0, name != "sms")
        for name in ("gsm1", "gsm2", "sms")
    }


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    a_leg = Record("1-a1", "1", Side.A, "Front desk", "gsm1", "+4915155500001", rate(90_000), NOW)
    b_leg = replace(a_leg, leg="1-b1", side=Side.B, line="gsm2", number="+493012345678", rate=rate(50_000, 100_000))
    for leg, price in ((a_leg, 90_000), (b_leg, 150_000)):
        journal.open_record(leg)
        journal.answer_record(leg.leg, NOW)
        journal.close_record(leg.leg, NOW + timedelta(seconds=40), Cause.NORMAL, 40.0, Money(price, "EUR"))
    told = (("trigger", "gsm1 rings: Front desk"), ("a-leg", "gsm1 dials +4915155500001"),
            ("a-leg", "+4915155500001 answered"), ("box", "says: press_one"), ("a-leg", "key •"),
            ("b-leg", "gsm2 dials +493012345678"), ("b-leg", "+493012345678 rings"),
            ("b-leg", "+493012345678 answered"), ("call", "bridged"), ("b-leg", "gsm2: ended, normal"))
    for second, (room, text) in enumerate(told):
        journal.happenings.event(NOW + timedelta(seconds=second), room, text, "1")
    journal.happenings.event(NOW, "lines", "gsm1: ready\x1b[2J", None)
    yield journal
    journal.close()


def answers(journal: Journal | None, box: Settings = BOX, saved: list[Settings] | None = None) -> Answers:
    def save(new: Settings) -> list[str]:
        assert saved is not None
        saved.append(new)
        return ["gsm2 opens now"]
    return Answers(settings=lambda: box, journal=lambda: journal, clock=ManualClock(NOW), live=live,
                   facts=lambda settings: BoxFacts(), save=save, known=Known())


def test_calls_join_both_legs_and_sum_them(journal: Journal) -> None:
    (row,) = answers(journal).ask("calls", {})
    assert (row["call"], row["from"], row["a_line"], row["to"], row["b_line"], row["talk_s"], row["total"]) == (
        "1", "+4915155500001", "gsm1", "+493012345678", "gsm2", 40.0, "0.2400")
    assert row["opened"] == "2026-03-02T10:00:00.000+01:00"
    assert answers(journal).ask("calls", {"account": "front DESK"}) == [row]
    bill = answers(journal).ask("call", {"call": "1"})["bill"]
    assert "total 0.2400 EUR, charged to Front desk" in bill


def test_accounts_tell_what_today_cost_and_no_hash(journal: Journal) -> None:
    (row,) = answers(journal).ask("accounts", {})
    assert (row["spent_today"], row["balance"], row["has_pin"]) == ("0.2400", "-0.2400", True)
    assert "scrypt" not in json.dumps(row)


def test_every_answer_is_json_with_and_without_a_journal(journal: Journal) -> None:
    for asked in (answers(journal), answers(None, Settings())):
        for method in ("lines", "accounts", "calls", "events", "check", "export"):
            json.dumps(asked.ask(method, {}))
        json.dumps(asked.ask("route", {"number": "030123456"}))


@pytest.mark.parametrize(("method", "params", "words"), [
    ("calls", {"account": "Nobody"}, 'there is no account "Nobody"; there are: "Front desk"'),
    ("calls", {"limit": 0}, '"limit" must be a whole number from 1 to 1000'),
    ("calls", {"limit": "many"}, '"limit" must be'), ("call", {"call": "99"}, "there is no call '99'"),
    ("route", {"number": "1", "at": "noon"}, '"noon" is no time'), ("route", {"number": 5}, '"number" must be a text'),
    ("apply", {"tariffs": {"a": 1}}, '"tariffs" must be an object of texts'),
    ("apply", {"prune": "yes"}, '"prune" must be true or false'), ("shell", {}, "unknown question 'shell'"),
])
def test_a_wrong_question_is_refused(journal: Journal, method: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiError) as refused:
        answers(journal).ask(method, params)
    assert words in str(refused.value)


def test_the_cheapest_line_depends_on_the_length() -> None:
    def ranking(seconds: int) -> list[str]:
        answer = route_table(BOX, "030 123456", live=live(), at=NOW, expected_s=seconds)
        return [row["line"] for row in answer["routes"]]
    assert ranking(60) == ["gsm1", "gsm2"]
    assert ranking(600) == ["gsm2", "gsm1"]


def test_lines_that_fall_out_say_why() -> None:
    answer = route_table(BOX, "030123456", live=live(gsm1=LineHealth.BROKEN), at=NOW)
    assert [row["line"] for row in answer["routes"]] == ["gsm2"]
    assert {row["line"]: row["reason"] for row in answer["others"]}["gsm1"] == "why it is so"
    assert route_table(BOX, "030123456", live={}, at=NOW)["verdict"] == "no-line"
    assert route_table(Settings(), "030123456", live=None, at=NOW)["verdict"] == "no-line"


@pytest.mark.parametrize(("keyed", "verdict"), [
    ("112", "emergency"), ("01033112", "emergency"), ("*1", "service-code"), ("12x", "unreadable"),
    ("+4915112345602", "barred"), ("0900 1234567", "barred"), ("+881612345678", "barred"), ("+14155550100", "no-line"),
])
def test_verdicts(keyed: str, verdict: str) -> None:
    answer = route_table(BOX, keyed, live=live(), at=NOW)
    assert answer["verdict"] == verdict
    assert answer["why"]


def test_a_route_for_an_account_says_how_long_its_money_lasts(journal: Journal) -> None:
    answer = answers(journal).ask("route", {"number": "030123456", "account": "Front desk", "expected_s": 60})
    assert answer["account_left"] == "0.7600"
    assert answer["routes"][0]["longest_s"] == 480  # 0.76 EUR at 0.09 a minute, by whole minutes


def test_apply_says_what_changed_and_saves_once(journal: Journal) -> None:
    saved: list[Settings] = []
    asked = answers(journal, saved=saved)
    params = {"text": "[site]\ncallback_rest = 0\n", "where": "s.toml"}
    dry = asked.ask("apply", {**params, "dry_run": True})
    assert (dry["changes"], dry["applied"], saved) == (["[site]: callback_rest 3.0 -> 0.0"], False, [])
    done = asked.ask("apply", params)
    assert (done["applied"], done["notes"], saved[0].site.callback_rest) == (True, ["gsm2 opens now"], 0.0)
    assert asked.ask("apply", {"text": "[site]\nring_s = 20\n"})["applied"] is False
    wrong = asked.ask("apply", {"text": "[site]\nring = 20\n", "where": "s.toml"})
    assert wrong["complaints"] == ['s.toml, [site]: unknown key "ring"; did you mean "ring_s"?']
    assert len(saved) == 1


def test_the_currency_stays_when_there_are_records(journal: Journal) -> None:
    asked = answers(journal, Settings(), saved=[])
    (complaint,) = asked.ask("apply", {"text": '[site]\ncurrency = "CHF"\n'})["complaints"]
    assert "keeps its currency" in complaint


def found(box: Settings, states: dict[str, LiveLine] | None = None, facts: BoxFacts | None = None,
          now: datetime = NOW, newest: datetime | None = None) -> str:
    findings = check(box, live() if states is None else states, facts or BoxFacts(), now, newest)
    assert all(finding.remedy for finding in findings)
    return "\n".join(f"{finding.level} {finding.what}" for finding in findings)


def test_a_healthy_box_has_no_finding() -> None:
    assert found(replace(BOX, lines=BOX.lines[:2])) == ""


def test_a_name_that_changes_is_found_and_a_better_one_told() -> None:
    lines = (replace(BOX.lines[0], at="/dev/ttyUSB2"), *BOX.lines[1:2])
    facts = BoxFacts(stable={"/dev/ttyUSB2": "/dev/serial/by-path/usb-0:1.2"})
    (finding,) = check(replace(BOX, lines=lines), live(), facts, NOW, None)
    assert "/dev/ttyUSB2 may be another modem" in finding.what
    assert finding.remedy == "write /dev/serial/by-path/usb-0:1.2 instead"


def test_check_names_each_fault() -> None:
    assert "error there are no settings yet" in found(Settings())
    assert "error there is no line" in found(replace(BOX, lines=()))
    assert "error there is no account" in found(replace(BOX, accounts=()))
    assert "error the box has 1 channel with audio, and a call needs two" in found(replace(BOX, lines=BOX.lines[::2]))
    assert 'warning line "sms" has no tariff' in found(BOX)
    assert 'error line "gsm2" is broken: why it is so' in found(BOX, live(gsm2=LineHealth.BROKEN))
    assert 'error line "gsm1" was not started' in found(BOX, {})
    assert "error the data directory /data cannot be written" in found(BOX, facts=BoxFacts("/data", writable=False))
    wants = replace(BOX, lines=tuple(replace(line, echo_canceller=True) for line in BOX.lines))
    assert 'warning libspeexdsp is missing, so line "gsm1" cancels no echo' in found(
        wants, facts=BoxFacts(has_speexdsp=False))
    assert "libspeexdsp" not in str(found(BOX, facts=BoxFacts(has_speexdsp=False)))
    assert "error libspandsp is missing" in found(BOX, facts=BoxFacts(has_dtmf=False))
    assert 'error line "gsm1": /dev/a is not there' in found(BOX, facts=BoxFacts(missing=frozenset({"/dev/a"})))
    assert "error the clock says 1970" in found(BOX, now=datetime(1970, 1, 1, tzinfo=UTC))
    assert "error the clock says 2026" in found(BOX, newest=NOW + timedelta(days=1))
    assert "error only 1 MiB are free" in found(BOX, facts=BoxFacts(free_octets=2**20))
    free = replace(DESK, verify=Verify.NONE, spend_per_day=None)
    assert "is asked for nothing" in found(replace(BOX, accounts=(free,)))
    assert "has no limit of money" in found(replace(BOX, accounts=(free,)))
    assert "must key a PIN but has none" in found(replace(BOX, accounts=(replace(DESK, pin_hash=""),)))
    assert "every account is switched off" in found(replace(BOX, accounts=(replace(DESK, enabled=False),)))
    off = tuple(replace(line, enabled=False) for line in BOX.lines)
    assert "every line is switched off" in found(replace(BOX, lines=off))


def test_errors_come_first() -> None:
    levels = [f.level for f in check(BOX, live(gsm2=LineHealth.BROKEN), BoxFacts(has_speech=False), NOW, None)]
    assert levels == sorted(levels, key=lambda level: level is not Level.ERROR)


LADDER = """\
call 1, 2026-03-02 10:00:00
                 handset         A-leg           box           B-leg       destination
             +4915155500001      gsm1                          gsm2       +493012345678
    +0.00 s         |---------------------------->|              |              |          gsm1 rings: Front desk
    +1.00 s         |<----------------------------|              |              |          gsm1 dials +4915155500001
    +2.00 s         |---------------------------->|              |              |          +4915155500001 answered
    +3.00 s         |<----------------------------|              |              |          says: press_one
    +4.00 s         |---------------------------->|              |              |          key •
    +5.00 s         |              |              |---------------------------->|          gsm2 dials +493012345678
    +6.00 s         |              |              |<----------------------------|          +493012345678 rings
    +7.00 s         |              |              |<----------------------------|          +493012345678 answered
    +8.00 s         |              |              *              |              |          bridged
    +9.00 s         |              |              |<----------------------------|          gsm2: ended, normal
"""


def test_the_ladder_shows_who_did_what_to_whom(journal: Journal) -> None:
    assert draw(answers(journal).ask("call", {"call": "1"})) + "\n" == LADDER


def test_nothing_from_the_air_steers_the_terminal() -> None:
    assert printable("a\x1b[2J\r\nb") == "a?[2J??b"
    assert "\x1b" not in table(("x",), [("\x1b]0;owned\x07",)])


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_story_can_be_drawn(room: str, text: str) -> None:
    event = {"at": "2026-03-02T10:00:00+01:00", "room": room, "text": text, "call": "1"}
    drawn = draw({"call": "1", "legs": [], "events": [event]})
    assert len(drawn.splitlines()) == 4  # call, two heads, one event: no text breaks a line


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_any_number_gets_a_verdict(keyed: str) -> None:
    assert route_table(BOX, keyed, live=None, at=NOW)["verdict"] in {
        "ok", "barred", "no-line", "emergency", "service-code", "unreadable"}


def test_an_isdn_line_carries_its_own_voices() -> None:
    isdn = replace(BOX.lines[0], name="isdn1", kind="isdn", at="misdn:0", audio="")
    box = replace(BOX, lines=(isdn,))
    assert "audio" not in str(check(box, None, BoxFacts(), NOW, None))
    assert isdn.has_audio
    assert isdn.channels == 2
    assert replace(isdn, isdn=IsdnLayout.PRI).channels == 30


def test_a_route_depends_on_the_time_and_on_what_is_left(journal: Journal) -> None:
    """By day dear, in the evening cheap; and free while the bundle lasts."""
    hours, _ = read_hours("mo-fr", "08:00", "18:00")
    assert hours
    row = replace(rate(30_000), bands=(Band(hours, rate(120_000)),))
    site = replace(BOX.site, bundles=(Bundle("flat", ("gsm1",), 300, ("4989",)),))
    box = replace(BOX, site=site, lines=tuple(replace(line, rates=(row,)) for line in BOX.lines))

    def first(number: str, at: str) -> tuple[str, str, str, str]:
        answer = answers(journal, box).ask("route", {"number": number, "at": at, "expected_s": 60})
        found = answer["routes"][0]
        return found["price"], found["hours"], found["per_minute"], (found["bundle"] or {}).get("name", "")

    assert first("030123456", "2026-03-02T12:00") == ("0.1200", "mo-fr 08:00-18:00", "0.1200", "")
    assert first("030123456", "2026-03-02T18:00") == ("0.0300", "", "0.0300", "")
    assert first("030123456", "2026-03-02T11:59+05:00")[0] == "0.0300"  # 7:59 in Berlin
    assert first("08912345678", "2026-03-02T12:00") == ("0.0000", "mo-fr 08:00-18:00", "0.1200", "flat")
