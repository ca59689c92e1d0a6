"""Merging a site file into the settings: changes only what the file names, deletes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar

from appliance.accounts.account import Account
from appliance.accounts.pin import check_pin, hash_pin
from appliance.routing.bundle import Bundle
from appliance.settings.model import LineSettings, Settings
from appliance.settings.partial import Part, Partial

Item = TypeVar("Item", LineSettings, Account)
SECRET = {"pin_hash", "sim_pin", "mail_password"}


def merge(
    current: Settings, partial: Partial, prune: bool, *, new_salt: Callable[[], bytes]
) -> tuple[Settings, tuple[str, ...]]:
    """The new settings and a line for people per change. `prune` disables lines and accounts the file does not name.

    `new_salt` gives 16 random octets for the hash of each PIN that changes. A PIN that stays keeps its hash, so that
    applying a file twice changes nothing.
    """
    changes: list[str] = []
    site = _with(current.site, partial.site, "[site]", changes)
    site = replace(site, brakes=_with(current.site.brakes, partial.brakes, "[site.brakes]", changes),
                   web=_with(current.site.web, partial.web, "[site.web]", changes),
                   hardware=_with(current.site.hardware, partial.hardware, "[site.hardware]", changes),
                   alerts=_with(current.site.alerts, partial.alerts, "[site.alerts]", changes))
    lines = _merge(current.lines, partial.lines, LineSettings, "line", prune, changes)
    hashed = [_hashed(part, current.accounts, new_salt) for part in partial.accounts]
    accounts = _merge(current.accounts, hashed, _new_account, "account", prune, changes)
    return Settings(site, lines, accounts), tuple(changes)


def _new_account(name: str) -> Account:
    return Account(name, ())


def _merge(
    current: tuple[Item, ...], parts: Iterable[Part], new: Callable[[str], Item], kind: str, prune: bool,
    changes: list[str],
) -> tuple[Item, ...]:
    """Existing ones keep their place, new ones follow in the file's order."""
    named = {part.name.casefold(): part for part in parts}
    merged: list[Item] = []
    for old in current:
        place, part = f'{kind} "{old.name}"', named.pop(old.name.casefold(), None)
        if part is not None:
            values = dict(part.values) | ({"name": part.name} if part.name != old.name else {})
            merged.append(_with(old, values, place, changes))
        elif prune and old.enabled:
            changes.append(f"{place}: disabled, the file does not name it")
            merged.append(replace(old, enabled=False))
        else:
            merged.append(old)
    for part in named.values():
        changes.append(f'{kind} "{part.name}": added')
        merged.append(replace(new(part.name), **part.values))
    return tuple(merged)


def _with(old: Any, values: Mapping[str, Any], place: str, changes: list[str]) -> Any:
    different = {key: value for key, value in values.items() if getattr(old, key) != value}
    for key, value in different.items():
        if key == "rates":
            changes.append(f"{place}: tariff rows changed, {len(value)} now, {len(old.rates)} before")
        elif key in SECRET:
            changes.append(f"{place}: {'pin' if key == 'pin_hash' else key} {'changed' if value else 'removed'}")
        else:
            changes.append(f"{place}: {key} {_plain(getattr(old, key))} -> {_plain(value)}")
    return replace(old, **different) if different else old


def _hashed(part: Part, accounts: Iterable[Account], new_salt: Callable[[], bytes]) -> Part:
    """The part with `pin_hash` in the place of `pin`."""
    values = dict(part.values)
    if "pin" not in values:
        return part
    pin = values.pop("pin")
    old = next((account for account in accounts if account.name.casefold() == part.name.casefold()), None)
    if not pin:
        values.setdefault("pin_hash", "")
    elif old is None or not check_pin(pin, old.pin_hash):
        values["pin_hash"] = hash_pin(pin, new_salt())
    return Part(part.name, values)


def _plain(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Bundle):
        return f"{value.name} ({value.minutes} min a {value.period} on {', '.join(value.lines)})"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(item) or '""' for item in value) + "]"
    return str(value) or '""'
