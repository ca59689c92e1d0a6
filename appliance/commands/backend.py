"""Who answers: the running gateway over its socket, or the data directory while none runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from appliance.accounts.directory import ousted
from appliance.api.client import Client, NoGateway
from appliance.api.wire import ApiError
from appliance.commands.answers import Answers
from appliance.commands.auditing import BOX, SENTENCES
from appliance.commands.box import box_facts, known_names
from appliance.commands.layout import Layout
from appliance.commands.modemcare import METHODS, ModemCare
from appliance.commands.services import LIVE
from appliance.settings.codec import SettingsBroken, documents_to_settings, settings_to_documents
from appliance.settings.model import Settings
from appliance.store.atomic import Owner, StoreError
from appliance.store.documents import Documents
from appliance.store.journal import Journal
from appliance.store.modembook import ModemBook
from appliance.vocabulary.clock import Clock, SystemClock


class Backend(Protocol):
    """What a command talks to. ApiError when it refuses."""

    def ask(self, method: str, **params: Any) -> Any:
        """One question of commands.answers, JSON-able in and out."""

    def follow(self, **params: Any) -> Iterator[dict[str, Any]]:
        """Lines of the story as they happen; only a running gateway has any."""

    def trace(self, **params: Any) -> Iterator[dict[str, Any]]:
        """Messages on an ISDN line's D channel as they come and go; only a running gateway has any."""

    def close(self) -> None: ...


class OnSocket:
    """The running gateway."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ask(self, method: str, **params: Any) -> Any:
        return self._client.call(method, **params)

    def follow(self, **params: Any) -> Iterator[dict[str, Any]]:
        return self._client.stream("follow", **params)

    def trace(self, **params: Any) -> Iterator[dict[str, Any]]:
        return self._client.stream("isdn_trace", **params)

    def close(self) -> None:
        self._client.close()


class OnDisk:
    """The data directory. Makes nothing until something is applied."""

    def __init__(self, data: Path, clock: Clock | None = None) -> None:
        self._layout = Layout(data)
        self._journal: Journal | None = None
        self.recovered = ""
        self._settings = self._load()
        self._known, self._clock = known_names(), clock or SystemClock()
        self._answers = Answers(
            settings=lambda: self._settings, journal=self._open_journal, clock=self._clock,
            live=lambda: None, facts=lambda settings: box_facts(data, settings, self.recovered), save=self._save,
            known=self._known,
        )

    def ask(self, method: str, **params: Any) -> Any:
        if method in METHODS:
            return self._tend(method, params)
        if method in LIVE:
            raise ApiError("only a running gateway can ask a modem; start it with: ringback run")
        try:
            if method == "apply" and not params.get("dry_run"):
                return self._as_owner(method, params)
            return self._answers.ask(method, params)
        except (StoreError, SettingsBroken) as error:
            raise ApiError(str(error)) from error

    def follow(self, **params: Any) -> Iterator[dict[str, Any]]:
        raise ApiError("no gateway is running here, so nothing new happens; start it with: ringback run")

    def trace(self, **params: Any) -> Iterator[dict[str, Any]]:
        return self.follow(**params)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _as_owner(self, method: str, params: dict[str, Any]) -> Any:
        """Alone in the directory, so that a gateway which starts now cannot write at the same time."""
        with _as_user_of(self._layout.data):
            owner = Owner(self._layout.data)
            try:
                self._settings = self._load()
                return self._answers.ask(method, params)
            finally:
                owner.close()

    def _tend(self, method: str, params: dict[str, Any]) -> Any:
        """Alone in the directory: a gateway that starts now would want the same port."""
        owner = Owner(self._layout.data)
        try:
            care = ModemCare({}, lambda: self._settings, ModemBook(self._layout.data))
            answer = asyncio.run(_answer(care.handlers()[method](params)))
            what = SENTENCES[method](params, answer) if method in SENTENCES else ""
            if what and (journal := self._open_journal()):
                journal.audit.note(self._clock.now(), BOX, what)
            return answer
        except StoreError as error:
            raise ApiError(str(error)) from error
        finally:
            owner.close()

    def _load(self) -> Settings:
        if not self._layout.documents.exists() and not Path(f"{self._layout.documents}.bak").exists():
            return Settings()
        try:
            documents = Documents(self._layout.documents)
            self.recovered = documents.recovered
            settings = documents_to_settings(documents.site, documents.lines, documents.accounts)
            documents.close()
            return settings
        except (StoreError, SettingsBroken) as error:
            raise ApiError(str(error)) from error
        except OSError as error:
            raise ApiError(f"{self._layout.documents} cannot be read: {error.strerror}; "
                           "run the command as the user that runs the gateway") from error

    def _save(self, settings: Settings) -> Sequence[str]:
        if journal := self._open_journal():
            for name in ousted(self._settings.accounts, settings.accounts):
                journal.visits.close_all(name, "user")
        try:
            documents = Documents(self._layout.documents)
            documents.replace_all(*settings_to_documents(settings))
            documents.close()
        except OSError as error:
            raise ApiError(f"{self._layout.documents} cannot be written: {error.strerror}") from error
        self._settings = settings
        return ()

    def _open_journal(self) -> Journal | None:
        if self._journal is None and self._layout.journal.exists():
            self._journal = Journal(self._layout.journal, self._settings.site.currency)
        return self._journal


@contextmanager
def _as_user_of(data: Path) -> Iterator[None]:
    """Root, who alone may read a site file in a private folder, leaves no file that the gateway's user cannot open."""
    if os.geteuid() != 0 or not data.is_dir():
        yield
        return
    whose, group = data.stat(), os.getegid()
    os.setegid(whose.st_gid)
    os.seteuid(whose.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)


async def _answer(asked: Awaitable[Any]) -> Any:
    return await asked


class Opened:
    """The backend of a data directory, closed at the end of the command."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._backend: Backend | None = None

    def __enter__(self) -> Backend:
        try:
            self._backend = OnSocket(Client(self._layout.socket))
        except NoGateway:
            self._backend = OnDisk(self._layout.data)
        return self._backend

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._backend is not None:
            self._backend.close()
