"""The site file: TOML text to typed values, every key checked, all complaints at once. TOML 1.0."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from appliance.accounts.pin import weak_pin
from appliance.routing.bundle import Bundle
from appliance.routing.tariff import parse_tariff
from appliance.settings.keys import (
    BRAKE_KEYS,
    FILE_NAME,
    HARDWARE_KEYS,
    OTHER_WORDS,
    WEB_KEYS,
    Known,
    account_keys,
    alert_keys,
    bundle_keys,
    extension_keys,
    line_keys,
    site_keys,
)
from appliance.settings.model import ExtensionSettings, Settings
from appliance.settings.partial import Part, Partial
from appliance.settings.readers import Reader, Wrong, did_you_mean, show
from appliance.settings.whole_file import clashes

SITE_TABLES = {"brakes": BRAKE_KEYS, "web": WEB_KEYS, "hardware": HARDWARE_KEYS}
SITE_NAMES = (*SITE_TABLES, "alerts")
TABLES = ("site", "line", "account", "extension", "bundle")
ANY = '"..."'
REQUIRED = {"lines": '["gsm1"]', "minutes": "300", "prefixes": '["49"]'}  # what to write for a key that lacks


def read_site(
    text: str,
    where: str,
    read_tariff: Callable[[str], str],
    *,
    current: Settings | None = None,
    known: Known | None = None,
) -> tuple[Partial, tuple[str, ...]]:
    """What the file names and every complaint about it. With complaints, the Partial is not to be used.

    `read_tariff` gives the text of a tariff file by name, or raises OSError or ValueError. `current` are the settings
    the file will be merged into: a line that exists there may leave out what it needs.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"), parse_float=Decimal)
    except RecursionError:
        return Partial(), (f"{where}: nested too deeply to be a site file",)
    except ValueError as error:
        return Partial(), (f"{where}: this is not TOML: {error}",)
    reading = _Reading(where, read_tariff, current or Settings(), known or Known())
    partial = reading.document(document)
    if not reading.broken:
        reading.complaints.extend(clashes(partial, where, reading.current, reading.faulty))
    return partial, tuple(reading.complaints)


