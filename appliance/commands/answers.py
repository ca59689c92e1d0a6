"""Every question the box answers, by name. The gateway's socket serves it; without a gateway the command asks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands import queries
from appliance.commands.bundles import bundle_rows, bundles_of
from appliance.commands.checking import BoxFacts, check
from appliance.commands.finding import Finding
from appliance.commands.live import Live
from appliance.commands.params import Params
from appliance.commands.routing import account_left, route_table
from appliance.commands.texting import inbox_table, sent_table
from appliance.settings.apply import merge
from appliance.settings.export import export_site
from appliance.settings.keys import Known
from appliance.settings.model import Settings
from appliance.settings.toml_file import read_site
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock, token
from appliance.vocabulary.money import Money

SALT = 16  # octets
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Answers:
    """`settings`, `live` and `facts` are asked anew for each answer. `save` makes new settings durable and effective
    and returns notes for people ("gsm2 opens after the running call"). Refusals are ApiError.
    """

    def __init__(
        self, *, settings: Callable[[], Settings], journal: Callable[[], Journal | None], clock: Clock,
        live: Callable[[], Live], facts: Callable[[Settings], BoxFacts], save: Callable[[Settings], Sequence[str]],
        known: Known,
    ) -> None:
        self._settings, self._journal, self._clock = settings, journal, clock
        self._live, self._facts, self._save, self._known = live, facts, save, known
        self._methods: Mapping[str, Callable[[Params], Any]] = {
            "lines": self._lines, "accounts": self._accounts, "calls": self._calls, "call": self._call,
            "events": self._events, "route": self._route, "check": self._check, "apply": self._apply,
            "export": self._export, "sms": self._sms, "sms_sent": self._sms_sent,
        }

    def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        """Something JSON-able. Raises ApiError with a text for people."""
        if (answer := self._methods.get(method)) is None:
            raise ApiError(f"unknown question {method[:40]!r}")
        return answer(Params(params))

    def handlers(self) -> dict[str, Handler]:
        """For ApiServer."""
        def handler(method: str) -> Handler:
            async def handle(params: dict[str, Any]) -> Any:
                return self.ask(method, params)
            return handle
        return {method: handler(method) for method in self._methods}

    def _zone(self) -> tzinfo:
        return zone_of(self._settings())

    def _lines(self, params: Params) -> Any:
        left = bundle_rows(self._settings(), self._journal(), self._clock.now(), self._zone())
        return queries.lines_table(self._settings(), self._live(), left)

    def _accounts(self, params: Params) -> Any:
        return queries.accounts_table(self._settings(), self._journal(), self._clock.now(), self._zone(),
                                      params.text("account"))

    def _calls(self, params: Params) -> Any:
        account = params.text("account")
        name = self._account(account).name if account else None
        return queries.calls_table(self._journal(), self._zone(), self._settings().site.currency, account=name,
                                   limit=params.whole("limit", 50, 1, 1000))

    def _call(self, params: Params) -> Any:
        call = params.text("call")
        found = queries.bill_of(self._journal(), call, self._zone(), self._settings().site.currency)
        events = queries.events_table(self._journal(), self._zone(), call=call, limit=1000)
        if found is None and not events:
            raise ApiError(f"there is no call {call!r}; ringback calls lists them")
        return {"call": call, "bill": "", "legs": [], **(found or {}), "events": events}

    def _events(self, params: Params) -> Any:
        after, limit = params.whole("after", 0, 0, 2**53), params.whole("limit", 50, 1, 10_000)
        return queries.events_table(self._journal(), self._zone(), call=params.text("call") or None, after=after,
                                    limit=limit)

    def _sms(self, params: Params) -> Any:
        return inbox_table(self._journal(), self._zone(), commands=params.flag("commands"),
                           limit=params.whole("limit", 50, 1, 1000))

    def _sms_sent(self, params: Params) -> Any:
        return sent_table(self._journal(), self._zone(), limit=params.whole("limit", 50, 1, 1000))

    def _route(self, params: Params) -> Any:
        name = params.text("account")
        account = self._account(name) if name else None
        expected_s = params.whole("expected_s", 0, 0, 86_400) or None
        at = params.time("at", self._zone()) or self._clock.now()
        answer = route_table(self._settings(), params.text("number"), live=self._live(), account=account,
                             expected_s=expected_s, left=self._left(account) if account else None, at=at,
                             bundles=bundles_of(self._settings(), self._journal()))
        return {**answer, "at": queries.stamp(at, self._zone())}

    def _check(self, params: Params) -> Any:
        return [finding.row() for finding in self.findings()]

    def findings(self) -> list[Finding]:
        """What is wrong now."""
        journal = self._journal()
        newest = journal.happenings.events(limit=1) if journal else []
        now = self._clock.now()
        return check(self._settings(), self._live(), self._facts(self._settings()), now,
                     newest[-1].at if newest else None, journal.outbox.since(now - DAY) if journal else (),
                     len(journal.happenings.accepted_since(now - HOUR)) if journal else 0)

    def _export(self, params: Params) -> Any:
        return export_site(self._settings())

    def _apply(self, params: Params) -> Any:
        """{"complaints", "changes", "notes", "applied"}; nothing changes when there is one complaint."""
        current = self._settings()
        tariffs, unreadable = params.texts("tariffs"), params.texts("unreadable")

        def read_tariff(name: str) -> str:
            if name not in tariffs:
                raise FileNotFoundError(2, unreadable.get(name, "it was not sent along"))
            return tariffs[name]

        partial, complaints = read_site(params.text("text"), params.text("where") or "site.toml", read_tariff,
                                        current=current, known=self._known)
        answer: dict[str, Any] = {"complaints": list(complaints), "changes": [], "notes": [], "applied": False}
        if complaints:
            return answer
        settings, changes = merge(current, partial, params.flag("prune"),
                                  new_salt=lambda: bytes.fromhex(token(SALT)))
        journal = self._journal()
        if settings.site.currency != current.site.currency and journal and journal.records(limit=1):
            answer["complaints"] = [f"[site]: the records are in {current.site.currency}; a box that has made calls "
                                    "keeps its currency, begin with a new --data"]
            return answer
        answer["changes"] = list(changes)
        if changes and not params.flag("dry_run"):
            answer["notes"] = list(self._save(settings))
            answer["applied"] = True
        return answer

    def _account(self, name: str) -> Account:
        settings = self._settings()
        if account := Directory(settings.accounts).by_name(name):
            return account
        names = ", ".join(f'"{account.name}"' for account in settings.accounts[:20]) or "none yet"
        raise ApiError(f'there is no account "{name}"; there are: {names}')

    def _left(self, account: Account) -> Money | None:
        journal, zero = self._journal(), Money.zero(self._settings().site.currency)
        if journal is None:
            return account_left(account, balance=zero, spent_today=zero, held=zero)
        since = queries.midnight(self._clock.now(), self._zone())
        return account_left(account, balance=journal.balance(account.name), held=journal.held(account.name),
                            spent_today=journal.spent(account.name, since))


def zone_of(settings: Settings) -> tzinfo:
    """The site's time zone; UTC where the machine does not know it."""
    try:
        return ZoneInfo(settings.site.timezone)
    except (OSError, ValueError, KeyError):
        return UTC


