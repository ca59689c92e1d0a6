"""Scenario files: above a line of dashes what differs from the usual box, below it one step a line, in plain words.

    # Anna keys a wrong PIN three times and is locked out.
    [site]                        the site file's own keys; leave out what shall be as usual
    callback_tries = 1
    [lab]                         the pretend world: dialects, nasty, seed, start, phones, tariffs
    dialects = ["huawei"]
    ---
    Anna calls gsm1
    after 3 s Anna hangs up
    Anna's phone rings
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from appliance.lab.nasty import Nastiness
from appliance.lab.persona import PERSONAS, Persona
from appliance.rehearsal.world import Cast
from appliance.settings.apply import merge
from appliance.settings.model import Settings
from appliance.settings.toml_file import read_site

HEAD = "prefix,connection_fee,per_minute,first_increment,next_increment\n"
TARIFFS = {
    "gsm1": ("49,0,0.09,60,60",), "gsm2": ("49,0.10,0.05,60,60",), "gsm3": ("49,0,0.12,60,60", "4930,0,0.06,60,60")}
PHONES = {"Anna": "+4915155500001", "Bert": "+493012345678", "Carl": "+493087654321", "Dora": "+4915155500002"}
USUAL = """
[site]
country = "DE"
currency = "EUR"
language = "en"
[[account]]
name = "Front desk"
numbers = ["+4915155500001"]
pin = "4711"
verify = "pin"
""" + "".join(
    f"""
[[line]]
name = "gsm{n}"
at = "/lab/gsm{n}-at"
audio = "/lab/gsm{n}-audio"
number = "+491511234560{n}"
tariff = "gsm{n}.csv"
""" for n in (1, 2, 3))
LAB_KEYS = ("dialects", "nasty", "seed", "start", "phones", "tariffs", "inside")


class ScriptError(Exception):
    """The file cannot be played; each complaint names its line and a remedy."""

    def __init__(self, *complaints: str) -> None:
        super().__init__("\n".join(complaints))


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario, read: `steps` are (line number, words)."""

    name: str
    title: str
    settings: Settings
    cast: Cast
    steps: tuple[tuple[int, str], ...]


def read_script(text: str, name: str) -> Script:
    """Raises ScriptError with every complaint about the part above the dashes."""
    lines = text.splitlines()
    dashes = next((n for n, line in enumerate(lines) if re.fullmatch(r"-{3,}", line.strip())), -1)
    head = "\n".join(lines[: max(dashes, 0)])
    steps = tuple((n + 1, line.strip()) for n, line in enumerate(lines)
                  if n > dashes and line.strip() and not line.lstrip().startswith("#"))
    title = next((line.strip("# ") for line in lines if line.startswith("#")), name)
    try:
        lab = tomllib.loads(head).get("lab", {})
    except ValueError as error:
        raise ScriptError(f"{name}: above the dashes: this is not TOML: {error}") from None
    cast = _cast(lab, name)
    tariffs = TARIFFS | {line: tuple(rows) for line, rows in lab.get("tariffs", {}).items()}
    settings = _apply(USUAL, name, tariffs, Settings())
    return Script(name, title, _apply(_without_lab(head), name, tariffs, settings), cast, steps)


def _without_lab(head: str) -> str:
    """The site file's own tables."""
    kept, ours = [], False
    for line in head.splitlines():
        if re.match(r"\s*\[", line):
            ours = re.match(r"\s*\[lab[].]", line) is not None
        kept.append("" if ours else line)
    return "\n".join(kept)


def _apply(text: str, name: str, tariffs: Mapping[str, tuple[str, ...]], current: Settings) -> Settings:
    def tariff(file: str) -> str:
        try:
            rows = tariffs[file.removesuffix(".csv")]
            head = "" if rows and rows[0].startswith("prefix,") else HEAD  # a file with more columns names them all
            return head + "\n".join(rows) + "\n"
        except KeyError:
            raise ValueError(f"[lab.tariffs] has no {file.removesuffix('.csv')}") from None

    partial, complaints = read_site(text, name, tariff, current=current)
    if complaints:
        raise ScriptError(*complaints)
    return merge(current, partial, False, new_salt=lambda: bytes(16))[0]


def _cast(lab: Mapping[str, Any], name: str) -> Cast:
    if unknown := lab.keys() - set(LAB_KEYS):
        raise ScriptError(f"{name}: [lab] does not know {', '.join(sorted(unknown))}; it knows {', '.join(LAB_KEYS)}")
    phones = PHONES | lab.get("phones", {})
    start = lab.get("start")
    personas = _personas(lab.get("dialects", ["quectel", "huawei", "quectel"]), name)
    cast = Cast(tuple(phones.items()), tuple(lab.get("inside", {}).items()), personas,
                _nasty(lab.get("nasty", {}), name), int(lab.get("seed", 1)))
    return replace(cast, start=start.replace(tzinfo=start.tzinfo or UTC)) if isinstance(start, datetime) else cast


def _personas(names: list[str], name: str) -> tuple[Persona, ...]:
    if unknown := [wanted for wanted in names if wanted not in PERSONAS]:
        raise ScriptError(f"{name}: [lab] dialects: no {unknown[0]!r}; there are {', '.join(PERSONAS)}")
    return tuple(PERSONAS[wanted] for wanted in names)


def _nasty(values: Mapping[str, Any], name: str) -> Nastiness:
    known = [field.name for field in fields(Nastiness)]
    if unknown := values.keys() - set(known):
        raise ScriptError(f"{name}: [lab] nasty: no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return Nastiness(**values)
