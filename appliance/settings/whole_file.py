"""What can only be judged when the whole file is read: numbers and devices claimed twice, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from appliance.accounts.account import Account, Verify
from appliance.routing.bundle import Bundle, Period
from appliance.routing.emergency import emergency_of, is_emergency
from appliance.settings.model import Digits, ExtensionSettings, IsdnSide, LineSettings, MailTls, Settings
from appliance.settings.partial import Part, Partial
from appliance.vocabulary.number import Number

ISDN_PORTS = ("misdn:", "pair:")


def clashes(partial: Partial, where: str, current: Settings, faulty: Collection[str]) -> list[str]:
    """Complaints about the file together with the settings it is merged into.

    `faulty`: places that have a complaint already; what they seem to lack may be what was misspelt.
    """
    lines = [(part, _line(current, part)) for part in partial.lines]
    accounts = [(part, _account(current, part)) for part in partial.accounts]
    found = [
        *(_missing_line(part, old) for part, old in lines if f'line "{part.name}"' not in faulty),
        *(_missing_account(part, old) for part, old in accounts if f'account "{part.name}"' not in faulty),
        *_shared(_claims(partial, current)),
        *_money(partial, current),
        *_compared(partial, current),
        *_extensions(partial, current),
        *_alerts(partial, current),
        *_shared(_pins(partial, current)),
        *_bundles(partial, current),
    ]
    return [f"{where}, {text}" for text in found if text]


def _extensions(partial: Partial, current: Settings) -> Iterator[str]:
    """Each belongs to a line that is the exchange for it, and to an account that pays."""
    extensions: tuple[ExtensionSettings, ...] = partial.site.get("extensions", current.site.extensions)
    country = partial.site.get("country", current.site.country)
    for extension in extensions if "extensions" in partial.site else ():
        place, line = f'extension "{extension.number}"', _part(partial, extension.line)
        account = _account(current, Part(extension.account, {})) or next(
            (part for part in partial.accounts if part.name.casefold() == extension.account.casefold()), None)
        if _value(line, _line(current, line), "side", IsdnSide.TE) is not IsdnSide.NT:
            yield f'{place}: line "{extension.line}" is no ISDN line with side = "nt"; name one that is'
        if account is None:
            yield f'{place}: there is no account "{extension.account}"; add it, or name another'
        if is_emergency(extension.number, country):
            yield f"{place}: this is an emergency number; give the phone another"


def _alerts(partial: Partial, current: Settings) -> Iterator[str]:
    """Only what the file names is complained of: a box whose alerts were right stays as it is."""
    if not partial.alerts:
        return
    alerts = replace(current.site.alerts, **partial.alerts)
    place = "[site.alerts]"
    if alerts.mail_to and not alerts.mail_host:
        yield f'{place}: mail_to has nobody to carry it; add mail_host = "smtp.example.org"'
    if alerts.mail_password and not alerts.mail_user:
        yield f"{place}: mail_password needs the name that belongs to it; add mail_user"
    if alerts.mail_user and alerts.mail_tls is MailTls.NONE:
        yield f'{place}: the password would go over the network in the clear; write mail_tls = "starttls" or "tls"'
    for number in alerts.sms_to:
        if emergency_of(number):
            yield f"{place}: sms_to has the emergency number {number}; name somebody who reads texts"


def _missing_line(part: Part, old: LineSettings | None) -> str:
    if _value(part, old, "kind", "gsm") == "gsm" and not _value(part, old, "at", ""):
        return f'line "{part.name}": has no AT port; add at = "/dev/ringback/...-at"'
    if _value(part, old, "kind", "gsm") == "isdn" and not str(_value(part, old, "at", "")).startswith(ISDN_PORTS):
        return f'line "{part.name}": has no ISDN port; add at = "misdn:0"'
    if (audio := _value(part, old, "audio", "")) and audio == _value(part, old, "at", ""):
        return f'line "{part.name}": at and audio are the same device; write the AT port and the PCM port of the modem'
    if _value(part, old, "kind", "gsm") == "isdn" and _value(part, old, "digits", Digits.IN_BAND) is Digits.VTS:
        return f'line "{part.name}": digits "vts" is an order to modems; write "in-band" or "pass" for an ISDN line'
    return ""


def _missing_account(part: Part, old: Account | None) -> str:
    if not _value(part, old, "numbers", ()):
        return f'account "{part.name}": has no numbers; add numbers = ["+4915155500001"]'
    has_pin = any(part.values.get(key) for key in ("pin", "pin_hash")) or (
        old is not None and old.pin_hash and not {"pin", "pin_hash"} & part.values.keys())
    if _value(part, old, "verify", Verify.KEY) is Verify.PIN and not has_pin:
        return f'account "{part.name}": verify is "pin" but there is no PIN; add pin = "..." or write verify = "key"'
    return ""


def _claims(partial: Partial, current: Settings) -> Iterator[tuple[str, str]]:
    """Everything that only one may own, with its owner; the file's own claims last, so that they are named."""
    named = {("line", p.name.casefold()) for p in partial.lines}
    named |= {("account", p.name.casefold()) for p in partial.accounts}
    kept_lines = [Part(o.name, {}) for o in current.lines if ("line", o.name.casefold()) not in named]
    kept_accounts = [Part(o.name, {}) for o in current.accounts if ("account", o.name.casefold()) not in named]
    for part in (*kept_lines, *partial.lines):
        old = _line(current, part)
        for key in ("number", "at", "audio"):
            if value := _value(part, old, key, ""):
                yield str(value), f'line "{part.name}"'
    for part in (*kept_accounts, *partial.accounts):
        numbers: tuple[Number, ...] = _value(part, _account(current, part), "numbers", ())
        for number in numbers:
            yield str(number), f'account "{part.name}"'


