"""Preparing a modem: what it keeps is looked at, changed with the old value kept first, and put back."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.params import Params
from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.inside.family import Family, families
from appliance.lines.gsm.inside.tuning import RESTART, Kept, look, number_of, on_port, put
from appliance.lines.gsm.line import GsmLine
from appliance.lines.gsm.startup import NotUsable
from appliance.lines.gsm.wire import OpenWire, WireError, open_serial
from appliance.lines.line import Line, ServiceFailed
from appliance.settings.model import Settings
from appliance.store.modembook import ModemBook

METHODS = ("modem_survey", "modem_prepare", "modem_restore")
PATH = re.compile(r"/[A-Za-z0-9/_.:+@-]{1,200}")
Free = Callable[[], bool]  # nobody uses the modem now
Work = Callable[[AtEngine, str, Free], Awaitable[Any]]


class ModemCare:
    """A modem is named by `line`, or by `port`, the path of an AT port that belongs to no line."""

    def __init__(
        self, lines: Mapping[str, Line], settings: Callable[[], Settings], book: ModemBook,
        open_wire: OpenWire = open_serial,
    ) -> None:
        self._lines, self._settings, self._book, self._open_wire = lines, settings, book, open_wire

    def handlers(self) -> dict[str, Handler]:
        return dict(zip(METHODS, (self._survey, self._prepare, self._restore), strict=True))

    async def _survey(self, params: dict[str, Any]) -> Any:
        """{"modem", "family", "rows": [{"name", "title", "why", "now", "want", "optional", "restarts", "kept"}]}; `now`
        is "" for what this firmware does not tell, `kept` the value from before, "" when it was not changed."""
        async def work(engine: AtEngine, dialect: str, free: Free) -> Any:
            modem, family = await number_of(engine), _family(dialect)
            kept = self._book.kept(modem)
            return {"modem": modem, "family": dialect, "rows": [
                {"name": each.setting.name, "title": each.setting.title, "why": each.setting.why, "now": each.now,
                 "want": each.want, "optional": each.setting.optional, "restarts": each.setting.restarts,
                 "kept": kept.get(each.setting.name, "")} for each in await look(engine, family.settings)]}
        return await self._at(params, work)

    async def _prepare(self, params: dict[str, Any]) -> Any:
        """{"modem", "done": [{"name", "was", "is"}], "failed": [{"name", "why"}], "restarted", "waits"}. `with`: of the
        optional ones. `waits`: a call has begun meanwhile, so it holds from the modem's next start."""
        wanted = params.get("with") or []
        if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
            raise ApiError("with is a list of names of settings")

        async def work(engine: AtEngine, dialect: str, free: Free) -> Any:
            family = _family(dialect)
            if strange := [name for name in wanted if not family.named(name)]:
                raise ApiError(f"{dialect} has no setting {strange[0][:40]!r}; there are: "
                               f"{', '.join(each.name for each in family.settings) or 'none'}")
            found = await look(engine, [each for each in family.settings if not each.optional or each.name in wanted])
            wrong = [(each, each.want) for each in found if each.now and not each.right]
            return await self._change(engine, free, wrong)
        return await self._at(params, work)

    async def _restore(self, params: dict[str, Any]) -> Any:
        """As modem_prepare; to what the modem had before."""
        async def work(engine: AtEngine, dialect: str, free: Free) -> Any:
            family, kept = _family(dialect), self._book.kept(await number_of(engine))
            found = await look(engine, [each for each in family.settings if each.name in kept])
            return await self._change(engine, free, [(each, kept[each.setting.name]) for each in found], back=True)
        return await self._at(params, work)

    async def _change(
        self, engine: AtEngine, free: Free, changes: Sequence[tuple[Kept, str]], *, back: bool = False
    ) -> Any:
        modem = await number_of(engine)
        if changes and not modem:
            raise ApiError("the modem does not tell its serial number, so what it has now could not be put back")
        done: list[dict[str, str]] = []
        failed: list[dict[str, str]] = []
        for each, value in changes:
            name = each.setting.name
            if not back:
                self._book.keep(modem, name, each.now)
            if why := await put(engine, each.setting, value):
                failed.append({"name": name, "why": why})
                continue
            if back:
                self._book.drop(modem, name)
            done.append({"name": name, "was": each.now, "is": value})
        changed = {each["name"] for each in done}
        waits = any(each.setting.restarts and each.setting.name in changed for each, _ in changes)
        if restarts := waits and free():
            await engine.command(RESTART, timeout=10.0)
        return {"modem": modem, "done": done, "failed": failed, "restarted": restarts, "waits": waits and not restarts}

    async def _at(self, params: dict[str, Any], work: Work) -> Any:
        asked = Params(params)
        name, port = asked.text("line"), asked.text("port")
        try:
            if name:
                line = self._line(name)
                return await line.tend(lambda engine, dialect: work(engine, dialect, lambda: not line.busy))
            async with on_port(self._free(port), self._open_wire) as (engine, dialect):
                return await work(engine, dialect, lambda: True)
        except (ServiceFailed, NotUsable, WireError) as why:
            raise ApiError(str(why)) from why

    def _line(self, name: str) -> GsmLine:
        line = self._lines.get(name)
        if not isinstance(line, GsmLine):
            raise ApiError(f"{name[:40]!r} is no line with a modem that is running; name one that ringback lines lists"
                           ", or a port with --port")
        return line

    def _free(self, port: str) -> str:
        """A serial port that no line has."""
        if not PATH.fullmatch(port):
            raise ApiError("name a line, or the path of an AT port")
        try:
            if not stat.S_ISCHR(os.stat(port).st_mode):
                raise ApiError(f"{port} is no serial port")
        except OSError as error:
            raise ApiError(f"{port} is not there; ls /dev/ringback /dev/serial/by-path shows what is") from error
        real = os.path.realpath(port)
        for line in self._settings().lines:
            if line.name in self._lines and os.path.realpath(line.at) == real:
                raise ApiError(f'{port} belongs to line "{line.name}"; name the line')
        return port


def _family(dialect: str) -> Family:
    return families().get(dialect) or Family(dialect)
