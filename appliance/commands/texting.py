"""Questions about messages: the inbox, what was sent, and sending."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.queries import Row, stamp
from appliance.messages.message import Sent
from appliance.routing.dialplan import Dialled, Emergency, read_keyed
from appliance.store.journal import Journal

SEND = "sms_send"
LONGEST = 1530  # characters of ten messages


def inbox_table(journal: Journal | None, zone: tzinfo, *, commands: bool, limit: int) -> list[Row]:
    """Messages that came, the newest first."""
    found = journal.inbox.listing(commands=commands, limit=limit) if journal else []
    return [
        {"id": m.id, "at": stamp(m.at, zone), "sent": stamp(m.sent, zone), "line": m.line, "from": m.sender,
         "account": m.account, "place": m.place.value, "why": m.why, "text": m.text} for m in found
    ]


def sent_table(journal: Journal | None, zone: tzinfo, *, limit: int) -> list[Row]:
    """Messages of ours with their fates, the newest first."""
    found = journal.outbox.listing(limit) if journal else []
    return [sent_row(message, zone) for message in found]


def sent_row(message: Sent, zone: tzinfo) -> Row:
    return {
        "id": message.id, "at": stamp(message.at, zone), "line": message.line, "to": message.number,
        "account": message.account, "purpose": message.purpose.value, "fate": message.fate.value, "why": message.why,
        "call": message.call, "text": message.text,
    }


def sending(
    send: Callable[[str, str, str], Sent | str], country: Callable[[], str], zone: Callable[[], tzinfo]
) -> dict[str, Handler]:
    """For ApiServer: what only a running gateway can do."""
    async def handle(values: dict[str, Any]) -> Any:
        params = Params(values)
        text = params.text("text")
        if not text.strip() or len(text) > LONGEST:
            raise ApiError(f"a text has 1 to {LONGEST} characters")
        done = send(_number(params.text("number"), country()), text, params.text("line"))
        if isinstance(done, str):
            raise ApiError(f"{done}; ringback lines says why")
        return sent_row(done, zone())
    return {SEND: handle}


def _number(text: str, country: str) -> str:
    """A number in the forms of the dial plan, or an operator's short number as it is."""
    read = read_keyed(text, country)
    if isinstance(read, Emergency):
        raise ApiError(f"{read.digits} is an emergency number; nobody may read a text there, so call it")
    if re.fullmatch(r"[1-9][0-9]{2,5}", text, re.ASCII):
        return text
    if isinstance(read, Dialled):
        return read.number.e164
    raise ApiError(f"{text[:40]!r} is no number that a text can be sent to; write one such as +4915155500001")
