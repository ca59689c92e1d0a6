"""The site file: what stands in the issue works as it stands, and everything wrong is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.accounts.account import Account, Verify
from appliance.settings.keys import (
    BRAKE_KEYS,
    HARDWARE_KEYS,
    Known,
    account_keys,
    alert_keys,
    bundle_keys,
    extension_keys,
    line_keys,
    site_keys,
)
from appliance.settings.model import LineSettings, Settings, TriggerPolicy
from appliance.settings.toml_file import read_site
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

CSV = "prefix,connection_fee,per_minute,first_increment,next_increment\n49,0,0.09,60,1\n"
SITE = """
[site]
country = "DE"
currency = "EUR"
timezone = "Europe/Berlin"
language = "de"
callback_rest = 3            # s between missed call and ringing back; 0 also turns off the modem's own rest
[[line]]
name = "gsm1"
kind = "gsm"
at = "/dev/ringback/sim1-at"
audio = "/dev/ringback/sim1-audio"   # without it the line only hears triggers and sends SMS
dialect = "auto"                      # the default
number = "+4915112345601"
sim_pin = "1234"
trigger = "ring"
tariff = "gsm1.csv"          # beside the site file
[[account]]
name = "Front desk"
numbers = ["+4915155500001"]
pin = "4711"
verify = "pin"               # none | key | pin
max_call_s = 3600
spend_per_day = 5.00
"""
KNOWN = Known(zones=("Europe/Berlin", "Europe/Vienna"), dialects=("quectel", "huawei"))


def tariff(name: str) -> str:
    if name != "gsm1.csv":
        raise FileNotFoundError(2, "No such file or directory")
    return CSV


def complaints(text: str, current: Settings | None = None) -> tuple[str, ...]:
    return read_site(text, "site.toml", tariff, current=current, known=KNOWN)[1]


def test_the_issues_file_works_as_it_stands() -> None:
    partial, found = read_site(SITE, "site.toml", tariff)
    assert found == ()
    assert partial.site["callback_rest"] == 3.0
    (line,), (account,) = partial.lines, partial.accounts
    assert line.values["trigger"] is TriggerPolicy.RING
    assert line.values["rates"][0].per_minute == Money(90_000, "EUR")
    assert account.values["numbers"] == (Number("+4915155500001"),)
    assert account.values["spend_per_day"] == Money(5_000_000, "EUR")


def test_every_complaint_at_once_with_place_and_remedy() -> None:
    text = SITE.replace('at = "', 'divice = "').replace('"ring"', '"rejct"').replace("4711", "1111") \
        .replace("3600", '"long"').replace("[site]", "[site]\ncuntry = 1")
    assert complaints(text) == (
        'site.toml, [site]: unknown key "cuntry"; did you mean "country"?',
        'site.toml, line "gsm1": unknown key "divice"; did you mean "at"?',
        'site.toml, line "gsm1": trigger "rejct" is unknown; did you mean "reject"?',
        'site.toml, account "Front desk": max_call_s "long" is not a whole number of seconds; write 30 to '
        "86400, without quotes",
        'site.toml, account "Front desk": pin is refused: a PIN of one repeated digit is the first that anybody '
        "tries; choose another",
    )


@pytest.mark.parametrize(("wrong", "instead", "words"), [
    ('sim_pin = "1234"', "sim_pin = 1234", 'sim_pin 1234 is a number; write it in quotes: "1234"'),
    ('"DE"', '"De"', 'country "De" is unknown; write an ISO 3166 code'),
    ('"Europe/Berlin"', '"Europe/Berln"', 'did you mean "Europe/Berlin"?'),
    ('"auto"', '"quektel"', 'did you mean "quectel"?'),
    ('"EUR"', '"euro"', 'currency "euro" cannot be used; write an ISO 4217 code'),
    ("callback_rest = 3 ", "callback_rest = -3 ", "callback_rest -3 is out of range; write 0 to 60 (seconds)"),
    ("callback_rest = 3 ", "callback_rest = nan ", "is not a number of seconds"),
    ("spend_per_day = 5.00", 'spend_per_day = "5.00"', "write 5.00, without quotes"),
    ("spend_per_day = 5.00", "spend_per_day = inf", "spend_per_day Infinity is not an amount"),
    ("spend_per_day = 5.00", "spend_per_day = -1", "is negative"),
    ("max_call_s = 3600", "max_call_s = true", "max_call_s true is not a whole number"),
    ('["+4915155500001"]', '"+4915155500001"', "is not a list; write it in brackets"),
    ('["+4915155500001"]', '["+4915155500001", "015155500001"]', "+4915155500001 stands twice"),
    ('["+4915155500001"]', '["12"]', '"12" is not a telephone number of DE'),
    ('["+4915155500001"]', '["+4915112345601"]', 'stands in line "gsm1" too'),
    ('"gsm1.csv"', '"gsm2.csv"', 'tariff "gsm2.csv" cannot be read (No such file or directory)'),
    ('"gsm1.csv"', '"../gsm1.csv"', "write the name of a CSV file beside the site file"),
    ('pin = "4711"', "", 'verify is "pin" but there is no PIN'),
    ('"4711"', '"0001"', "pin is refused: a PIN that is the end of"),
    ('at = "/dev/ringback/sim1-at"', "", 'line "gsm1": has no AT port'),
    ('kind = "gsm"\nat = "/dev/ringback/sim1-at"', 'kind = "isdn"\nat = "misdn:0"\ndigits = "vts"',
     'digits "vts" is an order to modems; write "in-band" or "pass"'),
    ("sim1-audio", "sim1-at", "at and audio are the same device"),
    ("[[line]]", "[line]", "write [[line]] in double brackets"),
    ("[[account]]", "[[acount]]", 'unknown table [acount]; did you mean "account"?'),
    ('name = "gsm1"', "", "[[line]] number 1: has no name"),
    ("[site]", "[site", "this is not TOML: "),
    ("[[line]]", 'compare = "gsm7"\n[[line]]', 'there is no line "gsm7"'),
    ("[[line]]", "[site.web]\nport = 0\n[[line]]", "port 0 is out of range"),
    ("[[line]]", '[site.web]\naddress = "all"\n[[line]]', 'write an IP address of the box'),
    ("[[line]]", '[site.web]\nnames = ["*"]\n[[line]]', 'write host names such as'),
    ("[[line]]", "web = 3\n[[line]]", "write [site.web] on a line of its own"),
    ("[[line]]", "brakes = 3\n[[line]]", "write [site.brakes] on a line of its own"),
    ("[[line]]", "[site.brakes]\nbox_per_hours = 3\n[[line]]", 'did you mean "box_per_hour"?'),
    ("verify", "prompts", 'unknown key "prompts"'),
    ("[[account]]", '[[extension]]\nnumber = "21"\naccount = "Front desk"\n[[account]]', "has no line; add line = "),
    ("[[account]]", '[[extension]]\nnumber = "21"\nline = "gsm1"\naccount = "Front desk"\n[[account]]',
     'line "gsm1" is no ISDN line with side = "nt"; name one that is'),
    ("[[account]]", '[[extension]]\nnumber = "112"\nline = "gsm1"\naccount = "Nobody"\n[[account]]',
     "this is an emergency number; give the phone another"),
    ("[[account]]", '[[extension]]\nnumber = "112"\nline = "gsm1"\naccount = "Nobody"\n[[account]]',
     'there is no account "Nobody"; add it, or name another'),
    ("[[account]]", '[[extension]]\nnumber = 21\nline = "gsm1"\naccount = "Front desk"\n[[account]]',
     'number 21 is a number; write it in quotes: "21"'),
    ("[[account]]", '[[bundle]]\nname = "flat"\nlines = ["gsm1"]\nprefixes = ["49"]\n[[account]]',
     'bundle "flat": has no minutes; add minutes = 300'),
    ("[[line]]", 'holidays = ["25.12."]\n[[line]]', 'write days such as ["12-25", "2026-04-03"]'),
    ('kind = "gsm"', 'kind = "isdn"', 'line "gsm1": has no ISDN port; add at = "misdn:0"'),
    ("at =", "device =", 'did you mean "at"?'),
])
def test_complaint(wrong: str, instead: str, words: str) -> None:
    found = complaints(SITE.replace(wrong, instead, 1))
    assert any(words in text for text in found), found
    assert all(text.startswith("site.toml") for text in found)


def test_national_numbers_follow_the_sites_country() -> None:
    partial, found = read_site(SITE.replace("+4915155500001", "0151 55500001"), "site.toml", tariff)
    assert not found
    assert partial.accounts[0].values["numbers"] == (Number("+4915155500001"),)


def test_names_and_numbers_are_unique() -> None:
    twice = SITE + '[[account]]\nname = "front DESK"\nnumbers = ["+4915155500001"]\n'
    assert complaints(twice) == ('site.toml, account "front DESK": stands twice; keep one of the two, or give it '
                                 "another name",)
    other = SITE + '[[account]]\nname = "Other"\nnumbers = ["+4915155500001"]\n'
    assert complaints(other) == ('site.toml, account "Other": +4915155500001 stands in account "Front desk" too; '
                                 "keep it in one of them",)


def test_a_tariffs_own_complaints_are_passed_on_once() -> None:
    text = SITE + '[[line]]\nname = "gsm2"\nat = "/dev/x"\ntariff = "gsm1.csv"\n'
    _, found = read_site(text, "site.toml", lambda name: CSV + "49,x,0.09,60,1\n")
    assert found == ('gsm1.csv, line 3: connection_fee \'x\'; write an amount such as 0.09',)


def test_a_known_line_may_leave_out_what_it_has() -> None:
    current = Settings(lines=(LineSettings("gsm1", at="/dev/x"),),
                       accounts=(Account("Front desk", (Number("+4915155500001"),), "scrypt$x", Verify.PIN),))
    assert complaints('[[line]]\nname = "gsm1"\ntrigger = "reject"\n', current) == ()
    assert complaints('[[account]]\nname = "Front desk"\nenabled = false\n', current) == ()
    (found,) = complaints('[[account]]\nname = "Other"\nnumbers = ["+4915155500001"]\n', current)
    assert 'stands in account "Front desk" too' in found


BUNDLE = '[[bundle]]\nname = "flat"\nlines = ["gsm1"]\nminutes = 300\nprefixes = ["49"]\n'


@pytest.mark.parametrize(("bundle", "words"), [
    (BUNDLE + "minutse = 3", 'did you mean "minutes"?'), (BUNDLE + "margin = 300", "margin 300 leaves nothing of 300"),
    (BUNDLE.replace("gsm1", "gsm9"), 'bundle "flat": there is no line "gsm9"; name one that is'),
    (BUNDLE + 'period = "week"\nreset = 8', "reset 8 is no day of the week; write 1 (Monday) to 7 (Sunday)"),
    (BUNDLE + 'period = "year"', "write one of day, month, week"), (BUNDLE + BUNDLE, 'bundle "flat": stands twice'),
    (BUNDLE.replace('"49"', ""), "prefixes is empty; name at least one"),
    (BUNDLE.replace('"gsm1"', ""), "lines is empty; name at least one"),
    ("bundle = 3", "bundle is not a list of tables"),
])
def test_a_wrong_bundle(bundle: str, words: str) -> None:
    (found,) = complaints(bundle, Settings(lines=(LineSettings("gsm1", at="/dev/a"),)))
    assert words in found


def test_a_new_currency_must_rename_every_price() -> None:
    current = Settings(accounts=(Account("A", (Number("+4915155500001"),), spend_per_day=Money(1, "EUR")),))
    (found,) = complaints('[site]\ncurrency = "CHF"\n', current)
    assert 'account "A" has spend_per_day in the old' in found


def test_the_example_of_the_readme_works_as_it_stands() -> None:
    page = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    partial, found = read_site(example, "site.toml", tariff)
    assert not found
    assert partial.lines[0].values["sim_pin"] == "1234"


@pytest.mark.parametrize(("alerts", "words"), [
    ('mail_to = ["a@b.example"]', "mail_to has nobody to carry it; add mail_host"),
    ('mail_password = "hush"', "needs the name that belongs to it; add mail_user"),
    ('mail_user = "me"\nmail_tls = "none"', "in the clear"),
    ('mail_to = ["a@b\\nBcc: c@d"]\nmail_host = "m"', "write addresses such as"),
    ('mail_host = "m\\r\\nQUIT"', "write the name of your mail server"),
    ('mail_password = "hush\\u0000"', "mail_password is no text of 200"),
    ('topics = ["lines", "monye"]', 'did you mean "money"?'),
    ('sms_to = ["112"]', "sms_to"),
])
def test_alerts_that_could_never_arrive_are_complained_of(alerts: str, words: str) -> None:
    (found,) = complaints(f"[site.alerts]\n{alerts}\n")
    assert words in found
    assert "hush" not in found


@pytest.mark.parametrize(("text", "words"), [
    ("[site.hardware]\nlamp_ok = 28", "write 0 to 27"), ("[site.hardware]\nbutton = 1", "EEPROM of HATs"),
    ("[site.hardware]\nlamp_ok = 5\nbutton = 5", "pin 5 stands in [site.hardware]: lamp_ok too"),
    ('[[line]]\nname = "a"\nat = "/dev/a"\npower = ["reboot"]', "write a list of steps"),
    ('[site.hardware]\nlamp_ok = 17\n[[line]]\nname = "a"\nat = "/dev/a"\npower = ["pwrkey:17"]',
     "pin 17 stands in [site.hardware]: lamp_ok too")])
def test_pins_that_cannot_be(text: str, words: str) -> None:
    (found,) = complaints(text)
    assert words in found


def test_every_key_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    known = Known()
    for key in (*site_keys(known), *BRAKE_KEYS, *HARDWARE_KEYS, *line_keys("DE", known), *account_keys("DE", "EUR"),
                *extension_keys(), *alert_keys("DE"), *bundle_keys()):
        assert f"| `{key}` |" in page, key


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_values_or_complaints(text: str) -> None:
    read_site(text, "x.toml", tariff)


VALUES = st.recursive(
    st.sampled_from(['"a"', '""', "1", "-7", "1e400", "nan", "true", "1979-05-27", '"+4915155500001"', '"1234"']),
    lambda inner: st.lists(inner, max_size=2).map(lambda items: "[" + ", ".join(items) + "]"), max_leaves=4)
KEYS = st.sampled_from(["name", "number", "numbers", "pin", "pin_hash", "at", "tariff", "enabled", "spend_per_day",
                        "allow", "verify", "country", "currency", "callback_rest", "brakes", "max_call_s"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["[site]", "[[line]]", "[[account]]", "[site.brakes]"]),
                          st.dictionaries(KEYS, VALUES, max_size=6)), max_size=4))
def test_any_value_under_any_key(tables: list[tuple[str, dict[str, str]]]) -> None:
    text = "\n".join("\n".join([head, *(f"{k} = {v}" for k, v in body.items())]) for head, body in tables)
    _, found = read_site(text, "x.toml", tariff)
    assert all(line.startswith(("x.toml", "gsm1.csv")) for line in found)


def test_deep_nesting_is_refused() -> None:
    assert complaints("x = " + "[" * 100_000)
