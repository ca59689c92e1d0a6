"""Updates over the socket: a bundle comes in pieces, is checked, written to the other half of the card, and tried."""

from __future__ import annotations

import asyncio
import base64
import binascii
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.commands.refusals import BY_APT, in_plain_words, other_model
from appliance.hardware.slots import NoAnswer, Slots, Updater
from appliance.hardware.updates import Refused
from appliance.store.atomic import StoreError
from appliance.store.lastupdate import Attempt, LastUpdate
from appliance.vocabulary.clock import Clock

LARGEST = 250 * 1024**2  # octets of a bundle; one is about 150 MB
SPARE = 64 * 1024**2  # octets that stay free on the card: calls are written down whatever comes in
BUNDLE = "bundle.raucb"  # as ringback-update@.service names it
IDLE, CHECKED, INSTALLING, INSTALLED, RESTARTING = "idle", "checked", "installing", "installed", "restarting"


class Software:
    """`folder`: where a bundle lies that the helper is to read. `busy` says how many calls run. `tell`: the story."""

    def __init__(
        self, slots: Slots, updater: Updater | None, folder: Path, last: LastUpdate, clock: Clock,
        busy: Callable[[], int], tell: Callable[[str], None],
    ) -> None:
        self._slots, self._updater, self._last = slots, updater, last
        self._clock, self._busy, self._tell = clock, busy, tell
        self._bundle = folder / BUNDLE
        self._phase, self._version = IDLE, ""
        self._percent, self._doing, self._trouble = 0, "", ""
        self._wanted = asyncio.Event()
        self._attempt = last.read()

    def handlers(self) -> dict[str, Handler]:
        return {"software_state": self._state, "software_piece": self._piece, "software_check": self._check,
                "software_install": self._install, "software_try": self._restart, "software_leave": self._leave,
                "software_seen": self._seen}

    async def run(self) -> None:
        """Installs what is wanted, one after the other, as long as the gateway lives."""
        self._bundle.unlink(missing_ok=True)  # of the life before: 150 MB that nobody needs any more
        self._settle()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._write()

    async def _state(self, params: dict[str, Any]) -> Any:
        self._settle()
        last = self._attempt
        return {
            "image": self._can_update, "version": __version__, "model": self._slots.model,
            "slot": self._slots.running, "phase": self._phase, "new": self._version, "percent": self._percent,
            "doing": self._doing, "trouble": self._trouble, "calls": self._busy(),
            "last": {"version": last.version, "before": last.before, "at": last.at, "seen": last.seen,
                     "outcome": last.outcome or self._pending(last)} if last else None,
        }

    async def _piece(self, params: dict[str, Any]) -> Any:
        """{"at", "size" of the whole file, "octets" (base64)}; at 0 begins anew; a piece sent again counts once."""
        asked = Params(params)
        at, size = asked.whole("at", 0, 0, 2**53), asked.whole("size", 0, 0, 2**53)
        self._must_be_free()
        if size > LARGEST:
            raise ApiError(f"an update has {LARGEST // 1024**2} MB at most; this file is something else")
        try:
            octets = base64.b64decode(asked.text("octets"), validate=True)
        except binascii.Error:
            raise ApiError('"octets" must be base64') from None
        if at == 0:
            self._forget()
            self._make_room(size)
        have = self._bundle.stat().st_size if at and self._bundle.exists() else 0
        if at > have or at + len(octets) > (size or LARGEST):
            raise ApiError("the pieces of this update do not fit together; send it once more")
        try:
            await asyncio.to_thread(self._append, at, octets)
        except OSError as error:
            raise ApiError(f"the update cannot be kept on the card: {error.strerror}") from error
        return {"have": at + len(octets)}

    def _append(self, at: int, octets: bytes) -> None:
        with open(self._bundle, "r+b" if at else "wb") as file:
            file.truncate(at)  # a connection that was lost may have left this piece here
            file.seek(at)
            file.write(octets)
        self._bundle.chmod(0o644)  # the helper is root without the right to read what is not its own

    def _make_room(self, size: int) -> None:
        self._bundle.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._bundle.parent.chmod(0o755)
        free = shutil.disk_usage(self._bundle.parent).free
        if free - size < SPARE:
            raise ApiError(f"the card has {free // 1024**2} MB left, and this update wants "
                           f"{(size + SPARE) // 1024**2}; keep calls and messages for fewer days, or use a larger card")

    async def _check(self, params: dict[str, Any]) -> Any:
        """{"version", "model"} of what was sent, whose signature is right. What is refused is gone."""
        updater = self._must_be_free()
        if not self._bundle.exists():
            raise ApiError("send the update's file first")
        try:
            found = await updater.order("check")
        except Refused as no:
            self._forget()
            raise ApiError(_words(no)) from no
        model, version = str(found.get("model", "")), str(found.get("version", ""))
        if model != self._slots.model:
            self._forget()
            raise ApiError(other_model(model, self._slots.model))
        self._phase, self._version, self._trouble = CHECKED, version, ""
        return {"version": version, "model": model}

    async def _install(self, params: dict[str, Any]) -> Any:
        """Begins to write; `software_state` says how far it is."""
        self._must_be_free()
        if self._phase != CHECKED:
            raise ApiError("send the update's file first")
        self._phase, self._percent, self._doing, self._trouble = INSTALLING, 0, "", ""
        self._wanted.set()
        return {"version": self._version}

    async def _write(self) -> None:
        assert self._updater
        try:
            await self._updater.order("install", self._progress)
        except Refused as no:
            self._forget()
            self._trouble = _words(no)
            self._tell(f"the update is refused: {no}")
            return
        self._phase = INSTALLED
        self._bundle.unlink(missing_ok=True)
        self._tell(f"version {self._version} is in the other half of the card")
        if not self._busy():
            try:
                await self._try()
            except ApiError as error:
                self._trouble = str(error)

    def _progress(self, percent: int, doing: str) -> None:
        self._percent, self._doing = percent, doing

    async def _restart(self, params: dict[str, Any]) -> Any:
        if self._phase != INSTALLED:
            raise ApiError("there is no new version to restart into; send the update's file first")
        if running := self._busy():
            raise ApiError(f"{running} calls run now; wait until they are over, or hang up")
        await self._try()
        return {"version": self._version}

    async def _try(self) -> None:
        assert self._updater
        attempt = Attempt(self._version, __version__, self._slots.running, self._clock.now().isoformat())
        try:
            self._last.keep(attempt)
        except StoreError as error:
            raise ApiError(str(error)) from error
        self._phase, self._attempt, self._trouble = RESTARTING, attempt, ""
        self._tell(f"the box restarts to try version {self._version}; if it is not well, {__version__} comes back")
        try:
            await self._updater.order("try")
        except Refused as no:
            self._phase = INSTALLED
            raise ApiError(f"the box does not restart: {no}") from no

    async def _leave(self, params: dict[str, Any]) -> Any:
        self._must_be_free()
        self._forget()

    async def _seen(self, params: dict[str, Any]) -> Any:
        if self._attempt and self._attempt.outcome:
            self._remember(replace(self._attempt, seen=True))

    def _must_be_free(self) -> Updater:
        if not self._can_update or self._updater is None:
            raise ApiError(BY_APT)
        if self._phase in (INSTALLING, INSTALLED, RESTARTING):
            raise ApiError("an update is on its way already; wait until the box has restarted")
        return self._updater

    @property
    def _can_update(self) -> bool:
        return bool(self._slots.model and self._updater)

    def _forget(self) -> None:
        self._bundle.unlink(missing_ok=True)
        self._phase, self._version, self._trouble = IDLE, "", ""

    def _pending(self, attempt: Attempt) -> str:
        """Of an attempt whose outcome is not known yet."""
        return "trial" if self._slots.running != attempt.slot else "waiting"

    def _settle(self) -> None:
        """Notes how the last attempt went, once it is known: the box's `confirm` has kept the new slot, or left it."""
        attempt = self._attempt
        if attempt is None or attempt.outcome or self._phase == RESTARTING or self._slots.trying:
            return
        kept = self._slots.running != attempt.slot
        self._remember(replace(attempt, outcome="kept" if kept else "left"))
        self._tell(f"the update to version {attempt.version} is kept" if kept else
                   f"the update to version {attempt.version} did not become well; this is {__version__} again")

    def _remember(self, attempt: Attempt) -> None:
        self._attempt = attempt
        try:
            self._last.keep(attempt)
        except StoreError as error:
            self._tell(f"how the update went cannot be written down: {error}")


def _words(no: Refused) -> str:
    return str(no) if isinstance(no, NoAnswer) else in_plain_words(str(no))
