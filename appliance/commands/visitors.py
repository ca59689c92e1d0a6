"""Who may use the page: first set-up, logging in, sessions, passwords. The web process asks it all over the socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from appliance.accounts.pin import check_pin, hash_pin, unmatched
from appliance.accounts.visitor import NAME, RESET_HOLDS, OneTimeCode, Role, Visitor, code_of, weak_password
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.settings.model import SiteSettings
from appliance.store.documents import Documents
from appliance.store.journal import Journal
from appliance.store.visits import Visit
from appliance.vocabulary.clock import Clock, token

log = logging.getLogger("ringback.page")
SALT = 16  # octets
NOBODY = unmatched()  # is tried for names that do not exist: same time, no hint
WRONG = "name or password is wrong"
WRONG_CODE = "this code is wrong, used, or too old; the box's console shows the one that holds"


class Visitors:
    """`documents` keep visitors, `journal` their sessions. `tell` writes who did what into the story."""

    def __init__(
        self, documents: Documents, journal: Journal, clock: Clock, tell: Callable[[str], None],
        site: Callable[[], SiteSettings], announce: Callable[[str], None] = log.warning,
        data_lost: Callable[[], bool] = lambda: False,
    ) -> None:
        """`announce` shows a code on the console and in the system's journal: nowhere else does one stand. `data_lost`:
        this box has an owner, perhaps, whom it cannot read."""
        self._documents, self._journal, self._clock = documents, journal, clock
        self._tell, self._site, self.announce, self._data_lost = tell, site, announce, data_lost
        self._setup: OneTimeCode | None = None
        self._reset: OneTimeCode | None = None

    def start(self) -> None:
        """A box that nobody owns yet tells its code."""
        if not self._visitors():
            self._setup = OneTimeCode(self._new_code(), None)
            self.announce(f"This box has no admin yet. Open its page and enter the set-up code {self._setup.code}")

    def tell_reset_code(self) -> str:
        """For the box's button and the command: a code that sets a password anew. What was told before is void."""
        if not self._visitors():
            self.start()
            return "setup"
        self._reset = OneTimeCode(self._new_code(), self._clock.now() + RESET_HOLDS)
        minutes = int(RESET_HOLDS.total_seconds() // 60)
        self.announce(f"For {minutes} minutes, the code {self._reset.code} sets a new password: /reset on the page")
        self._tell("a code for a new password was asked for at the box")
        return "reset"

    def handlers(self) -> dict[str, Handler]:
        return {
            "page_state": self._state, "page_setup": self._set_up, "page_code": self._code, "page_reset": self._renew,
            "page_login": self._login, "page_session": self._session, "page_logout": self._logout,
            "page_password": self._password, "page_settings": self._page_settings, "visitors": self._list,
            "visitor_put": self._put, "visitor_remove": self._remove,
        }

    async def _state(self, params: dict[str, Any]) -> Any:
        return {"setup": not self._visitors(), "data_lost": self._data_lost()}

    async def _page_settings(self, params: dict[str, Any]) -> Any:
        """What the page's process needs before anybody logs in."""
        site = self._site()
        return {**asdict(site.web), "language": site.language}

    async def _set_up(self, params: dict[str, Any]) -> Any:
        """The first admin, by the code on the console."""
        asked = Params(params)
        if self._visitors():
            raise ApiError("this box has an admin already; log in")
        name, password = _name(asked.text("name")), asked.text("password")
        _strong(password, name)
        if self._setup is None or not self._setup.takes(asked.text("code"), self._clock.now()):
            if self._setup is None or self._setup.spent:
                self.start()
            raise ApiError(WRONG_CODE)
        self._setup = None
        self._save([Visitor(name, Role.ADMIN, await _hashed(password))])
        self._tell(f"{name} set up the page and is its admin")
        return {"who": name, "role": Role.ADMIN.value}

    async def _code(self, params: dict[str, Any]) -> Any:
        return {"told": self.tell_reset_code()}

    async def _renew(self, params: dict[str, Any]) -> Any:
        """A new password by a code from the console; whoever is logged in by that name is logged out."""
        asked = Params(params)
        name, password = asked.text("name"), asked.text("password")
        _strong(password, name)
        if self._reset is None or not self._reset.takes(asked.text("code"), self._clock.now()):
            raise ApiError(WRONG_CODE)
        found = self._find(name)
        if found is None:
            names = ", ".join(visitor.name for visitor in self._visitors() if visitor.role is Role.ADMIN)
            raise ApiError(f"there is nobody of that name; admins are: {names}")  # the code proves who asks
        self._reset = None
        await self._set_password(found, password)
        self._tell(f"{found.name} has a new password, by a code from the console")
        return {"who": found.name, "role": found.role.value}

    async def _login(self, params: dict[str, Any]) -> Any:
        """{"who", "role"}. One refusal for everything that may be wrong; a name that does not exist takes as long."""
        asked = Params(params)
        found = self._find(asked.text("name"))
        right = await _matches(asked.text("password"), found.password_hash if found else NOBODY)
        if found is None or not right:
            raise ApiError(WRONG)
        self.open_session(asked.text("session"), found.name, found.role.value, asked.text("address"))
        self._tell(f"{found.name} logged in from {asked.text('address')[:45] or 'the box'}")
        return {"who": found.name, "role": found.role.value}

    def open_session(self, digest: str, who: str, role: str, address: str) -> None:
        """`digest`: SHA-256 of the cookie in hexadecimal; the cookie itself never leaves the web process."""
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ApiError('"session" must be the SHA-256 of a cookie')
        now = self._clock.now()
        self._journal.visits.open(Visit(digest, who, role, now, now, address[:45]))

    async def _session(self, params: dict[str, Any]) -> Any:
        """Who this session belongs to, or None. What a visitor may do is looked up anew each time."""
        found = self._journal.visits.find(Params(params).text("session"), self._clock.now())
        if found is None:
            return None
        role = found.role
        if role != Role.USER:
            visitor = self._find(found.who)
            if visitor is None:
                return None
            role = visitor.role.value
        return {"who": found.who, "role": role}

    async def _logout(self, params: dict[str, Any]) -> Any:
        self._journal.visits.close(Params(params).text("session"))

    async def _password(self, params: dict[str, Any]) -> Any:
        """One's own: the old one is asked for, and other sessions end."""
        asked = Params(params)
        found = self._find(asked.text("who"))
        if found is None or not await _matches(asked.text("old"), found.password_hash):
            raise ApiError("the old password is wrong")
        _strong(asked.text("new"), found.name)
        await self._set_password(found, asked.text("new"), but=asked.text("session"))
        self._tell(f"{found.name} changed the own password")

    async def _list(self, params: dict[str, Any]) -> Any:
        return [{"name": visitor.name, "role": visitor.role.value} for visitor in self._visitors()]

    async def _put(self, params: dict[str, Any]) -> Any:
        """Adds somebody, or changes role or password ("" keeps it)."""
        asked = Params(params)
        name, by = _name(asked.text("name")), asked.text("by")
        try:
            role = Role(asked.text("role"))
        except ValueError:
            raise ApiError('the role must be "admin" or "viewer"') from None
        if role is Role.USER:
            raise ApiError("users log in with number and PIN: give the person an account instead")
        password = asked.text("password")
        if password or self._find(name) is None:
            _strong(password, name)
        new_hash = await _hashed(password) if password else ""
        found = self._find(name)
        new = Visitor(found.name if found else name, role, new_hash or _kept(found))
        left = [visitor for visitor in self._visitors() if found is None or visitor.name != found.name]
        _still_an_admin([*left, new])
        self._save([*left, new])
        if found:
            self._journal.visits.close_all(found.name)
        self._tell(f"{by or 'the box'} {'changed' if found else 'added'} {new.name}, {role.value}")

    async def _remove(self, params: dict[str, Any]) -> Any:
        asked = Params(params)
        found = self._find(asked.text("name"))
        if found is None:
            raise ApiError("there is nobody of that name")
        left = [visitor for visitor in self._visitors() if visitor.name != found.name]
        _still_an_admin(left)
        self._save(left)
        self._journal.visits.close_all(found.name)
        self._tell(f"{asked.text('by') or 'the box'} removed {found.name}")

    async def _set_password(self, visitor: Visitor, password: str, but: str = "") -> None:
        new_hash = await _hashed(password)
        new = replace(visitor, password_hash=new_hash)
        self._save([new if each.name == visitor.name else each for each in self._visitors()])
        self._journal.visits.close_all(visitor.name, but=but)

    def _visitors(self) -> list[Visitor]:
        return [Visitor(str(document["name"]), Role(document["role"]), str(document["password_hash"]))
                for document in self._documents.visitors]

    def _find(self, name: str) -> Visitor | None:
        wanted = name.strip().casefold()
        return next((visitor for visitor in self._visitors() if visitor.name.casefold() == wanted), None)

    def _save(self, visitors: Sequence[Visitor]) -> None:
        self._documents.replace_visitors([
            {"name": visitor.name, "role": visitor.role.value, "password_hash": visitor.password_hash}
            for visitor in visitors])

    @staticmethod
    def _new_code() -> str:
        return code_of(bytes.fromhex(token(16)))


def _name(name: str) -> str:
    if not NAME.fullmatch(name.strip()):
        raise ApiError("write a name of 1 to 64 printable characters")
    return name.strip()


def _strong(password: str, name: str) -> None:
    if why := weak_password(password, name):
        raise ApiError(f"{why}; choose another")


def _kept(found: Visitor | None) -> str:
    return found.password_hash if found else ""


def _still_an_admin(visitors: Sequence[Visitor]) -> None:
    if not any(visitor.role is Role.ADMIN for visitor in visitors):
        raise ApiError("this is the last admin; make somebody else an admin first")


# scrypt takes 36 ms on a small server and 200 ms on a Pi, without the interpreter's lock: no call waits for it.
async def _hashed(password: str) -> str:
    return await asyncio.to_thread(hash_pin, password, bytes.fromhex(token(SALT)))


async def _matches(password: str, stored: str) -> bool:
    return await asyncio.to_thread(check_pin, password[:1000], stored)
