"""Where an operator writes a SIM's balance: a table in a file, by the network's own name."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from appliance.lines.line import LineState

_AMOUNT = r"(?<![0-9.,:/])([0-9]+[.,][0-9]{2})(?![0-9]|[.,:/-][0-9])"  # with cents
_SIGN = (r"(?:[€$£¥₴₹₺₽]|\b(?:EUR|Euros?|USD|GBP|CHF|Fr|PLN|z[lł]|CZK|K[cč]|HUF|Ft|SEK|NOK|DKK|kr|RON|lei|BGN|UAH|RUB"
         r"|TRY|TL|AUD|CAD|NZD)(?!\w))")
USUAL = (rf"{_AMOUNT}\s*{_SIGN}(?!\s*[0-9])", rf"{_SIGN}\s*{_AMOUNT}", _AMOUNT)  # beside a currency, else the first
TABLE = Path(__file__).with_name("operators.toml")


@cache
def table() -> tuple[tuple[tuple[str, ...], str], ...]:
    """(beginnings of names in lower case, pattern with the amount as its first group) in the order of the file."""
    rows = tomllib.loads(TABLE.read_text("utf-8"))["operator"]
    return tuple((tuple(row["names"]), row["pattern"]) for row in rows)


def patterns(own: str, state: LineState) -> tuple[str, ...]:
    """Patterns to try in turn: the line's own one and no other, else its operator's and the usual ones. Abroad the
    network is not the SIM's operator."""
    if own:
        return (own,)
    name = "" if state.roaming else state.operator.lower()
    row = next((pattern for names, pattern in table() if any(_begins(name, known) for known in names)), "")
    return (row, *USUAL) if row else USUAL


def _begins(name: str, known: str) -> bool:
    """Whole words: "ee" is not "eesti"."""
    return name == known or name.startswith(known + " ")
