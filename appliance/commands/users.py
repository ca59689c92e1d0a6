"""Subscribers on the page: in by number and PIN, braked as on the telephone, or by a code that comes by SMS."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory
from appliance.accounts.pin import check_pin, hash_pin, weak_pin
from appliance.accounts.visitor import Role
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.codes import Codes
from appliance.commands.params import Params
from appliance.commands.visitors import NOBODY, SALT
from appliance.lines.line import NumberType
from appliance.routing.dialplan import normalise_caller
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.vocabulary.clock import Clock, token
from appliance.vocabulary.number import Number

WRONG = "number or PIN is wrong"
WRONG_CODE = "this code is wrong, used, or too old; ask for another"
WRONG_PIN = "the old PIN is wrong"
LOCKED = "there were too many wrong PINs; try again later"
ASKED_MOST = 60  # wishes for a code within an hour, of numbers known or not; more are answered, and nothing is done
HOUR = timedelta(hours=1)


class Users:
    """`open_session(digest, who, role, address)`. Its lock-out is apart from the telephone's: nobody on the network
    can keep a subscriber from the phone. `send(account, number, code)` sends a code by SMS: why not, or "".
    `save(settings, session)` makes settings hold; the session so named goes on. `tell` writes into the story."""

    def __init__(
        self, settings: Callable[[], Settings], journal: Journal, clock: Clock,
        open_session: Callable[[str, str, str, str], None], send: Callable[[Account, Number, str], str],
        save: Callable[[Settings, str], object], tell: Callable[[str], None],
    ) -> None:
        self._settings, self._journal, self._clock, self._open = settings, journal, clock, open_session
        self._send, self._save, self._tell = send, save, tell
        self._codes = Codes(clock)
        self._asked: deque[datetime] = deque(maxlen=ASKED_MOST)

    def handlers(self) -> dict[str, Handler]:
        return {"me_login": self._login, "me_code": self._code, "me_code_login": self._code_login, "me_pin": self._pin}

    async def _login(self, params: dict[str, Any]) -> Any:
        """One refusal for everything that may be wrong, a lock as well; a number that nobody has takes as long."""
        asked = Params(params)
        known, number = self._account(asked.text("number"))
        stored = known.pin_hash if known and known.pin_hash else NOBODY
        right = await asyncio.to_thread(check_pin, asked.text("pin")[:40], stored)
        account, _ = self._account(asked.text("number"))  # as it is now: it may have another PIN, or be gone
        if account is None or number is None or not account.pin_hash or not account.enabled:
            raise ApiError(WRONG)
        if not self._counted(f"page {number.e164}", right and account.pin_hash == stored):
            raise ApiError(WRONG)
        return self._enter(account, asked)

    async def _code(self, params: dict[str, Any]) -> Any:
        """Sends a code to a number that is known. The answer is given before anything is looked up, so that neither
        it nor its time tells whether the number is."""
        asyncio.get_running_loop().call_soon(self._send_code, Params(params).text("number"))

    def _send_code(self, typed: str) -> None:
        """In either case one commit."""
        now = self._clock.now()
        if len(self._asked) == ASKED_MOST and now - HOUR < self._asked[0] <= now:
            return
        self._asked.append(now)
        account, number = self._account(typed)
        with self._journal.together():
            if account is None or number is None or not account.enabled:
                self._tell("a code for the page was asked for, for a number that may not have one")
            elif code := self._codes.make(number.e164):
                self._tell(f"a code for the page was asked for, for {number}")
                if self._send(account, number, code):
                    self._codes.forget(number.e164)

    async def _code_login(self, params: dict[str, Any]) -> Any:
        """Also whoever is locked out after wrong PINs, or has none: the phone is in this person's hand."""
        asked = Params(params)
        account, number = self._account(asked.text("number"))
        right = self._codes.takes(number.e164 if number else "", asked.text("code"))
        if not right or account is None or not account.enabled:
            raise ApiError(WRONG_CODE)
        return self._enter(account, asked)

    async def _pin(self, params: dict[str, Any]) -> Any:
        """One's own: the old one is asked for where there is one, and other sessions end."""
        asked = Params(params)
        stored = self._owner(asked).pin_hash
        right = not stored or await asyncio.to_thread(check_pin, asked.text("old")[:40], stored)
        if stored and not self._counted(f"page {self._owner(asked).name}", right):
            raise ApiError(LOCKED if self._locked(f"page {self._owner(asked).name}") else WRONG_PIN)
        if why := weak_pin(asked.text("new"), self._owner(asked).numbers):
            raise ApiError(f"{why}; choose another")
        fresh = await asyncio.to_thread(hash_pin, asked.text("new"), bytes.fromhex(token(SALT)))
        account, settings = self._owner(asked), self._settings()
        if account.pin_hash != stored:
            raise ApiError(WRONG_PIN)  # it was changed meanwhile
        changed = replace(account, pin_hash=fresh)
        self._save(replace(settings, accounts=tuple(
            changed if each is account else each for each in settings.accounts)), asked.text("session"))

    def _enter(self, account: Account, asked: Params) -> dict[str, str]:
        self._open(asked.text("session"), account.name, Role.USER.value, asked.text("address"))
        return {"who": account.name}

    def _owner(self, asked: Params) -> Account:
        found = Directory(self._settings().accounts).by_name(asked.text("who"))
        if found is None or not found.enabled:
            raise ApiError("there is no such account")
        return found

    def _counted(self, key: str, right: bool) -> bool:
        """Whether it counts as right: never while a lock holds."""
        now, seen = self._clock.now(), self._journal.happenings
        if self._locked(key):
            return False
        state = seen.lockout(key)
        seen.put_lockout(key, state.succeeded() if right else state.failed(now))
        return right

    def _locked(self, key: str) -> bool:
        return self._journal.happenings.lockout(key).locked(self._clock.now())

    def _account(self, typed: str) -> tuple[Account | None, Number | None]:
        """Whose number it is, and the number; it may be written in any form of the dial plan."""
        settings = self._settings()
        digits = "".join(letter for letter in typed[:40] if letter in "+0123456789")
        number = normalise_caller(digits, NumberType.UNKNOWN, settings.site.country) if digits else None
        return (Directory(settings.accounts).by_number(number) if number else None), number
