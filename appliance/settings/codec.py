"""Settings to JSON-able documents and back: what the store keeps and the socket carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any

from appliance.accounts.account import Account, Verify
from appliance.routing.bundle import Bundle, Period
from appliance.routing.route import Rate
from appliance.settings.model import (
    AlertSettings,
    Brakes,
    Digits,
    ExtensionSettings,
    HardwareSettings,
    IsdnLayout,
    IsdnSide,
    LineSettings,
    MailTls,
    RingBack,
    Settings,
    SiteSettings,
    TriggerPolicy,
    WebSettings,
)
from appliance.settings.rates import rate_to_row, row_to_rate
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number

Document = dict[str, Any]
Decoder = Callable[[Any], Any]


class SettingsBroken(ValueError):
    """A stored document that is no setting of ours; the text names table and key."""


def settings_to_documents(settings: Settings) -> tuple[Document, list[Document], list[Document]]:
    """Site, lines, accounts. Money is [micro-units, currency]; a tariff's rows are those of `rates`, the currency
    standing once beside them."""
    return (
        _encode(settings.site),
        [_encode(line) for line in settings.lines],
        [_encode(account) for account in settings.accounts],
    )


def documents_to_settings(
    site: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], accounts: Sequence[Mapping[str, Any]]
) -> Settings:
    """The inverse; an absent key takes its default. Raises SettingsBroken."""
    return Settings(
        _decode(SiteSettings, site, "site", SITE),
        tuple(_decode(LineSettings, line, "line", LINE) for line in lines),
        tuple(_decode(Account, account, "account", ACCOUNT) for account in accounts),
    )


def _encode(item: Any) -> Document:
    return {field.name: _plain(getattr(item, field.name)) for field in fields(item)}


def _plain(value: Any) -> Any:
    if isinstance(value, Brakes | WebSettings | ExtensionSettings | HardwareSettings | AlertSettings | Bundle):
        return _encode(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Number):
        return value.e164
    if isinstance(value, Money):
        return [value.micros, value.currency]
    if isinstance(value, tuple):
        if value and isinstance(value[0], Rate):
            return _plain_rates(value)
        return [_plain(item) for item in value]
    return value


def _plain_rates(rates: Iterable[Rate]) -> Document:
    return {"currency": next(iter(rates)).per_minute.currency, "rows": [rate_to_row(rate) for rate in rates]}


def _decode(kind: Any, document: Mapping[str, Any], table: str, decoders: Mapping[str, Decoder]) -> Any:
    values: Document = {}
    for key, value in document.items():
        if key not in decoders:
            raise SettingsBroken(f"settings, {table} {document.get('name', '')}: unknown key {key!r}")
        try:
            values[key] = decoders[key](value)
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise SettingsBroken(f"settings, {table} {document.get('name', '')}, {key}: {error}") from error
    try:
        return kind(**values)
    except TypeError as error:
        raise SettingsBroken(f"settings, {table}: {error}") from error


def _exactly(*kinds: type) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) not in kinds:
            raise TypeError(f"{value!r} is not of type {' or '.join(kind.__name__ for kind in kinds)}")
        return value
    return decode


text, whole, flag = _exactly(str), _exactly(int), _exactly(bool)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text(item) for item in _exactly(list)(value))


def _numbers(value: Any) -> tuple[Number, ...]:
    return tuple(map(Number, _texts(value)))


def _number(value: Any) -> Number | None:
    return None if value is None else Number(text(value))


def _money(value: Any) -> Money | None:
    return None if value is None else Money(whole(value[0]), text(value[1]))


def _rates(value: Any) -> tuple[Rate, ...]:
    if value == []:
        return ()
    currency = text(value["currency"])
    return tuple(row_to_rate(row, currency) for row in value["rows"])


def _brakes(value: Any) -> Brakes:
    brakes: Brakes = _decode(Brakes, _exactly(dict)(value), "site.brakes", dict.fromkeys(
        (field.name for field in fields(Brakes)), whole))
    return brakes


def _web(value: Any) -> WebSettings:
    web: WebSettings = _decode(WebSettings, _exactly(dict)(value), "site.web", {
        **dict.fromkeys(("address", "certificate", "key"), text), "port": whole, "names": _texts})
    return web


def _alerts(value: Any) -> AlertSettings:
    alerts: AlertSettings = _decode(AlertSettings, _exactly(dict)(value), "site.alerts", {
        **dict.fromkeys(("mail_from", "mail_host", "mail_user", "mail_password"), text),
        **dict.fromkeys(("mail_port", "sms_per_day", "after_min"), whole),
        "mail_to": _texts, "topics": _texts, "mail_tls": MailTls, "sms_to": _numbers})
    return alerts


def _hardware(value: Any) -> HardwareSettings:
    hardware: HardwareSettings = _decode(HardwareSettings, _exactly(dict)(value), "site.hardware", {
        **dict.fromkeys(("lamp_ok", "lamp_call", "lamp_trouble", "button"), whole), "lamps_inverted": flag})
    return hardware


def _extensions(value: Any) -> tuple[ExtensionSettings, ...]:
    names = dict.fromkeys((field.name for field in fields(ExtensionSettings)), text)
    return tuple(_decode(ExtensionSettings, _exactly(dict)(item), "site.extensions", names)
                 for item in _exactly(list)(value))


def _bundles(value: Any) -> tuple[Bundle, ...]:
    decoders: Mapping[str, Decoder] = {
        "name": text, "lines": _texts, "prefixes": _texts, "period": Period, "per_minute": _money,
        **dict.fromkeys(("minutes", "reset", "margin", "first_increment", "next_increment"), whole)}
    return tuple(_decode(Bundle, _exactly(dict)(item), "site.bundles", decoders) for item in _exactly(list)(value))


SITE: Mapping[str, Decoder] = {
    **dict.fromkeys(("country", "currency", "timezone", "language", "compare"), text),
    **dict.fromkeys(("ring_s", "callback_tries", "retry_s", "expected_call_s", "sms_answers_per_day",
                     "sms_box_per_day", "sms_codes_per_day", "keep_days"), whole),
    "callback_rest": lambda value: float(_exactly(int, float)(value)),
    "sms_reasons": flag, "deny": _texts, "allow": _texts, "brakes": _brakes, "web": _web, "alerts": _alerts,
    "holidays": _texts,
    "extensions": _extensions, "hardware": _hardware, "bundles": _bundles,
}
LINE: Mapping[str, Decoder] = {
    **dict.fromkeys(("name", "kind", "at", "audio", "dialect", "sim_pin", "tariff", "sim", "balance_code",
                     "balance_pattern"), text),
    "number": _number, "trigger": TriggerPolicy, "digits": Digits, "gain_in": whole, "gain_out": whole,
    "echo_canceller": flag, "power": _texts,
    "ring_back": RingBack, "rates": _rates,
    "enabled": flag, "roaming": flag, "balance_below": _money,
    "isdn": IsdnLayout, "side": IsdnSide, "msns": _texts, "ddi_digits": whole, "clir": flag, "overlap": flag,
}
ACCOUNT: Mapping[str, Decoder] = {
    **dict.fromkeys(("name", "pin_hash", "language"), text),
    "numbers": _numbers, "verify": Verify, "enabled": flag, "max_call_s": whole,
    "hash_hash": flag,
    "spend_per_day": _money, "balance_limit": _money, "allow": _texts, "deny": _texts,
}
