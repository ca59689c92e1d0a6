"""Merging changes only what the file names; an export comes back as the same settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.accounts.account import Account, Verify
from appliance.accounts.pin import check_pin, hash_pin
from appliance.routing.bundle import Bundle, Period
from appliance.routing.route import Rate
from appliance.settings.apply import merge
from appliance.settings.codec import SettingsBroken, documents_to_settings, settings_to_documents
from appliance.settings.export import SITE_FILE, export_site
from appliance.settings.model import (
    AlertSettings,
    Brakes,
    ExtensionSettings,
    HardwareSettings,
    IsdnLayout,
    IsdnSide,
    LineSettings,
    MailTls,
    RingBack,
    Settings,
    SiteSettings,
    TriggerPolicy,
    WebSettings,
)
from appliance.settings.partial import Part, Partial
from appliance.settings.toml_file import read_site
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

SALT = bytes(16)
HASH = hash_pin("4711", SALT)
NUMBERS = ["+4915155500001", "+4915155500002", "+493012345678", "+14155550100"]

money = st.integers(0, 10**9).map(lambda micros: Money(micros, "EUR"))
digits = st.from_regex(r"([1-9][0-9]{0,7})?", fullmatch=True)
prefixes = st.lists(digits, unique=True, max_size=3).map(tuple)
rates = st.lists(st.builds(Rate, digits, money, money, st.integers(1, 99), st.integers(1, 99)), max_size=3,
                 unique_by=lambda rate: rate.prefix).map(tuple)
alerts = st.builds(
    AlertSettings, mail_to=st.sampled_from([(), ("a@b.example", "c@d.example")]), mail_host=st.just("mail.example"),
    mail_from=st.sampled_from(["", "box@b.example"]), mail_port=st.integers(1, 65535),
    mail_tls=st.sampled_from([MailTls.STARTTLS, MailTls.TLS]), mail_user=st.sampled_from(["", "box"]),
    sms_to=st.sampled_from([(), (Number("+4915155500001"),)]), sms_per_day=st.integers(0, 100),
    topics=st.sampled_from([(), ("lines", "box"), ("lines", "money", "box", "settings")]),
    after_min=st.integers(1, 1440))
sites = st.builds(
    SiteSettings, country=st.sampled_from(["DE", "AT"]), language=st.sampled_from(["de", "en"]),
    callback_rest=st.floats(0, 60), ring_s=st.integers(5, 120),
    sms_answers_per_day=st.integers(0, 1000), sms_box_per_day=st.integers(0, 10_000), sms_reasons=st.booleans(),
    keep_days=st.integers(0, 3650), sms_codes_per_day=st.integers(0, 50),
    deny=prefixes, allow=prefixes, alerts=alerts,
    hardware=st.builds(HardwareSettings, lamp_ok=st.sampled_from([0, 17]), button=st.sampled_from([0, 2, 27]),
                       lamps_inverted=st.booleans()),
    web=st.builds(WebSettings, port=st.integers(1, 65535), names=st.sampled_from([(), ("box.example.org",)])),
    brakes=st.builds(Brakes, repeat_window_s=st.integers(0, 3600), box_per_hour=st.integers(1, 9)),
)
names = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF, categories=["L", "N", "P", "S"],
                              exclude_characters='"'), min_size=1, max_size=12)


@st.composite
def boxes(draw: st.DrawFn) -> Settings:
    lines = tuple(
        LineSettings(f"gsm{n}", at=f"/dev/at{n}", audio=draw(st.sampled_from(["", f"/dev/audio{n}"])),
                     trigger=draw(st.sampled_from(TriggerPolicy)), ring_back=draw(st.sampled_from(RingBack)),
                     sim_pin=draw(st.sampled_from(["", "0123"])), tariff=f"gsm{n}.csv" if rows else "", rates=rows,
                     enabled=draw(st.booleans()))
        for n, rows in enumerate(draw(st.lists(rates, max_size=3)))
    )
    accounts = tuple(
        Account(name, (Number(NUMBERS[n]),), pin_hash=draw(st.sampled_from([HASH, ""])),
                verify=draw(st.sampled_from([Verify.NONE, Verify.KEY])), enabled=draw(st.booleans()),
                max_call_s=draw(st.integers(30, 86_400)), spend_per_day=draw(st.none() | money),
                balance_limit=draw(st.none() | money), allow=draw(prefixes), deny=draw(prefixes))
        for n, name in enumerate(draw(st.lists(names, max_size=3, unique_by=str.casefold)))
    )
    site = draw(sites)
    pbx_too = draw(st.booleans())
    if accounts and pbx_too:
        pbx = LineSettings("pbx1", kind="isdn", at="misdn:1", side=IsdnSide.NT, isdn=draw(st.sampled_from(IsdnLayout)),
                           msns=draw(st.sampled_from([(), ("21", "22")])))
        lines += (pbx,)
        phones = tuple(ExtensionSettings(number, "pbx1", accounts[0].name, msn)
                       for number, msn in (("21", ""), ("22", "922"))[: draw(st.integers(0, 2))])
        site = replace(site, extensions=phones)
    if lines:
        ones = st.builds(Bundle, st.just("flat"), st.just((lines[0].name,)), st.integers(11, 99), prefixes.filter(bool),
                         st.sampled_from(Period), st.integers(1, 7), st.integers(0, 10), st.none() | money)
        site = replace(site, bundles=tuple(draw(st.lists(ones, max_size=1))),
                       holidays=draw(st.sampled_from([(), ("12-25", "2026-04-03")])))
    return Settings(site, lines, accounts)


def apply(files: Mapping[str, str], current: Settings, prune: bool = False) -> tuple[Settings, tuple[str, ...]]:
    partial, complaints = read_site(files[SITE_FILE], SITE_FILE, lambda name: files[name], current=current)
    assert complaints == ()
    return merge(current, partial, prune, new_salt=lambda: SALT)


@settings(max_examples=80, deadline=None)
@given(boxes())
def test_an_export_comes_back_as_the_same_settings(box: Settings) -> None:
    files = export_site(box)
    assert apply(files, Settings())[0] == box
    assert apply(files, box, prune=True) == (box, ())


@settings(max_examples=80, deadline=None)
@given(boxes())
def test_documents_come_back_as_the_same_settings(box: Settings) -> None:
    site, lines, accounts = json.loads(json.dumps(settings_to_documents(box)))
    assert documents_to_settings(site, lines, accounts) == box


def test_the_password_of_the_mail_server_leaves_the_box_with_no_export_and_no_change_that_is_told() -> None:
    box = Settings(SiteSettings(alerts=AlertSettings(("a@b.example",), "", "mail.example", mail_user="box",
                                                     mail_password="correct horse")))
    files = export_site(box)
    assert "correct horse" not in "".join(files.values()) + repr(box)
    assert apply(files, box) == (box, ())  # the box that has it keeps it
    changed, changes = apply({SITE_FILE: '[site.alerts]\nmail_password = "battery staple"\n'}, box)
    assert changed.site.alerts.mail_password == "battery staple"
    assert changes == ("[site.alerts]: mail_password changed",)


def test_lines_that_share_a_name_but_not_the_rows_export_two_files() -> None:
    one, two = (Rate(prefix, Money(0, "EUR"), Money(1, "EUR")) for prefix in ("49", "43"))
    box = Settings(lines=(LineSettings("a", at="/a", tariff="t.csv", rates=(one,)),
                          LineSettings("b", at="/b", tariff="t.csv", rates=(two,))))
    back, _ = apply(export_site(box), Settings())
    assert [line.rates for line in back.lines] == [(one,), (two,)]


BOX = Settings(lines=(LineSettings("gsm1", at="/dev/a"), LineSettings("gsm2", at="/dev/b")),
               accounts=(Account("Desk", (Number("+4915155500001"),), HASH),))


def test_only_what_is_named_changes() -> None:
    partial = Partial({"callback_rest": 0.0}, {"box_per_hour": 5}, (Part("gsm1", {"trigger": TriggerPolicy.REJECT}),),
                      (Part("New", {"numbers": (Number("+4915155500002"),)}),))
    box, changes = merge(BOX, partial, False, new_salt=lambda: SALT)
    assert changes == ("[site]: callback_rest 3.0 -> 0.0", "[site.brakes]: box_per_hour 120 -> 5",
                       'line "gsm1": trigger ring -> reject', 'account "New": added')
    assert box.lines == (replace(BOX.lines[0], trigger=TriggerPolicy.REJECT), BOX.lines[1])
    assert box.accounts[0] == BOX.accounts[0]


def test_prune_disables_and_never_deletes() -> None:
    box, changes = merge(BOX, Partial(lines=(Part("gsm1", {}),)), True, new_salt=lambda: SALT)
    assert [line.enabled for line in box.lines] == [True, False]
    assert not box.accounts[0].enabled
    assert changes == ('line "gsm2": disabled, the file does not name it',
                       'account "Desk": disabled, the file does not name it')


def test_the_same_pin_keeps_its_hash_and_no_pin_is_ever_told() -> None:
    def with_pin(pin: str) -> tuple[Settings, tuple[str, ...]]:
        return merge(BOX, Partial(accounts=(Part("Desk", {"pin": pin}),)), False, new_salt=lambda: b"x" * 16)
    assert with_pin("4711") == (BOX, ())
    box, changes = with_pin("8520")
    assert changes == ('account "Desk": pin changed',)
    assert check_pin("8520", box.accounts[0].pin_hash)
    assert with_pin("")[0].accounts[0].pin_hash == ""
    assert "8520" not in repr(Part("Desk", {"pin": "8520"}))


@pytest.mark.parametrize(("site", "line"), [
    ({"callback_rest": "3"}, {}), ({"brakes": {"x": 1}}, {}), ({"colour": 1}, {}),
    ({}, {"name": "a", "rates": 5}), ({}, {"name": "a", "rates": {"currency": "EUR", "rows": [[1]]}}),
    ({}, {"at": "/dev/x"}), ({}, {"name": "a", "trigger": "answer"}), ({}, {"name": "a", "number": "12"}),
])
def test_a_broken_document_is_named(site: dict[str, object], line: dict[str, object]) -> None:
    with pytest.raises(SettingsBroken, match="settings, "):
        documents_to_settings(site, [line] if line else [], [])
