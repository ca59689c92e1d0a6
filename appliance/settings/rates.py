"""A tariff row as a JSON-able list and back: what documents and journal keep of it."""

from __future__ import annotations

from typing import Any

from appliance.routing.hours import Calendar, Hours
from appliance.routing.route import Allowance, Band, Rate
from appliance.vocabulary.money import Money


def rate_to_row(rate: Rate) -> list[Any]:
    """[prefix, fee, per minute, first, next] in micro-units and seconds; then an object, where there is more to say."""
    more: dict[str, Any] = {}
    if rate.bands:
        more["bands"] = [[list(band.hours.days), band.hours.since, band.hours.until, rate_to_row(band.rate)]
                         for band in rate.bands]
        if rate.calendar != Calendar():
            more["clock"] = [rate.calendar.zone, *rate.calendar.holidays]
    if bundle := rate.allowance:  # its name and seconds have their own home in the journal
        more["bundle"] = [bundle.per_minute.micros, bundle.first_increment, bundle.next_increment]
    if rate.carrier:
        more["carrier"] = rate.carrier
    row = [rate.prefix, rate.connection_fee.micros, rate.per_minute.micros, rate.first_increment, rate.next_increment]
    return [*row, more] if more else row


def row_to_rate(row: list[Any], currency: str, bundle: str = "", bundle_s: int = 0) -> Rate:
    """The inverse, with the bundle's name and the seconds reserved or taken. ValueError, TypeError or KeyError when it
    is none."""
    prefix, fee, minute, first, following, *rest = row
    more: dict[str, Any] = rest[0] if rest else {}
    terms = more.get("bundle")
    zone, *holidays = more.get("clock") or ["UTC"]
    return Rate(
        _text(prefix), Money(_whole(fee), currency), Money(_whole(minute), currency), _whole(first), _whole(following),
        tuple(Band(Hours(tuple(map(_whole, days)), _whole(since), _whole(until)), row_to_rate(inner, currency))
              for days, since, until, inner in more.get("bands", ())),
        Calendar(_text(zone), tuple(map(_text, holidays))),
        Allowance(bundle, bundle_s, Money(_whole(terms[0]), currency), *map(_whole, terms[1:])) if terms else None,
        _text(more.get("carrier", "")),
    )


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r} is no text")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value
