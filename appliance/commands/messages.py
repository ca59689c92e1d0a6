"""`ringback sms`: the inbox, what was sent, and sending."""

from __future__ import annotations

from argparse import Namespace

from appliance.api.wire import ApiError
from appliance.commands.backend import Backend
from appliance.commands.printing import as_json, clock, printable, table
from appliance.commands.queries import Row
from appliance.commands.texting import SEND


def sms(options: Namespace, backend: Backend) -> int:
    if options.action == "send":
        return _send(options, backend)
    if options.words:
        raise ApiError(f"sms {options.action} takes nothing more; to send: ringback sms send NUMBER TEXT")
    sent = options.action == "sent"
    rows: list[Row] = backend.ask("sms_sent" if sent else "sms", limit=options.limit, commands=options.all)
    if options.json:
        print(as_json(rows))
    elif not rows:
        print("nothing was sent yet" if sent else "the inbox is empty")
    else:
        print(_sent(rows) if sent else _inbox(rows))
    return 0


def _inbox(rows: list[Row]) -> str:
    return table(("when", "line", "from", "account", "what", "text"), (
        (clock(row["at"]), row["line"], row["from"], row["account"],
         row["why"] if row["place"] == "command" else row["place"],
         f"{row['why']}: {row['text'][:60]}" if row["place"] == "unreadable" else row["text"].replace("\n", " / "))
        for row in rows))


def _sent(rows: list[Row]) -> str:
    return table(("when", "line", "to", "account", "purpose", "fate", "text"), (
        (clock(row["at"]), row["line"], row["to"], row["account"], row["purpose"],
         row["fate"] + (f" ({row['why']})" if row["why"] else ""), row["text"].replace("\n", " / ")) for row in rows))


def _send(options: Namespace, backend: Backend) -> int:
    if len(options.words) < 2:
        raise ApiError("name a number and a text: ringback sms send +4915155500001 'See you at six'")
    answer = backend.ask(SEND, number=options.words[0], text=" ".join(options.words[1:]), line=options.line or "")
    if options.json:
        print(as_json(answer))
    else:
        print(printable(f"to {answer['to']} on {answer['line']}: {answer['fate']}; ringback sms sent tells its fate"))
    return 0
