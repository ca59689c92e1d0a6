"""Listings as JSON-able rows: the gateway's socket and the command without a gateway both answer with these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, tzinfo
from typing import Any

from appliance.accounts.account import Account
from appliance.commands.live import Live
from appliance.commands.simmoney import sim_left
from appliance.ledger.record import Record, Side
from appliance.ledger.statement import format_bill, statement
from appliance.settings.model import LineSettings, Settings
from appliance.store.journal import Journal
from appliance.vocabulary.money import Money

Row = dict[str, Any]
LEGS_PER_CALL = 6  # legs read per call wanted: two, and room for tries that failed


def amount(money: Money | None) -> str | None:
    """`0.0900`: the currency stands once in the row."""
    return None if money is None else f"{money.decimal:.4f}"


def stamp(at: datetime | None, zone: tzinfo) -> str | None:
    """ISO 8601 with the site's offset, to the millisecond."""
    return None if at is None else at.astimezone(zone).isoformat(timespec="milliseconds")


def lines_table(settings: Settings, live: Live, bundles: Mapping[str, list[Row]] | None = None) -> list[Row]:
    """One row per line; `health` is None when no gateway runs. `bundles`: as bundle_rows gives them."""
    return [_line(line, live) | {"bundles": (bundles or {}).get(line.name, [])} for line in settings.lines]


def _line(line: LineSettings, live: Live) -> Row:
    now = live.get(line.name) if live is not None else None
    state = now.state if now else None
    left = sim_left(line, now)
    return {
        "name": line.name, "kind": line.kind, "enabled": line.enabled,
        "number": line.number.e164 if line.number else None,
        "health": state.health.value if state else None, "why": (state.why or state.ailment) if state else "",
        "ailment": state.ailment if state else "",
        "operator": state.operator if state else "", "signal": state.signal if state else None,
        "model": state.model if state else "", "dialect": (state.dialect if state else "") or line.dialect,
        "sim": (state.sim if state else "") or line.sim, "roaming": state.roaming if state else None,
        "forwarding": [{"when": f.when, "number": f.number} for f in state.forwarding or ()] if state else [],
        "forwarding_unknown": state.forwarding_unknown if state else "",
        "sim_left": amount(left),
        "sim_low": left is not None and line.balance_below is not None and left < line.balance_below,
        "balance": state.balance if state else "", "pin_left": state.pin_left if state else None,
        "channels": now.channels if now else None, "busy": now.busy if now else None,
        "has_audio": now.has_audio if now else line.has_audio,
        "trigger": line.trigger.value, "ring_back": line.ring_back.value, "tariff": line.tariff,
        "rates": len(line.rates),
    }


def accounts_table(
    settings: Settings, journal: Journal | None, now: datetime, zone: tzinfo, only: str = ""
) -> list[Row]:
    """One row per account, or the one of `only`, with what it spent today and its balance; no PIN, no hash of one."""
    return [_account(account, settings, journal, now, zone) for account in settings.accounts
            if only in ("", account.name)]


def _account(account: Account, settings: Settings, journal: Journal | None, now: datetime, zone: tzinfo) -> Row:
    zero = Money.zero(settings.site.currency)
    return {
        "name": account.name, "numbers": [number.e164 for number in account.numbers], "enabled": account.enabled,
        "verify": account.verify.value, "has_pin": bool(account.pin_hash),
        "language": account.language or settings.site.language, "max_call_s": account.max_call_s,
        "spend_per_day": amount(account.spend_per_day),
        "spent_today": amount(journal.spent(account.name, midnight(now, zone)) if journal else zero),
        "balance": amount(journal.balance(account.name) if journal else zero),
        "balance_limit": amount(account.balance_limit),
        "held": amount(journal.held(account.name) if journal else zero),
        "allow": list(account.allow), "deny": list(account.deny), "currency": settings.site.currency,
    }


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """The start of the local day: daily limits count from here."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def calls_table(
    journal: Journal | None, zone: tzinfo, currency: str, *, account: str | None = None, limit: int = 50
) -> list[Row]:
    """Calls with their legs, the newest first."""
    if journal is None:
        return []
    by_call: dict[str, list[Record]] = {}
    for record in journal.records(account=account, limit=limit * LEGS_PER_CALL):
        by_call.setdefault(record.call, []).append(record)
    return [call_row(legs, zone, currency) for legs in list(by_call.values())[:limit]]


def call_row(records: Iterable[Record], zone: tzinfo, currency: str) -> Row:
    """One call: the last leg of each side stands for it, the total is of all legs."""
    bill = statement(records)
    last = {leg.side: leg for leg in bill.legs}
    a_leg, b_leg = last.get(Side.A), last.get(Side.B)
    shown = b_leg or a_leg
    return {
        "call": bill.call, "account": bill.account, "opened": stamp(bill.legs[0].opened, zone),
        "from": a_leg.number if a_leg else None, "a_line": a_leg.line if a_leg else None,
        "to": b_leg.number if b_leg else None, "b_line": b_leg.line if b_leg else None,
        "talk_s": round(b_leg.talk_s, 1) if b_leg else 0.0,
        "running": any(leg.ended is None for leg in bill.legs),
        "cause": shown.cause.name.lower() if shown and shown.cause is not None else None,
        "total": amount(bill.total), "currency": currency,
        "legs": [_leg(leg, zone) for leg in bill.legs],
    }


def _leg(leg: Record, zone: tzinfo) -> Row:
    return {
        "leg": leg.leg, "side": leg.side.value, "line": leg.line, "number": leg.number,
        "opened": stamp(leg.opened, zone), "answered": stamp(leg.answered, zone), "ended": stamp(leg.ended, zone),
        "talk_s": round(leg.talk_s, 1), "cause": int(leg.cause) if leg.cause is not None else None,
        "price": amount(leg.price), "note": leg.note, "mended": leg.mended, "advice": leg.advice,
    }


def bill_of(journal: Journal | None, call: str, zone: tzinfo, currency: str) -> Row | None:
    """One call with its bill as text, or None when there is no such call."""
    records = journal.records(call=call) if journal else []
    return {**call_row(records, zone, currency), "bill": format_bill(statement(records))} if records else None


def events_table(
    journal: Journal | None, zone: tzinfo, *, call: str | None = None, after: int = 0, limit: int = 200
) -> list[Row]:
    """The newest lines of the story, oldest first."""
    found = journal.happenings.events(call=call, after=after, limit=limit) if journal else []
    return [
        {"number": line.number, "at": stamp(line.at, zone), "call": line.call, "room": line.room, "text": line.text}
        for line in found
    ]
