"""What a monitoring system asks for: lines, calls, requests by outcome, money, late audio, lines that came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from appliance.api.server import Handler
from appliance.audio.client import AudioEvent, PortClosed
from appliance.commands.live import Live
from appliance.commands.queries import lines_table
from appliance.lines.line import Ended, LineEvent, LineHealth, StateChanged
from appliance.settings.model import Settings
from appliance.store.journal import Journal

LOST = ("concealed", "dropped", "refused", "underruns")  # fields of PortStatistics that count frames


class Counting:
    """Counters begin at 0 with the gateway, but those that the journal keeps: calls and money."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._ready: set[str] = set()  # lines that were ready once
        self._away: set[str] = set()  # of these, those that are not now
        self.returns: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.frames: Counter[str] = Counter()

    def line_event(self, event: LineEvent) -> None:
        """Counts; for the sink of every line."""
        if isinstance(event, StateChanged):
            self._changed(event.line, event.state.health is LineHealth.READY)
        elif isinstance(event, Ended):
            self.causes[event.cause.name.lower()] += 1

    def _changed(self, line: str, ready: bool) -> None:
        if ready and line in self._away:
            self.returns[line] += 1
        if ready:
            self._ready.add(line)
            self._away.discard(line)
        elif line in self._ready:
            self._away.add(line)

    def audio_event(self, event: AudioEvent) -> None:
        if isinstance(event, PortClosed):
            for field in LOST:
                self.frames[field] += getattr(event.statistics, field)

    def asking(
        self, settings: Callable[[], Settings], live: Callable[[], Live],
        running: Callable[[], Sequence[dict[str, Any]]],
    ) -> dict[str, Handler]:
        """The method "metrics"."""
        async def metrics(params: dict[str, Any]) -> Any:
            lines = [
                {"line": row["name"], "enabled": row["enabled"], "health": row["health"] or "absent",
                 "signal": row["signal"], "channels": row["channels"], "busy": row["busy"],
                 "restarts": self.returns[row["name"]]}
                for row in lines_table(settings(), live())
            ]
            return {
                "lines": lines, "running": len(running()), "calls": self._journal.history.calls_begun(),
                "causes": dict(self.causes), "triggers": dict(self._journal.happenings.outcomes),
                "frames": {field: self.frames[field] for field in LOST}, "currency": settings().site.currency,
                "charged": self._journal.history.charged(),
            }
        return {"metrics": metrics}
