"""Every key of the site file and how its value is read. README.md documents each; a test compares."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from phonenumbers import SUPPORTED_REGIONS

from appliance.accounts.account import Verify
from appliance.routing.bundle import Period
from appliance.settings.model import TOPICS, Digits, IsdnLayout, IsdnSide, MailTls, RingBack, TriggerPolicy
from appliance.settings.readers import (
    Reader,
    amount,
    flag,
    member,
    number,
    numbers,
    one_of,
    pattern,
    pin,
    prefixes,
    seconds,
    secret,
    some_of,
    text,
    texts,
    whole,
)

LANGUAGES = ("de", "en")  # the languages that have prompts
KINDS = ("gsm", "isdn")
FILE_NAME = r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,80}\.csv"
HASH = r"scrypt\$[0-9]{1,2}\$[0-9]{1,2}\$[0-9]\$[0-9a-f]{2,128}\$[0-9a-f]{64}|"
DAY_S = 86_400
NAME = r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?"  # one label of a host name
ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{NAME}(\.{NAME})*"  # as HTML takes it; RFC 5322 allows more
HOST = rf"{NAME}(\.{NAME})*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"

# What people write for a key that is called otherwise.
OTHER_WORDS = {
    "device": "at", "tty": "at", "port": "at", "pcm": "audio", "phone": "numbers", "phones": "numbers",
    "pincode": "pin", "lang": "language", "rest": "callback_rest",
}


@dataclass(frozen=True, slots=True)
class Known:
    """Names that only the box can list. Empty: any name of the right form is taken."""

    zones: Collection[str] = ()
    dialects: Collection[str] = ()


def site_keys(known: Known) -> Mapping[str, Reader]:
    """[site], without its tables, such as [site.brakes]."""
    zone = one_of(known.zones, 'write one such as "Europe/Berlin"') if known.zones else \
        text(r"[A-Za-z][A-Za-z0-9_+/-]{1,60}", 'write one such as "Europe/Berlin"')
    return {
        "country": one_of(SUPPORTED_REGIONS, 'write an ISO 3166 code such as "DE"'),
        "currency": text(r"[A-Z]{3}", 'write an ISO 4217 code such as "EUR"'),
        "timezone": zone,
        "language": one_of(LANGUAGES),
        "callback_rest": seconds(0, 60),
        "ring_s": whole(5, 120, "seconds"),
        "callback_tries": whole(1, 10, "tries"),
        "retry_s": whole(5, 3600, "seconds"),
        "expected_call_s": whole(1, DAY_S, "seconds"),
        "holidays": texts(r"([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
                          'write days such as ["12-25", "2026-04-03"]: month and day, or one date'),
        "deny": prefixes,
        "allow": prefixes,
        "sms_answers_per_day": whole(0, 1000, "messages"),
        "sms_box_per_day": whole(0, 10_000, "messages"),
        "sms_codes_per_day": whole(0, 50, "messages"),
        "sms_reasons": flag,
        "keep_days": whole(0, 3650, "days"),
        "compare": text(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})?", 'write the name of a line that has a tariff, or ""'),
    }


BRAKE_KEYS: Mapping[str, Reader] = {
    "repeat_window_s": whole(0, 3600, "seconds"),
    "caller_per_hour": whole(1, 10_000, "callbacks"),
    "caller_per_day": whole(1, 10_000, "callbacks"),
    "box_per_hour": whole(1, 10_000, "callbacks"),
}


WEB_KEYS: Mapping[str, Reader] = {
    "address": text(r"([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)?",
                    'write an IP address of the box, or "" for all'),
    "port": whole(1, 65_535, "TCP ports"),
    "names": texts(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*",
                   'write host names such as ["ringback.example.org"]'),
    "certificate": text(r"(/[^\x00-\x1f\x7f]{1,200})?", 'write the path of a PEM file, or ""'),
    "key": text(r"(/[^\x00-\x1f\x7f]{1,200})?", 'write the path of a PEM file, or ""'),
}


def alert_keys(country: str) -> Mapping[str, Reader]:
    """[site.alerts]."""
    return {
        "mail_to": texts(ADDRESS, 'write addresses such as ["office@example.org"]'),
        "mail_from": text(f"({ADDRESS})?", 'write an address such as "ringback@example.org", or ""'),
        "mail_host": text(f"({HOST})?", 'write the name of your mail server, such as "smtp.example.org"'),
        "mail_port": whole(1, 65_535, "TCP ports"),
        "mail_tls": member(MailTls),
        "mail_user": text(r"[^\x00-\x1f\x7f]{0,200}", "write the name that the mail server knows you by"),
        "mail_password": secret(200),
        "sms_to": numbers(country),
        "sms_per_day": whole(0, 100, "messages"),
        "topics": some_of(TOPICS),
        "after_min": whole(1, 1440, "minutes"),
    }


HARDWARE_KEYS: Mapping[str, Reader] = {
    **dict.fromkeys(("lamp_ok", "lamp_call", "lamp_trouble", "button"), pin),
    "lamps_inverted": flag,
}


def line_keys(country: str, known: Known, currency: str = "EUR") -> Mapping[str, Reader]:
    """[[line]]; `tariff` is a file name here, its rows are read beside it."""
    return {
        "name": text(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", 'write a short name such as "gsm1": letters, digits, - _ .'),
        "kind": one_of(KINDS),
        "at": text(r"(/[^\x00-\x1f\x7f]{1,200}|misdn:[0-9]{1,2}|pair:/[^\x00-\x1f\x7f]{1,90})?",
                   'write a device path such as "/dev/ringback/sim1-at", or an ISDN port such as "misdn:0"'),
        "audio": text(r"(/[^\x00-\x1f\x7f]{1,200}|alsa:[A-Za-z0-9_][A-Za-z0-9_.,:=-]{0,80})?",
                      'write a device path such as "/dev/ringback/sim1-audio", or a sound card such as "alsa:hw:1"'),
        "dialect": one_of({"auto", *known.dialects}) if known.dialects else
        text(r"[a-z0-9][a-z0-9_-]{0,31}", 'write "auto"'),
        "number": number(country),
        "sim_pin": text(r"([0-9]{4,8})?", "a SIM PIN has 4 to 8 digits, in quotes"),
        "trigger": member(TriggerPolicy),
        "digits": member(Digits),
        "gain_in": whole(-20, 20, "dB"),
        "gain_out": whole(-20, 20, "dB"),
        "echo_canceller": flag,
        "power": texts(r"usb-reset|usb-cycle|(pwrkey|relay):([2-9]|1[0-9]|2[0-7])",
                       'write a list of steps, such as ["usb-reset", "usb-cycle", "pwrkey:17", "relay:22"]'),
        "ring_back": member(RingBack),
        "tariff": text(f"({FILE_NAME})?", 'write the name of a CSV file beside the site file, such as "gsm1.csv"'),
        "sim": text(r"(89[0-9]{16,18}|IMSI [0-9]{14,15})?", 'write the ICCID printed on the SIM, or "" for any'),
        "roaming": flag,
        "balance_code": text(r"([*#][0-9*#]{1,30})?", 'write the code of the SIM\'s operator, such as "*100#"'),
        "balance_pattern": lambda value: "" if value == "" else pattern(value),
        "balance_below": amount(currency, negative=False),
        "isdn": member(IsdnLayout),
        "side": member(IsdnSide),
        "msns": texts(r"[0-9]{1,20}", 'write a list of numbers as the exchange sends them, such as ["222220"]'),
        "ddi_digits": whole(0, 20, "digits"),
        "clir": flag,
        "overlap": flag,
        "enabled": flag,
    }


def extension_keys() -> Mapping[str, Reader]:
    """[[extension]]."""
    return {
        "number": text(r"[0-9]{2,6}", "an extension has 2 to 6 digits, in quotes"),
        "msn": text(r"([0-9]{2,6})?", "write the number that the phone is called by, 2 to 6 digits in quotes"),
        "line": text(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", 'write the name of an ISDN line with side = "nt"'),
        "account": text(r"[^\x00-\x1f\x7f]{1,64}", "write the name of an account"),
    }


LINE_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"


def bundle_keys(currency: str = "EUR") -> Mapping[str, Reader]:
    """[[bundle]]."""
    return {
        "name": text(LINE_NAME, 'write a short name such as "flat": letters, digits, - _ .'),
        "lines": texts(LINE_NAME, 'write the names of its lines, such as ["gsm1"]'),
        "minutes": whole(1, 100_000, "minutes"),
        "prefixes": prefixes,
        "period": member(Period),
        "reset": whole(1, 31, "days of the month, or 1 Monday to 7 Sunday"),
        "margin": whole(0, 100_000, "minutes"),
        "per_minute": amount(currency, negative=False),
        "first_increment": whole(1, 99_999, "seconds"),
        "next_increment": whole(1, 99_999, "seconds"),
    }


def account_keys(country: str, currency: str) -> Mapping[str, Reader]:
    """[[account]]; `pin` is kept as plain text only until it is merged."""
    return {
        "name": text(r"(?=\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029\"]{0,63}[^\s\"\x00-\x1f\x7f-\x9f]",
                     "write a name of 1 to 64 printable characters"),
        "numbers": numbers(country),
        "pin": text(r"[0-9]*", "a PIN has 4 to 12 digits, in quotes"),
        "pin_hash": text(HASH, "copy it whole from an export, or write pin instead"),
        "verify": member(Verify),
        "language": one_of(("", *LANGUAGES)),
        "enabled": flag,
        "max_call_s": whole(30, DAY_S, "seconds"),
        "hash_hash": flag,
        "spend_per_day": amount(currency, negative=False),
        "balance_limit": amount(currency, negative=True),
        "allow": prefixes,
        "deny": prefixes,
    }
