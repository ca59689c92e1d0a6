"""Subscribers on the page: logged in by number and PIN, braked as on the telephone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory
from appliance.accounts.pin import check_pin
from appliance.accounts.visitor import Role
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.visitors import NOBODY
from appliance.lines.line import NumberType
from appliance.routing.dialplan import normalise_caller
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock

WRONG = "number or PIN is wrong"


class Users:
    """`open_session(digest, who, role, address)`. Its lock-out is apart from the telephone's: nobody on the network
    can keep a subscriber from the phone."""

    def __init__(
        self, settings: Callable[[], Settings], journal: Journal, clock: Clock,
        open_session: Callable[[str, str, str, str], None],
    ) -> None:
        self._settings, self._journal, self._clock, self._open = settings, journal, clock, open_session

    def handlers(self) -> dict[str, Handler]:
        return {"me_login": self._login}

    async def _login(self, params: dict[str, Any]) -> Any:
        """One refusal for everything that may be wrong, a lock as well; a number that nobody has takes as long."""
        asked = Params(params)
        known, key = self._account(asked.text("number"))
        stored = known.pin_hash if known and known.pin_hash else NOBODY
        right = await asyncio.to_thread(check_pin, asked.text("pin")[:40], stored)
        account, _ = self._account(asked.text("number"))  # as it is now: it may have another PIN, or be gone
        right = right and account is not None and account.pin_hash == stored
        now, seen = self._clock.now(), self._journal.happenings
        if account is None or not account.pin_hash or not account.enabled or seen.lockout(key).locked(now):
            raise ApiError(WRONG)
        state = seen.lockout(key)
        seen.put_lockout(key, state.succeeded() if right else state.failed(now))
        if not right:
            raise ApiError(WRONG)
        self._open(asked.text("session"), account.name, Role.USER.value, asked.text("address"))
        return {"who": account.name}

    def _account(self, typed: str) -> tuple[Account | None, str]:
        settings = self._settings()
        digits = "".join(letter for letter in typed[:40] if letter in "+0123456789")
        number = normalise_caller(digits, NumberType.UNKNOWN, settings.site.country) if digits else None
        return (Directory(settings.accounts).by_number(number), f"page {number.e164}") if number else (None, "")
