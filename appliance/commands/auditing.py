"""The audit log: every change by page, API or command line, with who asked for it. Never a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from typing import Any

from appliance.api.server import Handler
from appliance.commands.params import Params
from appliance.commands.queries import stamp
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock

BOX = "the box"  # who asked without a name: the command line, as the user that runs the gateway
LONGEST = 2000  # characters of one row


class Auditing:
    """`sentences` says for each method that changes something what it did, from its params and its answer; "" for
    nothing."""

    def __init__(self, journal: Journal, clock: Clock, zone: Callable[[], tzinfo]) -> None:
        self._journal, self._clock, self._zone = journal, clock, zone

    def handlers(self) -> dict[str, Handler]:
        return {"audit": self._audit}

    def note(self, who: str, what: str) -> None:
        self._journal.audit.note(self._clock.now(), who or BOX, what[:LONGEST])

    def watched(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """The same handlers; those in SENTENCES are noted when they have done it."""
        return {name: self._watch(name, handler) if name in SENTENCES else handler
                for name, handler in handlers.items()}

    def _watch(self, name: str, handler: Handler) -> Handler:
        async def watched(params: dict[str, Any]) -> Any:
            answer = await handler(params)
            if what := SENTENCES[name](params, answer):
                self.note(str(params.get("by") or "")[:80], what)
            return answer
        watch: Callable[[dict[str, Any]], Awaitable[Any]] = watched
        return watch

    async def _audit(self, params: dict[str, Any]) -> Any:
        asked = Params(params)
        found = self._journal.audit.listing(before=asked.whole("before", 0, 0, 2**53) or None,
                                            limit=asked.whole("limit", 100, 1, 1000))
        return [{"number": deed.number, "at": stamp(deed.at, self._zone()), "who": deed.who, "what": deed.what}
                for deed in found]


def _applied(params: dict[str, Any], answer: Any) -> str:
    return "; ".join(answer["changes"]) if answer["applied"] else ""


def _modem(what: str, params: dict[str, Any], answer: Any) -> str:
    changed = ", ".join(f"{each['name']} from {each['was']} to {each['is']}" for each in answer["done"])
    where = params.get("line") or params.get("port")
    return f"{what} the modem {answer['modem']} ({where}): {changed}" if changed else ""


SENTENCES: Mapping[str, Callable[[dict[str, Any], Any], str]] = {
    "apply": _applied,
    "credit": lambda _, answer: f'entered {answer["amount"]} for "{answer["account"]}"',
    "hang_up": lambda params, _: f"hung up call {params.get('call')}",
    "callback": lambda params, answer: f"had {params.get('account')} rung back, call {answer['call']}",
    "alert_test": lambda _, answer: f"had a test alert sent to {', '.join(answer['told']) or 'nobody'}",
    "ussd": lambda params, _: f"asked {params.get('line')}: {params.get('code')}",
    "forwarding": lambda params, _: f"erased the forwarding of {params.get('line')}" if params.get("erase") else "",
    "sim": lambda params, answer: f"confirmed SIM {answer['sim']} of {answer['line']}" if params.get("confirm") else "",
    "sms_send": lambda params, answer: f"sent an SMS to {answer['to']} on {answer['line']}",
    "visitor_put": lambda params, _: f"saved {params.get('name')} as {params.get('role')}",
    "visitor_remove": lambda params, _: f"removed {params.get('name')}, who could log in",
    "token_add": lambda params, answer: f"made token {answer['name']} for {answer['whose'] or BOX}",
    "token_remove": lambda params, answer: f"revoked token {answer['name']}",
    "me_pin": lambda *_: "changed the own PIN",
    "me_number": lambda _, answer: f"asked to have {answer['number']} as an own number",
    "registration_decide": lambda params, answer: f"number {answer['number']} of \"{answer['account']}\": "
                                                  f"{params.get('how')}",
    "modem_prepare": lambda params, answer: _modem("prepared", params, answer),
    "modem_restore": lambda params, answer: _modem("put back", params, answer),
    "forget": lambda params, answer: f"had a person forgotten, with {answer['calls']} calls",
    "restore_take": lambda params, _: "restored a backup",
    "restore_undo": lambda params, _: "undid the restore of a backup",
    "software_install": lambda _, answer: f"had version {answer['version']} installed",
    "software_try": lambda _, answer: f"restarted the box into version {answer['version']}",
    "page_setup": lambda params, answer: f"{answer['who']} set up the page",
    "page_reset": lambda params, answer: f"{answer['who']} set a new password by a code from the console",
    "page_password": lambda params, _: f"{params.get('who')} changed the own password",
    "page_code": lambda params, _: "had a code told on the console",
}
