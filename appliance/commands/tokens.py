"""Tokens for programs: made, listed, revoked, and asked for with each request of theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, tzinfo
from typing import Any

from appliance.accounts.directory import Directory
from appliance.accounts.visitor import NAME
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.queries import stamp
from appliance.settings.model import Settings
from appliance.store.journal import Journal
from appliance.store.tokens import Token
from appliance.vocabulary.clock import Clock

SCOPES = ("read", "call", "metrics")
MOST = 100  # tokens at once
LONGEST = 730  # days


class TokenBook:
    """The token itself stays in the web process, which shows it once; here only its SHA-256 arrives."""

    def __init__(
        self, journal: Journal, clock: Clock, settings: Callable[[], Settings], zone: Callable[[], tzinfo]
    ) -> None:
        self._journal, self._clock, self._settings, self._zone = journal, clock, settings, zone

    def handlers(self) -> dict[str, Handler]:
        return {"tokens": self._list, "token_add": self._add, "token_remove": self._remove, "token_find": self._find}

    async def _list(self, params: dict[str, Any]) -> Any:
        now = self._clock.now()
        return [{"number": number, "name": token.name, "account": token.account, "scopes": list(token.scopes),
                 "created": stamp(token.created, self._zone()), "expires": stamp(token.expires, self._zone()),
                 "over": now >= token.expires} for number, token in self._journal.tokens.listing()]

    async def _add(self, params: dict[str, Any]) -> Any:
        """params "digest", "name", "account" ("" for the whole box), "scopes" (words), "days"."""
        asked = Params(params)
        digest, name, account = asked.text("digest"), asked.text("name").strip(), asked.text("account")
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ApiError('"digest" must be the SHA-256 of a token')
        if not NAME.fullmatch(name):
            raise ApiError("write a name of 1 to 64 printable characters")
        found = Directory(self._settings().accounts).by_name(account) if account else None
        if account and found is None:
            raise ApiError("there is no such account")
        scopes = tuple(dict.fromkeys(asked.text("scopes").split()))
        if not scopes or not set(scopes) <= set(SCOPES) or (account and "metrics" in scopes):
            raise ApiError("choose what the token may do: read, call; and metrics, for the whole box only")
        if len(self._journal.tokens.listing()) >= MOST:
            raise ApiError(f"there are {MOST} tokens already; revoke one first")
        now = self._clock.now()
        self._journal.tokens.add(Token(digest, name, found.name if found else "", scopes, now,
                                       now + timedelta(days=asked.whole("days", 90, 1, LONGEST))))
        return {"name": name, "whose": f'"{found.name}"' if found else ""}

    async def _remove(self, params: dict[str, Any]) -> Any:
        name = self._journal.tokens.remove(Params(params).whole("number", 0, 0, 2**53))
        if not name:
            raise ApiError("there is no such token")
        return {"name": name}

    async def _find(self, params: dict[str, Any]) -> Any:
        """What the token may do now, or None: also when its account is gone or locked."""
        found = self._journal.tokens.find(Params(params).text("digest"), self._clock.now())
        if found is None:
            return None
        account = Directory(self._settings().accounts).by_name(found.account) if found.account else None
        if found.account and (account is None or not account.enabled):
            return None
        return {"name": found.name, "account": account.name if account else "", "scopes": list(found.scopes)}
