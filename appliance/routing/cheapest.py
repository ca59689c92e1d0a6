"""The cheapest line by the price of the whole call for an expected length; every line's reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from appliance.routing.bundle import Bundles
from appliance.routing.dialplan import by_carrier
from appliance.routing.pricing import price
from appliance.routing.route import NoRoute, Rate, Route, RouteTable
from appliance.routing.tariff import Tariff
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Number


@dataclass(frozen=True, slots=True)
class LineOffer:
    """What a line could carry now: `free` channels, and `why` not when it is not `usable`."""

    line: str
    tariff: Tariff
    free: int
    usable: bool = True
    why: str = ""
    has_audio: bool = True


def rank(
    number: Number, offers: Iterable[LineOffer], expected_s: int, at: datetime, *,
    exclude: Mapping[str, str] | None = None, bundles: Bundles | None = None, country: str = "", carrier: str = "",
) -> RouteTable:
    """Routes cheapest first for a call that begins at `at`, with what is left of bundles; ties by line name; then the
    lines that fell out and why. Call-by-call carriers need the `country` that is dialled from; routes of the one that
    was keyed (`carrier`) go before all others."""
    routes: list[Route] = []
    others: list[NoRoute] = []
    for offer in offers:
        found = ways(offer, number, at, bundles, country)
        why = (exclude or {}).get(offer.line) or unusable(offer)
        if why or not found:
            others.append(NoRoute(offer.line, why or f"its tariff has no row for {number}"))
            continue
        for rate in found:
            total = price(rate, expected_s, at)
            reason = _reason(offer.line, rate, total, expected_s, at, rate.carrier != "" and rate.carrier == carrier)
            dialled = by_carrier(number, rate.carrier, country) if rate.carrier else ""
            routes.append(Route(offer.line, number, rate, total, reason, dialled))
    routes.sort(key=lambda route: (route.rate.carrier != carrier if carrier else False, route.price.micros, route.line,
                                   route.rate.carrier))
    return RouteTable(number, expected_s, tuple(routes), tuple(sorted(others, key=lambda other: other.line)))


def ways(
    offer: LineOffer, number: Number, at: datetime, bundles: Bundles | None = None, country: str = ""
) -> tuple[Rate, ...]:
    """The line's own row with what is left of its bundle, and those of carriers, which no bundle pays."""
    found = (rate for rate in offer.tariff.ways(number) if country or not rate.carrier)
    return tuple(rate if rate.carrier or not bundles else bundles.allow(rate, offer.line, number, at) for rate in found)


def unusable(offer: LineOffer) -> str:
    """Why the line can carry no leg at this moment; "" when it can."""
    if not offer.usable:
        return offer.why or "not ready"
    if not offer.has_audio:
        return "it has no audio device, so it only hears triggers"
    return "" if offer.free > 0 else "every channel is in use"


def _reason(line: str, rate: Rate, total: Money, expected_s: int, at: datetime, chosen: bool) -> str:
    row, band = rate.row(at), rate.band(at)
    fee = f"{row.connection_fee} to connect + " if row.connection_fee.micros else ""
    then = f", {band.hours}" if band else ""
    if rate.allowance and (covered := rate.allowance.covered(expected_s)):
        fee = f"{covered} s of bundle {rate.allowance.bundle}, beyond it "
    by = f" by carrier {rate.carrier}{', as it was keyed,' if chosen else ''}" if rate.carrier else ""
    return (
        f"{line}{by} at {total} for {expected_s} s: {fee}{row.per_minute} a minute, "
        f"billed {row.first_increment}/{row.next_increment}, row {row.prefix or 'any'}{then}"
    )


@dataclass(frozen=True, slots=True)
class CallbackRoute:
    """A line that could ring the subscriber back. One whose tariff has no row for the subscriber is none."""

    line: str
    rate: Rate | None
    price: Money
    reason: str
    dialled: str = ""  # what leaves the box, when a carrier's prefix goes before the number


def rank_callback(
    subscriber: Number, offers: tuple[LineOffer, ...], expected_s: int, at: datetime,
    expected_b: Callable[[str], Money | None], bundles: Bundles | None = None, country: str = "",
) -> tuple[CallbackRoute, ...]:
    """Lines for the A-leg, by its price plus what the B-leg would cost with that line's channel taken.

    `expected_b(line)` gives that B-price, or None when no other channel could carry a B-leg.
    """
    found: list[CallbackRoute] = []
    for offer in offers:
        b_price = expected_b(offer.line)
        if unusable(offer) or b_price is None:
            continue
        for rate in ways(offer, subscriber, at, bundles, country):
            total = price(rate, expected_s, at) + b_price
            dialled = by_carrier(subscriber, rate.carrier, country) if rate.carrier else ""
            found.append(CallbackRoute(offer.line, rate, total, f"{offer.line}: both legs about {total}", dialled))
    return tuple(sorted(found, key=lambda route: (route.price.micros, route.line, route.dialled)))