def _pins(partial: Partial, current: Settings) -> Iterator[tuple[str, str]]:
    """Pins of the header, each with who drives it. None are complained of when the file names none."""
    hardware = replace(current.site.hardware, **partial.hardware)
    if not partial.hardware and not any("power" in part.values for part in partial.lines):
        return
    for key in ("lamp_ok", "lamp_call", "lamp_trouble", "button"):
        if pin := getattr(hardware, key):
            yield f"pin {pin}", f"[site.hardware]: {key}"
    names = {line.name: line.name for line in current.lines} | {part.name: part.name for part in partial.lines}
    for name in names:
        part = _part(partial, name)
        for step in _value(part, _line(current, part), "power", ()):
            if ":" in step:
                yield f"pin {step.partition(':')[2]}", f'line "{name}"'


def _shared(claims: Iterator[tuple[str, str]]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for thing, claimant in claims:
        owner = owners.setdefault(thing, claimant)
        if owner != claimant:
            yield f"{claimant}: {thing} stands in {owner} too; keep it in one of them"


def _money(partial: Partial, current: Settings) -> Iterator[str]:
    """A new currency must rename every price that stays, because amounts are never converted."""
    new = partial.site.get("currency", current.site.currency)
    if new == current.site.currency:
        return
    priced = {p.name for p in partial.lines if "tariff" in p.values}
    for line in current.lines:
        if line.rates and line.name not in priced:
            yield f'[site]: currency changes to {new}, but line "{line.name}" has prices in the old; name its tariff'
        if line.balance_below is not None and "balance_below" not in _part(partial, line.name).values:
            yield f'[site]: currency changes to {new}, but line "{line.name}" has balance_below in the old; name it'
    if "bundles" not in partial.site and any(bundle.per_minute for bundle in current.site.bundles):
        yield f"[site]: currency changes to {new}, but a bundle has per_minute in the old; name every [[bundle]]"
    for account in current.accounts:
        part = next((p for p in partial.accounts if p.name == account.name), Part(account.name, {}))
        for key in ("spend_per_day", "balance_limit"):
            if getattr(account, key) is not None and key not in part.values:
                yield f'[site]: currency changes to {new}, but account "{account.name}" has {key} in the old; name it'


def _compared(partial: Partial, current: Settings) -> Iterator[str]:
    name = partial.site.get("compare", "")
    if name and name not in {part.name for part in partial.lines} | {line.name for line in current.lines}:
        yield f'[site]: compare: there is no line "{name}"; name one whose tariff is to be compared with'


def _bundles(partial: Partial, current: Settings) -> Iterator[str]:
    """Each belongs to lines that are there, and leaves something to talk."""
    names = {part.name for part in partial.lines} | {line.name for line in current.lines}
    bundles: tuple[Bundle, ...] = partial.site.get("bundles", ())
    for bundle in bundles:
        place = f'bundle "{bundle.name}"'
        for line in bundle.lines:
            if line not in names:
                yield f'{place}: there is no line "{line}"; name one that is'
        if not bundle.lines or not bundle.prefixes:
            yield f"{place}: {'lines' if not bundle.lines else 'prefixes'} is empty; name at least one"
        if bundle.margin >= bundle.minutes:
            yield f"{place}: margin {bundle.margin} leaves nothing of {bundle.minutes} minutes; write less"
        if bundle.period is Period.WEEK and bundle.reset > 7:
            yield f"{place}: reset {bundle.reset} is no day of the week; write 1 (Monday) to 7 (Sunday)"


def _part(partial: Partial, line: str) -> Part:
    return next((part for part in partial.lines if part.name == line), Part(line, {}))


def _value(part: Part, old: object, key: str, default: Any) -> Any:
    if key in part.values:
        return part.values[key]
    return default if old is None else getattr(old, key)


def _line(current: Settings, part: Part) -> LineSettings | None:
    return next((line for line in current.lines if line.name.casefold() == part.name.casefold()), None)


def _account(current: Settings, part: Part) -> Account | None:
    return next((account for account in current.accounts if account.name.casefold() == part.name.casefold()), None)
