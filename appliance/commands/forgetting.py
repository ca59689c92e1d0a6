"""*Forget this person*: the account goes, and with it everything that says whose its calls were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from appliance.accounts.directory import Directory
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.vocabulary.clock import token


class Forget:
    """`busy(account)`: whether it has a call now. `save` makes new settings durable and effective."""

    def __init__(
        self, settings: Callable[[], Settings], journal: Journal, save: Callable[[Settings], Sequence[str]],
        busy: Callable[[str], bool],
    ) -> None:
        self._settings, self._journal, self._save, self._busy = settings, journal, save, busy

    def handlers(self) -> dict[str, Handler]:
        return {"forget": self._forget}

    async def _forget(self, params: dict[str, Any]) -> Any:
        """{"account", "sure"}: `sure` is the name once more. The audit log says that somebody was forgotten, not
        who."""
        asked = Params(params)
        settings = self._settings()
        account = Directory(settings.accounts).by_name(asked.text("account"))
        if account is None:
            raise ApiError("there is no such account")
        if asked.text("sure") != account.name:
            raise ApiError("write the account's name once more: this cannot be undone")
        if self._busy(account.name):
            raise ApiError("this account has a call now; wait until it is over")
        name = account.name.casefold()
        phones = [each.number for each in settings.site.extensions if each.account.casefold() == name]
        if phones:
            raise ApiError(f"extension {', '.join(phones)} belongs to this account; give it to another first")
        self._save(replace(settings, accounts=tuple(each for each in settings.accounts if each is not account)))
        numbers = [number.e164 for number in account.numbers]
        calls = self._journal.forgetting.person(account.name, numbers, f"forgotten {token(3)}")
        return {"calls": calls}
