"""The settings as a site file and its tariff files: what `read_site` and `merge` turn back into the same settings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from enum import Enum
from typing import Any

from appliance.accounts.account import Account
from appliance.routing.route import Rate
from appliance.routing.tariff import export_tariff
from appliance.settings.model import LineSettings, Settings
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

SITE_FILE = "site.toml"


def export_site(settings: Settings) -> dict[str, str]:
    """File name -> text. PINs as `pin_hash`; every key written out, so that the file also restores a changed box.

    A SIM's PIN stands in plain text, because the modem needs it: keep the files private. The mail server's password is
    left out: the box that has it keeps it.
    """
    names = _tariff_names(settings.lines)
    tables = ("brakes", "web", "hardware", "alerts", "extensions", "bundles")
    blocks = [_block("[site]", ((key, value) for key, value in _values(settings.site) if key not in tables))]
    blocks.append(_block("[site.brakes]", _values(settings.site.brakes)))
    blocks.append(_block("[site.web]", _values(settings.site.web)))
    blocks.append(_block("[site.hardware]", _values(settings.site.hardware)))
    blocks.append(_block("[site.alerts]", ((k, v) for k, v in _values(settings.site.alerts) if k != "mail_password")))
    blocks.extend(_block("[[line]]", _line(line, names)) for line in settings.lines)
    blocks.extend(_block("[[account]]", _account(account)) for account in settings.accounts)
    blocks.extend(_block("[[extension]]", _values(extension)) for extension in settings.site.extensions)
    blocks.extend(_block("[[bundle]]", ((key, "none" if value is None else value) for key, value in _values(bundle)))
                  for bundle in settings.site.bundles)
    files = {names[line.name]: export_tariff(line.rates) for line in settings.lines if line.rates}
    return {SITE_FILE: "\n".join(blocks), **files}


def _tariff_names(lines: Iterable[LineSettings]) -> dict[str, str]:
    """Line -> file name. Lines that share a name but not the rows get a file of their own."""
    taken: dict[str, tuple[Rate, ...]] = {}
    names: dict[str, str] = {}
    for line in lines:
        name = line.tariff or f"{line.name}.csv"
        copy = 1
        while line.rates and taken.get(name, line.rates) != line.rates:
            copy += 1
            name = f"{line.name}-{copy}.csv"
        names[line.name] = name if line.rates else ""
        if line.rates:
            taken[name] = line.rates
    return names


def _line(line: LineSettings, names: dict[str, str]) -> Iterable[tuple[str, Any]]:
    for key, value in _values(line):
        if key == "tariff":
            yield key, names[line.name]
        elif key == "number":
            yield key, value or ""
        elif key == "balance_below":
            yield key, "none" if value is None else value
        elif key != "rates":
            yield key, value


def _account(account: Account) -> Iterable[tuple[str, Any]]:
    for key, value in _values(account):
        if key == "pin_hash" and not value:
            yield "pin", ""
        elif key in ("spend_per_day", "balance_limit"):
            yield key, "none" if value is None else value
        else:
            yield key, value


def _values(item: Any) -> Iterable[tuple[str, Any]]:
    return ((field.name, getattr(item, field.name)) for field in fields(item))


def _block(head: str, values: Iterable[tuple[str, Any]]) -> str:
    return "\n".join([head, *(f"{key} = {_toml(value)}" for key, value in values), ""])


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, Money):
        return f"{value.decimal:f}"
    if isinstance(value, Number):
        return _toml(value.e164)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    return repr(value)


def _escaped(character: str) -> str:
    """TOML 1.0, basic strings: quote, backslash and control characters are escaped."""
    if character in '"\\':
        return "\\" + character
    return character if ord(character) >= 32 and ord(character) != 127 else f"\\u{ord(character):04x}"
