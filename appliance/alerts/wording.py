"""How news reads: the subject and body of a mail, the text of an SMS. The box's own findings stay in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from appliance.alerts.trouble import Kind, News

LONGEST_SUBJECT = 120  # characters
LONGEST_LINE = 400  # characters of a finding that are repeated
LONGEST_SMS = 320  # characters: two messages

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        Kind.BEGAN: "Trouble", Kind.ENDED: "Over", Kind.FLAPS: "Comes and goes", "since": "since {at}",
        "remedy": "What to do: {text}", "more": "{first} (and {others} more)",
        "calm": "This comes and goes. Nothing more is told about it within a day of the first message.",
        "foot": "What is wrong now: ringback check, or the page of the box.",
        "test": "This is a test", "test_body": "The box can reach you. This is what an alert looks like.",
    },
    "de": {
        Kind.BEGAN: "Störung", Kind.ENDED: "Vorbei", Kind.FLAPS: "Kommt und geht", "since": "seit {at}",
        "remedy": "Was zu tun ist: {text}", "more": "{first} (und {others} weitere)",
        "calm": "Das kommt und geht. Bis einen Tag nach der ersten Nachricht wird nichts mehr dazu gemeldet.",
        "foot": "Was gerade nicht stimmt: ringback check, oder die Seite der Box.",
        "test": "Das ist ein Test", "test_body": "Die Box kann Sie erreichen. So sieht eine Meldung aus.",
    },
}


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """On one line and printable: what a modem or a network said may stand in it."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))[:longest]


def subject(news: Sequence[News], language: str) -> str:
    words = WORDS.get(language, WORDS["en"])
    first = f"{words[news[0].kind]}: {news[0].trouble.what}"
    others = len(news) - 1
    return one_line(words["more"].format(first=one_line(first, 90), others=others) if others else first,
                    LONGEST_SUBJECT)


def body(news: Sequence[News], language: str, zone: tzinfo) -> str:
    words = WORDS.get(language, WORDS["en"])
    return "\n\n".join([*(_paragraph(each, words, zone) for each in news), words["foot"]]) + "\n"


def _paragraph(news: News, words: Mapping[str, str], zone: tzinfo) -> str:
    lines = [f"{words[news.kind]} ({words['since'].format(at=_time(news.since, zone))}): "
             f"{one_line(news.trouble.what)}"]
    if news.kind is not Kind.ENDED:
        lines.append(words["remedy"].format(text=one_line(news.trouble.remedy)))
    if news.kind is Kind.FLAPS:
        lines.append(words["calm"])
    return "\n".join(lines)


def sms(news: Sequence[News], language: str) -> str:
    words = WORDS.get(language, WORDS["en"])
    return "Ringback: " + "; ".join(
        f"{words[each.kind]}: {one_line(each.trouble.what, 140)}" for each in news)[:LONGEST_SMS - 10]


def test_message(language: str) -> tuple[str, str]:
    """Subject and body."""
    words = WORDS.get(language, WORDS["en"])
    return words["test"], f"{words['test_body']}\n"


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
