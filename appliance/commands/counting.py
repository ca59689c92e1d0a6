"""What a monitoring system asks for: lines, calls, requests by outcome, money, late audio, lines that came back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from appliance.api.server import Handler
from appliance.audio.client import AudioEvent, PortClosed
from appliance.audio.frame import FRAME_OCTETS
from appliance.commands.live import Live
from appliance.commands.queries import lines_table
from appliance.lines.line import Ended, LineEvent, LineHealth, StateChanged
from appliance.settings.model import Settings
from appliance.store.journal import Journal

LAST = 20  # legs that are judged for late voice
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
        self._last: deque[tuple[int, int]] = deque(maxlen=LAST)

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
            whole = event.statistics.octets_in // FRAME_OCTETS
            self._last.append((whole, event.statistics.underruns + event.statistics.refused))

    @property
    def late(self) -> tuple[int, int]:
        """Frames of the last legs, and how many of them came too late or were not taken."""
        return sum(whole for whole, _ in self._last), sum(late for _, late in self._last)

    def asking(
        self, settings: Callable[[], Settings], live: Callable[[], Live],
        running: Callable[[], Sequence[dict[str, Any]]], box: Callable[[], dict[str, Any]],
        bundles: Callable[[], Mapping[str, list[dict[str, Any]]]],
    ) -> dict[str, Handler]:
        """The method "metrics"."""
        async def metrics(params: dict[str, Any]) -> Any:
            lines = [
                {"line": row["name"], "enabled": row["enabled"], "health": row["health"] or "absent",
                 "signal": row["signal"], "channels": row["channels"], "busy": row["busy"],
                 "sim_left": row["sim_left"], "restarts": self.returns[row["name"]]}
                for row in lines_table(settings(), live())
            ]
            return {
                "lines": lines, "running": len(running()), "calls": self._journal.history.calls_begun(),
                "causes": dict(self.causes), "triggers": dict(self._journal.happenings.outcomes),
                "frames": {field: self.frames[field] for field in LOST}, "currency": settings().site.currency,
                "charged": self._journal.history.charged(), "box": box(),
                "bundles": {row["name"]: row["left_minutes"] for rows in bundles().values() for row in rows},
            }
        return {"metrics": metrics}
