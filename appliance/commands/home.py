"""The first page in one answer: lines, calls in progress, today beside yesterday, savings of the month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.figures import DayBook, row_of, total
from appliance.commands.live import Live
from appliance.commands.params import Params
from appliance.commands.queries import lines_table
from appliance.ledger.figures import Figures
from appliance.settings.model import Settings


class HomePage:
    """`running` gives the calls in progress as rows; `hang_up(call, why)` is False when there is no such call."""

    def __init__(
        self, settings: Callable[[], Settings], live: Callable[[], Live], book: DayBook,
        running: Callable[[], Sequence[dict[str, Any]]], hang_up: Callable[[str, str], bool],
    ) -> None:
        self._settings, self._live, self._book = settings, live, book
        self._running, self._hang_up = running, hang_up

    def handlers(self) -> dict[str, Handler]:
        return {"home": self._home, "hang_up": self._hang}

    async def _home(self, params: dict[str, Any]) -> Any:
        settings, today = self._settings(), self._book.today()
        now, before = await self._book.day(today), await self._book.day(today - timedelta(days=1))
        month = await self._book.days(today.replace(day=1), today)
        running = list(self._running())
        used = {leg["line"] for call in running for leg in call["legs"]}
        lines = []
        for line in lines_table(settings, self._live()):
            mine = sum((row for (name, _), row in now.items() if name == line["name"]), Figures())
            lines.append(line | {"today": row_of(mine, settings.site.currency), "in_use": line["name"] in used})
        compared = any(line.name == settings.site.compare and line.rates for line in settings.lines)
        return {
            "currency": settings.site.currency, "compare": settings.site.compare if compared else "", "lines": lines,
            "calls": running, "today": row_of(total([now]), settings.site.currency),
            "yesterday": row_of(total([before]), settings.site.currency),
            "month": row_of(total(month.values()), settings.site.currency), "accounts": len(settings.accounts),
        }

    async def _hang(self, params: dict[str, Any]) -> Any:
        asked = Params(params)
        call, by = asked.text("call"), asked.text("by")
        if not self._hang_up(call, f"{by or 'an admin'} hung up"):
            raise ApiError(f"call {call[:20]} is over already")
