"""The first page in one answer: lines, calls in progress, today beside yesterday, savings of the month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from appliance.api.server import Handler
from appliance.api.wire import ApiError
from appliance.commands.figures import DayBook, row_of, total
from appliance.commands.finding import Finding, Topic
from appliance.commands.live import Live
from appliance.commands.params import Params
from appliance.commands.queries import lines_table
from appliance.ledger.figures import Figures
from appliance.settings.model import Settings
from appliance.vocabulary.clock import Clock

FRESH_S = 10.0  # s for which what ails the box is shown without another look


class HomePage:
    """`running` gives the calls in progress as rows; `hang_up(call, why)` is False when there is no such call;
    `bundles` gives what is left of them by line."""

    def __init__(
        self, settings: Callable[[], Settings], live: Callable[[], Live], book: DayBook,
        running: Callable[[], Sequence[dict[str, Any]]], hang_up: Callable[[str, str], bool],
        findings: Callable[[], Sequence[Finding]], clock: Clock,
        bundles: Callable[[], Mapping[str, list[dict[str, Any]]]],
    ) -> None:
        self._settings, self._live, self._book = settings, live, book
        self._running, self._hang_up = running, hang_up
        self._findings, self._clock, self._bundles = findings, clock, bundles
        self._troubles: list[dict[str, Any]] = []
        self._found_at: float | None = None

    def handlers(self) -> dict[str, Handler]:
        return {"home": self._home, "hang_up": self._hang}

    async def _home(self, params: dict[str, Any]) -> Any:
        settings, today = self._settings(), self._book.today()
        now, before = await self._book.day(today), await self._book.day(today - timedelta(days=1))
        month = await self._book.days(today.replace(day=1), today)
        running = list(self._running())
        used = {leg["line"] for call in running for leg in call["legs"]}
        lines = []
        for line in lines_table(settings, self._live(), self._bundles()):
            mine = sum((row for (name, _), row in now.items() if name == line["name"]), Figures())
            lines.append(line | {"today": row_of(mine, settings.site.currency), "in_use": line["name"] in used})
        compared = any(line.name == settings.site.compare and line.rates for line in settings.lines)
        return {
            "currency": settings.site.currency, "compare": settings.site.compare if compared else "", "lines": lines,
            "calls": running, "today": row_of(total([now]), settings.site.currency),
            "yesterday": row_of(total([before]), settings.site.currency),
            "month": row_of(total(month.values()), settings.site.currency), "accounts": len(settings.accounts),
            "troubles": self._box_troubles(),
        }

    def _box_troubles(self) -> list[dict[str, Any]]:
        """Of the box itself; what ails a line stands with the line. Looked for anew every few seconds only."""
        now = self._clock.monotonic()
        if self._found_at is None or now - self._found_at >= FRESH_S:
            self._found_at = now
            self._troubles = [each.row() for each in self._findings() if each.topic is Topic.BOX]
        return self._troubles

    async def _hang(self, params: dict[str, Any]) -> Any:
        asked = Params(params)
        call, by = asked.text("call"), asked.text("by")
        if not self._hang_up(call, f"{by or 'an admin'} hung up"):
            raise ApiError(f"call {call[:20]} is over already")
