"""What a message asks of the box, in either language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from appliance.routing.dialplan import Dialled, Emergency, read_keyed

STALE = timedelta(hours=1)  # a command that was sent longer ago is none any more: nobody waits for it
LONGEST = 40  # characters of a command
FEWEST = 3  # digits of a number: 112


class Wish(StrEnum):
    CALL = "call"
    BALANCE = "balance"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """`destination`: the number to be connected to, as it was written; "" asks for it on the phone."""

    wish: Wish
    destination: str = ""


WORDS = {
    "call": Wish.CALL, "anruf": Wish.CALL, "ruf": Wish.CALL, "bal": Wish.BALANCE, "balance": Wish.BALANCE,
    "guthaben": Wish.BALANCE, "help": Wish.HELP, "hilfe": Wish.HELP,
}
# What phones and people put around and into numbers: no-break hyphens and dashes, marks of writing direction.
PLAIN = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u200e": "", "\u200f": "",
                       "\u202a": "", "\u202c": "", "\u2066": "", "\u2069": "", "\ufeff": ""})


def read_command(text: str, country: str) -> Command | None:
    """None: a message for people. An empty one asks to be rung back; a number, in the forms of the dial plan, to be
    connected to it; `CALL 030...` as well."""
    plain = re.sub(r"\s+", " ", text.translate(PLAIN)).strip(" .!\"'").casefold()
    if len(plain) > LONGEST:
        return None
    if not plain:
        return Command(Wish.CALL)
    word, _, rest = plain.partition(" ")
    if wish := WORDS.get(plain):
        return Command(wish)
    number = rest if WORDS.get(word) is Wish.CALL else plain
    return Command(Wish.CALL, number) if _is_number(number, country) else None


def _is_number(text: str, country: str) -> bool:
    if not re.fullmatch(r"\+?[0-9 ().\-/]+", text, re.ASCII) or sum(char.isdigit() for char in text) < FEWEST:
        return False
    return isinstance(read_keyed(text, country), Dialled | Emergency)