class _Reading:
    """One pass over one file; collects complaints."""

    def __init__(self, where: str, read_tariff: Callable[[str], str], current: Settings, known: Known) -> None:
        self._where = where
        self._read_tariff = read_tariff
        self.current = current
        self._known = known
        self.complaints: list[str] = []
        self.faulty: set[str] = set()
        self.broken = False  # a table has the wrong form: what follows from it would mislead

    def document(self, document: Mapping[str, Any]) -> Partial:
        for table in document.keys() - set(TABLES):
            self._complain("", f"unknown table [{_key(table)}]; {did_you_mean(table, TABLES)}")
        site = self._site(document.get("site", {}))
        brakes, web, hardware, alerts = (site.pop(table, {}) for table in SITE_NAMES)
        country = site.get("country", self.current.site.country)
        currency = site.get("currency", self.current.site.currency)
        lines = self._parts(document, "line", line_keys(country, self._known, currency))
        accounts = self._parts(document, "account", account_keys(country, currency))
        lines = [Part(line.name, self._with_rates(line, currency)) for line in lines]
        for account in accounts:
            self._check_pin(account)
        if "extension" in document:
            site["extensions"] = self._listed("extension", document["extension"], extension_keys(),
                                              ("number", "line", "account"), ExtensionSettings)
        if "bundle" in document:
            site["bundles"] = self._listed("bundle", document["bundle"], bundle_keys(currency),
                                           ("name", "lines", "minutes", "prefixes"), Bundle)
        return Partial(site, brakes, tuple(lines), tuple(accounts), web, alerts, hardware)

    def _site(self, table: object) -> dict[str, Any]:
        if not isinstance(table, dict):
            self._complain("", "site is not a table; write [site] on a line of its own, keys below it")
            return {}
        plain = {key: value for key, value in table.items() if key not in SITE_NAMES}
        values = self._values("[site]", plain, site_keys(self._known), SITE_NAMES)
        country = values.get("country", self.current.site.country)
        for name, keys in {**SITE_TABLES, "alerts": alert_keys(country)}.items():
            inner = table.get(name, {})
            if isinstance(inner, dict):
                values[name] = self._values(f"[site.{name}]", inner, keys)
            else:
                self._complain("[site]", f"{name} is not a table; write [site.{name}] on a line of its own")
        return values

    def _parts(self, document: Mapping[str, Any], kind: str, keys: Mapping[str, Reader]) -> list[Part]:
        tables = document.get(kind, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._complain("", f"{kind} is not a list of tables; write [[{kind}]] in double brackets before each")
            self.broken = True
            return []
        found: dict[str, Part] = {}
        for at, table in enumerate(tables, 1):
            name = table.get("name")
            place = f"{kind} {show(name)}" if isinstance(name, str) and name else f"[[{kind}]] number {at}"
            values = self._values(place, table, keys)
            if "name" not in table:
                self._complain(place, 'has no name; add name = "..."')
            if "name" in values:
                name = values.pop("name")
                if name.casefold() in found:
                    self._complain(place, "stands twice; keep one of the two, or give it another name")
                found.setdefault(name.casefold(), Part(name, values))
        return list(found.values())

    def _listed(
        self, kind: str, tables: object, keys: Mapping[str, Reader], required: tuple[str, ...], make: Callable[..., Any]
    ) -> tuple[Any, ...]:
        """All of them: a file that names one names all. The first of `required` is its name."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._complain("", f"{kind} is not a list of tables; write [[{kind}]] in double brackets before each")
            return ()
        found: dict[str, Any] = {}
        for at, table in enumerate(tables, 1):
            name = required[0]
            place = f"{kind} {show(table[name])}" if name in table else f"[[{kind}]] number {at}"
            values = self._values(place, table, keys)
            missing = [key for key in required if key not in table]
            if missing:
                self._complain(place, f"has no {missing[0]}; add {missing[0]} = {REQUIRED.get(missing[0], ANY)}")
            elif len(values) == len(table):
                if values[name] in found:
                    self._complain(place, "stands twice; keep one of the two")
                found[values[name]] = make(**values)
        return tuple(found.values())

    def _values(
        self, place: str, table: Mapping[str, Any], keys: Mapping[str, Reader], tables: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, raw in table.items():
            if key not in keys:
                self._complain(place, f'unknown key "{_key(key)}"; {_hint(key, [*keys, *tables])}')
                continue
            try:
                values[key] = keys[key](raw)
            except Wrong as wrong:
                self._complain(place, f"{key} {wrong}")
        return values

    def _with_rates(self, line: Part, currency: str) -> dict[str, Any]:
        values = dict(line.values)
        if not (name := values.get("tariff")):
            return values | ({"rates": ()} if name == "" else {})
        try:
            text = self._read_tariff(name)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self._complain(f'line "{line.name}"', f'tariff "{name}" cannot be read ({why}); put it beside this file')
            return values
        rates, complaints = parse_tariff(text, currency, name)
        self.complaints.extend(c for c in complaints if c not in self.complaints)
        return values | {"rates": rates}

    def _check_pin(self, account: Part) -> None:
        place, values = f'account "{account.name}"', account.values
        if values.get("pin") and values.get("pin_hash"):
            self._complain(place, "has both pin and pin_hash; keep one of the two")
        existing = next((a for a in self.current.accounts if a.name.casefold() == account.name.casefold()), None)
        numbers = values.get("numbers", existing.numbers if existing else ())
        if values.get("pin") and (why := weak_pin(values["pin"], numbers)):
            self._complain(place, f"pin is refused: {why}; choose another")

    def _complain(self, place: str, text: str) -> None:
        self.faulty.add(place)
        self.complaints.append(f"{self._where}{', ' if place else ''}{place}: {text}")


def _hint(key: str, keys: list[str]) -> str:
    """The key that was meant, also when it was called by another word for it."""
    others = {word: name for word, name in OTHER_WORDS.items() if name in keys and word not in keys}
    near = get_close_matches(key.lower(), [*keys, *others], n=1, cutoff=0.6)
    return f'did you mean "{others.get(near[0], near[0])}"?' if near else did_you_mean(key, keys)


def _key(key: str) -> str:
    return show(key)[1:-1]


def tariff_names(text: str) -> tuple[str, ...]:
    """The tariff files that a site file names, for whoever reads them beside it; none when it is no site file."""
    try:
        lines = tomllib.loads(text.removeprefix("\ufeff")).get("line", [])
    except (ValueError, RecursionError):
        return ()
    named = [line.get("tariff") for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
    return tuple(dict.fromkeys(name for name in named if isinstance(name, str) and re.fullmatch(FILE_NAME, name)))
