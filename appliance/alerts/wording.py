"""How news reads: the subject and body of a mail, the text of an SMS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from appliance.alerts.trouble import Kind, News

LONGEST_SUBJECT = 120  # characters
LONGEST_LINE = 400  # characters of a finding that are repeated
LONGEST_SMS = 320  # characters: two messages

Say = Callable[[str], str]  # a text in the language of the reader
NAMES = {Kind.BEGAN: "Trouble", Kind.ENDED: "Over", Kind.FLAPS: "Comes and goes"}


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """On one line and printable: what a modem or a network said may stand in it."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))[:longest]


def subject(news: Sequence[News], say: Say) -> str:
    first = f"{say(NAMES[news[0].kind])}: {say(news[0].trouble.what)}"
    others = len(news) - 1
    return one_line(say("%s (and %s more)") % (one_line(first, 90), others) if others else first, LONGEST_SUBJECT)


def body(news: Sequence[News], say: Say, zone: tzinfo) -> str:
    foot = say("What is wrong now: ringback check, or the page of the box.")
    return "\n\n".join([*(_paragraph(each, say, zone) for each in news), foot]) + "\n"


def _paragraph(news: News, say: Say, zone: tzinfo) -> str:
    since = say("since %s") % _time(news.since, zone)
    lines = [f"{say(NAMES[news.kind])} ({since}): {one_line(say(news.trouble.what))}"]
    if news.kind is not Kind.ENDED:
        lines.append(say("What to do: %s") % one_line(say(news.trouble.remedy)))
    if news.kind is Kind.FLAPS:
        lines.append(say("This comes and goes. Nothing more is told about it within a day of the first message."))
    return "\n".join(lines)


def sms(news: Sequence[News], say: Say) -> str:
    return "Ringback: " + "; ".join(
        f"{say(NAMES[each.kind])}: {one_line(say(each.trouble.what), 140)}" for each in news)[:LONGEST_SMS - 10]


def test_message(say: Say) -> tuple[str, str]:
    """Subject and body."""
    return say("This is a test"), f"{say('The box can reach you. This is what an alert looks like.')}\n"


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
