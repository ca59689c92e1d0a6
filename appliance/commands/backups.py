"""Backup and restore over the socket: octets in pieces, checked before they are taken, undone by one more restore."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from appliance.api.server import Handler, Stream
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.settings.codec import SettingsBroken, documents_to_settings
from appliance.store import backup
from appliance.store.atomic import StoreError
from appliance.vocabulary.clock import Clock

PIECE = 512 * 1024  # octets in one answer
LARGEST = 512 * 1024**2  # octets of a backup that is taken in


class Backups:
    """`busy` says how many calls run; `restart` has the gateway closed and started anew with what is staged."""

    def __init__(self, data: Path, clock: Clock, busy: Callable[[], int], restart: Callable[[], None]) -> None:
        self._data, self._clock, self._busy, self._restart = data, clock, busy, restart
        self._folder = data / "backup"
        self._one_at_a_time = asyncio.Lock()

    def handlers(self) -> dict[str, Handler]:
        return {"restore_piece": self._piece, "restore_check": self._check, "restore_take": self._take,
                "restore_undo": self._undo, "restore_state": self._state}

    def streams(self) -> dict[str, Stream]:
        return {"backup": self._backup}

    async def _backup(self, params: dict[str, Any]) -> AsyncIterator[Any]:
        """The file in base64, a piece an event."""
        async with self._one_at_a_time:
            target = self._folder / "backup.tar.gz"
            try:
                await asyncio.to_thread(backup.write_backup, self._data, target, self._clock.now().isoformat())
                with open(target, "rb") as file:
                    while piece := await asyncio.to_thread(file.read, PIECE):
                        yield base64.b64encode(piece).decode()
            except StoreError as error:
                raise ApiError(str(error)) from error
            finally:
                target.unlink(missing_ok=True)

    @property
    def _incoming(self) -> Path:
        return self._folder / "incoming.tar.gz"

    async def _piece(self, params: dict[str, Any]) -> Any:
        """{"at", "octets" (base64)}; at 0 begins anew."""
        asked = Params(params)
        at = asked.whole("at", 0, 0, LARGEST)
        try:
            octets = base64.b64decode(asked.text("octets"), validate=True)
        except binascii.Error:
            raise ApiError('"octets" must be base64') from None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        have = self._incoming.stat().st_size if at and self._incoming.exists() else 0
        if at != have or at + len(octets) > LARGEST:
            raise ApiError("the pieces of this backup do not fit together; send it once more")
        with open(self._incoming, "ab" if at else "wb") as file:
            file.write(octets)
        return {"have": at + len(octets)}

    async def _check(self, params: dict[str, Any]) -> Any:
        """What the backup holds; nothing is changed."""
        async with self._one_at_a_time:
            try:
                found = await asyncio.to_thread(backup.unpack, self._incoming, self._folder / "unpacked")
                tables = found.settings
                settings = documents_to_settings(tables["site"], tables["line"], tables["account"])
            except (StoreError, SettingsBroken) as error:
                raise ApiError(str(error)) from error
            finally:
                self._incoming.unlink(missing_ok=True)
        return {"made": found.made, "calls": found.calls, "newest": found.newest, "lines": len(settings.lines),
                "accounts": len(settings.accounts), "currency": settings.site.currency}

    async def _take(self, params: dict[str, Any]) -> Any:
        self._quiet()
        if not (self._folder / "unpacked" / backup.JOURNAL).exists():
            raise ApiError("no backup was checked; send one first")
        backup.stage(self._folder / "unpacked", self._data)
        self._restart()

    async def _undo(self, params: dict[str, Any]) -> Any:
        self._quiet()
        try:
            backup.undo(self._data)
        except StoreError as error:
            raise ApiError(str(error)) from error
        self._restart()

    async def _state(self, params: dict[str, Any]) -> Any:
        return {"can_undo": backup.can_undo(self._data)}

    def _quiet(self) -> None:
        if running := self._busy():
            raise ApiError(f"{running} calls run now; wait until they are over, or hang up")
