"""The cheapest line by the price of the whole call for an expected length; every line's reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from appliance.routing.bundle import Bundles
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
    exclude: Mapping[str, str] | None = None, bundles: Bundles | None = None,
) -> RouteTable:
    """Routes cheapest first for a call that begins at `at`, with what is left of bundles; ties by line name; then the
    lines that fell out and why."""
    routes: list[Route] = []
    others: list[NoRoute] = []
    for offer in offers:
        rate = offer.tariff.match(number)
        why = (exclude or {}).get(offer.line) or unusable(offer)
        if why or rate is None:
            others.append(NoRoute(offer.line, why or f"its tariff has no row for {number}"))
            continue
        rate = bundles.allow(rate, offer.line, number, at) if bundles else rate
        total = price(rate, expected_s, at)
        routes.append(Route(offer.line, number, rate, total, _reason(offer.line, rate, total, expected_s, at)))
    routes.sort(key=lambda route: (route.price.micros, route.line))
    return RouteTable(number, expected_s, tuple(routes), tuple(sorted(others, key=lambda other: other.line)))


def unusable(offer: LineOffer) -> str:
    """Why the line can carry no leg at this moment; "" when it can."""
    if not offer.usable:
        return offer.why or "not ready"
    if not offer.has_audio:
        return "it has no audio device, so it only hears triggers"
    return "" if offer.free > 0 else "every channel is in use"


def _reason(line: str, rate: Rate, total: Money, expected_s: int, at: datetime) -> str:
    row, band = rate.row(at), rate.band(at)
    fee = f"{row.connection_fee} to connect + " if row.connection_fee.micros else ""
    then = f", {band.hours}" if band else ""
    if rate.allowance and (covered := rate.allowance.covered(expected_s)):
        fee = f"{covered} s of bundle {rate.allowance.bundle}, beyond it "
    return (
        f"{line} at {total} for {expected_s} s: {fee}{row.per_minute} a minute, "
        f"billed {row.first_increment}/{row.next_increment}, row {row.prefix or 'any'}{then}"
    )


@dataclass(frozen=True, slots=True)
class CallbackRoute:
    """A line that could ring the subscriber back. One whose tariff has no row for the subscriber is none."""

    line: str
    rate: Rate
    price: Money
    reason: str


def rank_callback(
    subscriber: Number, offers: tuple[LineOffer, ...], expected_s: int, at: datetime,
    expected_b: Callable[[str], Money | None], bundles: Bundles | None = None,
) -> tuple[CallbackRoute, ...]:
    """Lines for the A-leg, by its price plus what the B-leg would cost with that line's channel taken.

    `expected_b(line)` gives that B-price, or None when no other channel could carry a B-leg.
    """
    found: list[CallbackRoute] = []
    for offer in offers:
        rate, b_price = offer.tariff.match(subscriber), expected_b(offer.line)
        if unusable(offer) or b_price is None or rate is None:
            continue
        rate = bundles.allow(rate, offer.line, subscriber, at) if bundles else rate
        total = price(rate, expected_s, at) + b_price
        found.append(CallbackRoute(offer.line, rate, total, f"{offer.line}: both legs about {total}"))
    return tuple(sorted(found, key=lambda route: (route.price.micros, route.line)))
