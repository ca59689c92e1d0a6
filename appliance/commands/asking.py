"""A callback by page, API or command line; and what may be chosen in forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from phonenumbers import SUPPORTED_REGIONS

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.settings.keys import KINDS, LANGUAGES, Known
from appliance.settings.model import Settings


class Asking:
    """`request(account, destination, line)` gives the call's id, or "" and why there is none."""

    def __init__(
        self, settings: Callable[[], Settings], request: Callable[[Account, str, str], tuple[str, str]], known: Known
    ) -> None:
        self._settings, self._request, self._known = settings, request, known

    def handlers(self) -> dict[str, Handler]:
        return {"callback": self._callback, "choices": self._choices}

    async def _callback(self, params: dict[str, Any]) -> Any:
        """{"call"}: the box rings the account's first number, then `destination`, or asks for one. `line`:
        only this one may ring."""
        asked = Params(params)
        account = Directory(self._settings().accounts).by_name(asked.text("account"))
        if account is None:
            raise ApiError("there is no such account")
        line = asked.text("line")
        if line and line not in (each.name for each in self._settings().lines):
            raise ApiError("there is no such line")
        call, why = self._request(account, asked.text("destination"), line)
        if not call:
            raise ApiError(why)
        return {"call": call}

    async def _choices(self, params: dict[str, Any]) -> Any:
        return {"countries": sorted(SUPPORTED_REGIONS), "zones": sorted(self._known.zones),
                "dialects": ["auto", *sorted(self._known.dialects)], "languages": list(LANGUAGES), "kinds": list(KINDS),
                "accounts": [account.name for account in self._settings().accounts],
                "lines": [line.name for line in self._settings().lines]}
