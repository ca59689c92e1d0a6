"""`ringback route`: which line a call would take, what it would cost, and why not the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from appliance.accounts.account import Account
from appliance.accounts.limits import available
from appliance.commands.live import Live, offers
from appliance.commands.queries import amount
from appliance.routing.barring import barred
from appliance.routing.bundle import Bundles
from appliance.routing.cheapest import rank
from appliance.routing.dialplan import Dialled, Emergency, ServiceCode, Unreadable, read_keyed
from appliance.routing.pricing import seconds_for
from appliance.routing.route import NoRoute, Rate, Route, RouteTable
from appliance.settings.model import Settings
from appliance.vocabulary.money import Money
from appliance.vocabulary.number import Destination

NO_ACCOUNT = Account("", ())


def route_table(
    settings: Settings, keyed: str, *, live: Live, account: Account | None = None, expected_s: int | None = None,
    left: Money | None = None, at: datetime, bundles: Bundles | None = None,
) -> dict[str, Any]:
    """What would happen to `keyed`: verdict ok, barred, no-line, emergency, service-code or unreadable; a sentence;
    routes cheapest first with what each costs for `expected_s` from `at` on; the lines that fell out, and why. `left`:
    what the account may still spend, None without a limit."""
    site = settings.site
    expected_s = expected_s or site.expected_call_s
    read = read_keyed(keyed, site.country)
    answer: dict[str, Any] = {
        "keyed": keyed, "number": None, "carrier": "", "expected_s": expected_s, "currency": site.currency,
        "account": account.name if account else None, "routes": [], "others": [], "live": live is not None,
    }
    if not isinstance(read, Dialled):
        return answer | _not_dialled(read)
    answer |= {"number": read.number.e164, "carrier": read.carrier}
    whose = account or NO_ACCOUNT
    own = frozenset(line.number for line in settings.lines if line.number)
    bar = barred(read.number, deny=site.deny, allow=site.allow, account_deny=whose.deny, account_allow=whose.allow,
                 own_numbers=own)
    if bar:
        return answer | {"verdict": "barred", "why": bar.text}
    table = rank(read.number, offers(settings, live), expected_s, at, bundles=bundles, country=site.country,
                 carrier=read.carrier)
    return answer | _ranked(table, left, at) | {"account_left": amount(left)}


def _not_dialled(read: Emergency | ServiceCode | Unreadable) -> dict[str, Any]:
    if isinstance(read, Emergency):
        return {"verdict": "emergency",
                "why": f"{read.digits} is an emergency number: the box says to hang up and dial it on the phone itself"}
    if isinstance(read, ServiceCode):
        return {"verdict": "service-code", "why": f"{read.code} is a code of the box, not a number"}
    return {"verdict": "unreadable", "why": read.why}


def _ranked(table: RouteTable, left: Money | None, at: datetime) -> dict[str, Any]:
    verdict = {"verdict": "ok", "why": table.routes[0].reason} if table.routes else {
        "verdict": "no-line", "why": _why_none(table.number, table.others)}
    return verdict | {
        "routes": [_route(route, left, at) for route in table.routes],
        "others": [{"line": other.line, "reason": other.reason} for other in table.others],
    }


def _why_none(number: Destination, others: tuple[NoRoute, ...]) -> str:
    if not others:
        return "there is no line; name one in the site file and apply it"
    return f"no line can carry {number}: " + "; ".join(f"{other.line}: {other.reason}" for other in others)


def _route(route: Route, left: Money | None, at: datetime) -> dict[str, Any]:
    rate, band = route.rate.row(at), route.rate.band(at)
    return {
        "line": route.line, "price": amount(route.price), "reason": route.reason, "carrier": route.rate.carrier,
        "prefix": rate.prefix,
        "connection_fee": amount(rate.connection_fee), "per_minute": amount(rate.per_minute),
        "first_increment": rate.first_increment, "next_increment": rate.next_increment,
        "bundle": _bundle(route.rate), "hours": str(band.hours) if band else "",
        "longest_s": None if left is None else seconds_for(route.rate, left, at),
    }


def _bundle(rate: Rate) -> dict[str, Any] | None:
    """The bundle that pays first, with whole minutes left."""
    return {"name": rate.allowance.bundle, "left_minutes": rate.allowance.seconds // 60} if rate.allowance else None


def account_left(account: Account, *, balance: Money, spent_today: Money, held: Money) -> Money | None:
    """What the account may still spend on a new call; None without a limit."""
    return available(account, balance=balance, spent_today=spent_today, held=held)
