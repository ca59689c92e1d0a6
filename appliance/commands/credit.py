"""Money that a person paid in: the balance of a prepaid account, and what made it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from appliance.accounts.directory import Directory
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.queries import stamp
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.money import Money, MoneyError

MOST = 100_000  # of the currency's units in one go: a slip of the finger, not a payment
LONGEST_NOTE = 80  # characters


class Credit:
    """Entries are added, never changed: a wrong one is taken back by another."""

    def __init__(
        self, settings: Callable[[], Settings], journal: Journal, clock: Clock, zone: Callable[[], tzinfo]
    ) -> None:
        self._settings, self._journal, self._clock, self._zone = settings, journal, clock, zone

    def handlers(self) -> dict[str, Handler]:
        return {"credit": self._credit, "payments": self._payments}

    async def _credit(self, params: dict[str, Any]) -> Any:
        """{"account", "amount", "note"} -> {"balance"}: `amount` as a text in the site's currency, such as "20.00";
        less than 0 takes money back."""
        asked, name = Params(params), self._account(params)
        currency = self._settings().site.currency
        try:
            amount = Money.parse(asked.text("amount").replace(",", "."), currency)
        except MoneyError:
            raise ApiError("this is no amount; write one such as 20.00") from None
        if not 0 < abs(amount.decimal) <= MOST:
            raise ApiError(f"an amount is more than 0 and at most {MOST}")
        self._journal.credit(name, amount, asked.text("note")[:LONGEST_NOTE] or "paid in", self._clock.now())
        return {"account": name, "amount": f"{amount.decimal:.2f} {currency}",
                "balance": str(self._journal.balance(name).decimal)}

    async def _payments(self, params: dict[str, Any]) -> Any:
        """The newest entries of an account that no call made: {"at", "amount", "note"} each."""
        name, limit = self._account(params), Params(params).whole("limit", 10, 1, 1000)
        return [{"at": stamp(at, self._zone()), "amount": str(amount.decimal), "note": note}
                for at, amount, note in self._journal.payments(name, limit)]

    def _account(self, params: dict[str, Any]) -> str:
        account = Directory(self._settings().accounts).by_name(Params(params).text("account"))
        if account is None:
            raise ApiError("there is no such account")
        return account.name
