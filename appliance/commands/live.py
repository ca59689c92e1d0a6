"""What lines are doing now, as a snapshot that the queries can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.lines.line import Line, LineHealth, LineState
from appliance.routing.cheapest import LineOffer
from appliance.routing.tariff import Tariff
from appliance.settings.model import LineSettings, Settings


@dataclass(frozen=True, slots=True)
class LiveLine:
    """One line at one moment."""

    state: LineState
    channels: int
    busy: int
    has_audio: bool


Live = Mapping[str, LiveLine] | None  # by line name; None: no gateway runs, nobody knows


def live_lines(lines: Mapping[str, Line]) -> dict[str, LiveLine]:
    """The snapshot of running lines."""
    return {
        name: LiveLine(line.state, line.channels, line.busy, line.has_audio) for name, line in lines.items()
    }


def offers(settings: Settings, live: Live) -> tuple[LineOffer, ...]:
    """What each line could carry; without a gateway, as if every enabled line were ready and free."""
    return tuple(_offer(line, live, Tariff(line.rates, settings.site.calendar)) for line in settings.lines)


def _offer(line: LineSettings, live: Live, tariff: Tariff) -> LineOffer:
    if not line.enabled:
        return LineOffer(line.name, tariff, 0, usable=False, why="switched off in the settings")
    if live is None:
        return LineOffer(line.name, tariff, line.channels, has_audio=line.has_audio)
    if (now := live.get(line.name)) is None:
        return LineOffer(line.name, tariff, 0, usable=False, why="not started; start the gateway again")
    ready = now.state.health is LineHealth.READY
    why = "" if ready else now.state.why or now.state.health.value
    if ready and now.state.roaming and not line.roaming:
        ready, why = False, "its SIM is abroad; write roaming = true to dial all the same"
    return LineOffer(line.name, tariff, max(0, now.channels - now.busy), ready, why, now.has_audio)
