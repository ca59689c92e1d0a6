"""`ringback lines`, `accounts`, `calls`, `route`, `check`: a question, and its answer as a table."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from appliance.commands.backend import Backend
from appliance.commands.printing import as_json, clock, minutes, printable, table

Rows = list[dict[str, Any]]


def lines(options: Namespace, backend: Backend) -> int:
    rows: Rows = backend.ask("lines")
    if options.json:
        print(as_json(rows))
    elif not rows:
        print("no lines yet; name them in a site file and apply it")
    else:
        print(table(("line", "state", "network", "signal", "busy", "number", "trigger", "tariff", "bundles left",
                     "why"), (
            (row["name"], _state(row), row["operator"], f"{row['signal']} %" if row["signal"] is not None else None,
             f"{row['busy']}/{row['channels']}" if row["channels"] is not None else None, row["number"],
             row["trigger"], f"{row['tariff']} ({row['rates']} rows)" if row["rates"] else None, _bundles(row),
             row["why"])
            for row in rows)))
    return 0


def _bundles(row: dict[str, Any]) -> str | None:
    told = [f"{each['name']} {each['left_minutes']} of {each['minutes']} min" for each in row["bundles"]]
    return ", ".join(told) or None


def _state(row: dict[str, Any]) -> str:
    if not row["enabled"]:
        return "disabled"
    return row["health"] or "no gateway"


def accounts(options: Namespace, backend: Backend) -> int:
    rows: Rows = backend.ask("accounts")
    if options.json:
        print(as_json(rows))
    elif not rows:
        print("no accounts yet; name them in a site file and apply it")
    else:
        print(table(("account", "numbers", "verify", "PIN", "today", "limit a day", "balance", "enabled"), (
            (row["name"], " ".join(row["numbers"]), row["verify"], "set" if row["has_pin"] else "none",
             row["spent_today"], row["spend_per_day"], row["balance"], "yes" if row["enabled"] else "no")
            for row in rows)))
    return 0


def calls(options: Namespace, backend: Backend) -> int:
    if options.call:
        answer = backend.ask("call", call=options.call)
        print(as_json(answer) if options.json else answer["bill"] or "nothing was dialled, so there is no bill")
        return 0
    rows: Rows = backend.ask("calls", account=options.account or "", limit=options.limit)
    if options.json:
        print(as_json(rows))
    elif not rows:
        print("no calls yet")
    else:
        print(table(("call", "when", "account", "from", "line", "to", "line", "talk", "ended", "total"), (
            (row["call"], clock(row["opened"]), row["account"], row["from"], row["a_line"], row["to"], row["b_line"],
             minutes(row["talk_s"]), "running" if row["running"] else row["cause"],
             f"{row['total']} {row['currency']}" if row["total"] else None) for row in rows)))
    return 0


def route(options: Namespace, backend: Backend) -> int:
    answer: dict[str, Any] = backend.ask(
        "route", number=options.number, account=options.account or "", at=options.at or "",
        expected_s=round(options.minutes * 60) if options.minutes else 0)
    if options.json:
        print(as_json(answer))
    else:
        print(_routes(answer))
    return 0 if answer["verdict"] == "ok" else 1


def _routes(answer: dict[str, Any]) -> str:
    told = [f"{printable(answer['number'] or answer['keyed'])}: {answer['verdict']}, {printable(answer['why'])}"]
    if answer["routes"]:
        cells: list[tuple[object, ...]] = [
            (f"{place}.", f"{row['line']} {row['carrier']}".rstrip(),
             f"{row['price']} {answer['currency']}", row["per_minute"], row["connection_fee"],
             f"{row['first_increment']}/{row['next_increment']}", f"{row['prefix'] or 'any'} {row['hours']}".rstrip(),
             minutes(row["longest_s"]) if row["longest_s"] is not None else None)
            for place, row in enumerate(answer["routes"], 1)]
        told.append(table(("", f"line for {minutes(answer['expected_s'])}", "price", "a minute", "fee", "billed", "row",
                           "money lasts"), cells))
    told.extend(f"not {row['line']}: {printable(row['reason'])}" for row in answer["others"])
    if answer["carrier"]:
        told.append(f"the call-by-call prefix {answer['carrier']} was taken off before anything else was asked; a line "
                    "whose tariff has this carrier comes first")
    if not answer["live"]:
        told.append("no gateway is running: as if every line were ready and free")
    return "\n".join(told)


def check(options: Namespace, backend: Backend) -> int:
    rows: Rows = backend.ask("check")
    if options.json:
        print(as_json(rows))
    elif not rows:
        print("nothing is wrong with this box")
    for row in [] if options.json else rows:
        print(f"{row['level']}: {printable(row['what'])}\n  -> {printable(row['remedy'])}")
    return 1 if any(row["level"] == "error" for row in rows) else 0
