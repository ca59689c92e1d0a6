"""A subscriber's new number: asked for on the page, proved by a code or a missed call, accepted by an admin, undone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, tzinfo
from typing import Any

from appliance.accounts.account import Account
from appliance.accounts.directory import Directory
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.codes import Codes
from appliance.commands.params import Params
from appliance.commands.queries import Row, stamp
from appliance.commands.users import WRONG_CODE
from appliance.lines.line import LineEvent, Presentation, Rang, Screening
from appliance.routing.barring import barred
from appliance.routing.dialplan import Dialled, normalise_caller, read_keyed
from appliance.settings.model import Settings
from appliance.store.atomic import StoreError
from appliance.store.journal import Journal
from appliance.store.registrations import Fate, Registration
from appliance.vocabulary.clock import Clock
from appliance.vocabulary.number import Number

log = logging.getLogger("ringback.page")
BY_CODE, BY_RING = "code", "missed call"
MOST = 20  # numbers of one account
UNDONE = timedelta(days=30)  # a decision may be taken back for so long
DOUBTFUL = (Screening.NONE, Screening.FAILED)  # a number that the caller chose, and nobody checked


class Registering:
    """`send(account, number, code)` sends a code by SMS: why not, or "". `save` makes new settings hold."""

    def __init__(
        self, settings: Callable[[], Settings], journal: Journal, clock: Clock, zone: Callable[[], tzinfo],
        send: Callable[[Account, Number, str], str], save: Callable[[Settings], object], tell: Callable[[str], None],
    ) -> None:
        self._settings, self._journal, self._clock, self._zone = settings, journal, clock, zone
        self._send, self._save, self._tell = send, save, tell
        self._codes = Codes(clock)

    def handlers(self) -> dict[str, Handler]:
        return {"me_number": self._ask, "me_number_confirm": self._confirm, "me_number_withdraw": self._withdraw,
                "me_number_state": self._state, "registrations": self._list, "registration_decide": self._decide}

    def line_event(self, event: LineEvent) -> None:
        """Whoever rings from the number has it, as far as the network vouches for it."""
        if not isinstance(event, Rang) or event.caller.presentation is not Presentation.SHOWN:
            return
        number = normalise_caller(event.caller.digits, event.caller.type, self._settings().site.country)
        if number and event.caller.screening not in DOUBTFUL:
            try:
                self._rang(number)
            except StoreError as error:  # not the line's fault, and not for it to hear
                log.error("a missed call proved a number, and cannot be kept: %s", error)

    def _rang(self, number: Number) -> None:
        if self._journal.registrations.open_for(number.e164):
            for each in self._journal.registrations.prove(number.e164, BY_RING):
                self._tell(f"{each.number} rang: it is the number that {each.account} asked for")

    async def _ask(self, params: dict[str, Any]) -> Any:
        """{"sent"}: whether a code is on its way. Whose number it is now is not told to whoever asks."""
        asked = Params(params)
        account, settings = self._owner(asked), self._settings()
        number = self._read(asked.text("number"), account, settings)
        if number in account.numbers:
            raise ApiError("this number is yours already")
        if len(account.numbers) >= MOST:
            raise ApiError(f"an account has {MOST} numbers at most")
        self._journal.registrations.ask(self._clock.now(), account.name, number.e164)
        self._tell(f"{account.name} asks to have {number} as an own number")
        key = f"{account.name} {number.e164}"
        code = self._codes.make(key)
        if code and self._send(account, number, code):
            self._codes.forget(key)
            code = ""
        return {"number": number.e164, "sent": bool(code)}

    def _read(self, typed: str, account: Account, settings: Settings) -> Number:
        read, site = read_keyed(typed, settings.site.country), settings.site
        if not isinstance(read, Dialled) or not isinstance(read.number, Number):
            raise ApiError("this is not a telephone number; write one such as +4915155500001")
        own = frozenset(line.number for line in settings.lines if line.number)
        if bar := barred(read.number, deny=site.deny, allow=site.allow, account_deny=account.deny,
                         account_allow=account.allow, own_numbers=own):
            raise ApiError(bar.text)
        return read.number

    async def _confirm(self, params: dict[str, Any]) -> Any:
        asked = Params(params)
        account = self._owner(asked)
        found = self._journal.registrations.of(account.name)
        if found is None or not self._codes.takes(f"{account.name} {found.number}", asked.text("code")):
            raise ApiError(WRONG_CODE)
        self._journal.registrations.prove(found.number, BY_CODE, account.name)

    async def _withdraw(self, params: dict[str, Any]) -> Any:
        self._journal.registrations.withdraw(self._owner(Params(params)).name)

    async def _state(self, params: dict[str, Any]) -> Any:
        """The newest wish of an account, or None."""
        found = self._journal.registrations.of(self._owner(Params(params)).name)
        return self._row(found) if found else None

    async def _list(self, params: dict[str, Any]) -> Any:
        """Open ones, and those decided in the last 30 days."""
        return [self._row(each) for each in self._journal.registrations.listing(self._clock.now() - UNDONE)]

    def _row(self, each: Registration) -> Row:
        owner = Directory(self._settings().accounts).by_number(Number(each.number))
        return {"id": each.id, "at": stamp(each.at, self._zone()), "account": each.account, "number": each.number,
                "proof": each.proof, "state": each.state.value, "decided": stamp(each.decided, self._zone()),
                "who": each.who, "taken": owner.name if owner and owner.name != each.account else ""}

    async def _decide(self, params: dict[str, Any]) -> Any:
        """params "id", "how": accept, refuse or undo."""
        asked = Params(params)
        found = self._journal.registrations.find(asked.whole("id", 0, 0, 2**53))
        if found is None:
            raise ApiError("this wish is withdrawn")
        ways = {"accept": self._accept, "refuse": self._refuse, "undo": self._undo}
        if (way := ways.get(asked.text("how"))) is None:
            raise ApiError('"how" must be accept, refuse or undo')
        state = way(found)
        self._journal.registrations.decide(found.id, state, self._clock.now(), asked.text("by")[:80])
        return {"account": found.account, "number": found.number, "state": state.value}

    def _accept(self, found: Registration) -> Fate:
        if found.state is not Fate.ASKED:
            raise ApiError("this wish is decided already")
        if not found.proof:
            raise ApiError("it is not shown yet that this number is the person's own, by the code or a missed call")
        account, settings = self._account(found), self._settings()
        number = Number(found.number)
        if owner := Directory(settings.accounts).by_number(number):
            raise ApiError(f"this number belongs to {owner.name}; take it away there first")
        self._keep(account, (*account.numbers, number))
        return Fate.ACCEPTED

    @staticmethod
    def _refuse(found: Registration) -> Fate:
        if found.state is not Fate.ASKED:
            raise ApiError("this wish is decided already")
        return Fate.REFUSED

    def _undo(self, found: Registration) -> Fate:
        if found.state is Fate.ASKED:
            raise ApiError("there is nothing to undo: this wish is open")
        account = self._account(found)
        left = tuple(number for number in account.numbers if number.e164 != found.number)
        if found.state is Fate.ACCEPTED and not left:
            raise ApiError("this is the account's only number; give it another first")
        if found.state is Fate.ACCEPTED and left != account.numbers:
            self._keep(account, left)
        self._journal.registrations.withdraw(found.account)  # one that was asked for since
        return Fate.ASKED

    def _keep(self, account: Account, numbers: tuple[Number, ...]) -> None:
        settings = self._settings()
        changed = replace(account, numbers=numbers)
        self._save(replace(settings, accounts=tuple(
            changed if each is account else each for each in settings.accounts)))

    def _account(self, found: Registration) -> Account:
        account = Directory(self._settings().accounts).by_name(found.account)
        if account is None:
            raise ApiError("there is no such account")
        return account

    def _owner(self, asked: Params) -> Account:
        found = Directory(self._settings().accounts).by_name(asked.text("who"))
        if found is None or not found.enabled:
            raise ApiError("there is no such account")
        return found
