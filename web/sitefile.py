"""Changes as a site file: what a form says becomes TOML for the gateway's `apply`, with its complaints and changes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from web.visit import Visit

SITE_FILE = "site.toml"
Table = Mapping[str, Any]


def read(visit: Visit) -> dict[str, Any]:
    """The settings as the site file's tables: site, line, account, extension."""
    return tomllib.loads(visit.ask("export")[SITE_FILE])


def find(tables: Mapping[str, Any], kind: str, name: str) -> dict[str, Any] | None:
    """One line or account by its name."""
    found: dict[str, Any] | None = next((each for each in tables.get(kind, ()) if each["name"] == name), None)
    return found


def apply(
    visit: Visit, *, site: Table | None = None, lines: Sequence[Table] = (), accounts: Sequence[Table] = (),
    bundles: Sequence[Table] | None = None, tariffs: Mapping[str, str] | None = None, dry_run: bool = False,
) -> tuple[list[str], list[str]]:
    """Complaints (then nothing was changed), and what changed, in sentences. `bundles`: all there shall be."""
    text = write(site or {}, lines, accounts, bundles)
    answer = visit.change("apply", text=text, where="", tariffs=dict(tariffs or {}), dry_run=dry_run)
    return ([_plain(each) for each in answer["complaints"]],
            [_plain(each) for each in (*answer["changes"], *answer["notes"])])


def _plain(text: str) -> str:
    """Without the file's name: who sees a form knows of none."""
    return text.removeprefix(f"{SITE_FILE}, ").removeprefix("[site]: ")


def by_field(complaints: Sequence[str], fields: Iterable[str], *places: str) -> dict[str, list[str]]:
    """Complaints by the field of a form that they are about, to stand beside it. `places`: what they may begin with,
    such as `line "gsm1": `."""
    known, found = frozenset(fields), dict[str, list[str]]()
    for complaint in complaints:
        for place in ("", *places):
            field = complaint.removeprefix(place).partition(" ")[0]
            if complaint.startswith(place) and field in known:
                found.setdefault(field, []).append(complaint)
    return found


def write(
    site: Table, lines: Sequence[Table], accounts: Sequence[Table], bundles: Sequence[Table] | None = None
) -> str:
    """TOML 1.0. Nested tables of `site` come after its own keys."""
    flat = {key: value for key, value in site.items() if not isinstance(value, Mapping)}
    blocks = ["bundle = []\n"] if bundles is not None and not bundles else []
    blocks += [_block("[site]", flat)] if flat else []
    blocks += [_block(f"[site.{key}]", value) for key, value in site.items() if isinstance(value, Mapping)]
    blocks += [_block("[[line]]", line) for line in lines]
    blocks += [_block("[[account]]", account) for account in accounts]
    blocks += [_block("[[bundle]]", bundle) for bundle in bundles or ()]
    return "\n".join(blocks)


def _block(head: str, table: Table) -> str:
    return "\n".join([head, *(f"{key} = {value_text(value)}" for key, value in table.items()), ""])


class Amount(str):
    """Digits as they were typed, to be written without quotes."""


def number(text: str) -> Any:
    """What was typed for a number: unquoted when it looks like one, else in quotes, for a complaint that shows it."""
    plain = text.strip().replace(",", ".")
    digits = plain.lstrip("-")
    whole, _, part = digits.partition(".")
    if whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit())) and len(plain) < 20:
        sign = "-" if plain.startswith("-") else ""
        return Amount(sign + str(int(whole)) + (f".{part}" if part else ""))
    return plain


def limit(text: str) -> Any:
    """An amount; nothing is no limit."""
    return number(text) if text.strip() else "none"


def value_text(value: Any) -> str:
    if isinstance(value, Amount):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    return '"' + "".join(_escaped(letter) for letter in str(value)) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if ord(letter) >= 32 and ord(letter) != 127 else f"\\u{ord(letter):04x}"


def words(text: str) -> list[str]:
    """One entry a line, or with commas between."""
    return [each.strip() for each in text.replace(",", "\n").replace(";", "\n").split("\n") if each.strip()]
