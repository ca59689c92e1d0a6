"""Orders and events of the audio process as lines of JSON, both ways. A bad line gives None, never a crash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from appliance.audio import client
from appliance.audio.client import AudioEvent, Tone
from appliance.audio.sounds import Clip, Playable

EVENTS = {kind.__name__: kind for kind in (
    client.PortOpened, client.PortFailed, client.KeyHeard, client.Played, client.PortStatistics, client.PortClosed,
    client.PortSilent, client.PortAlive, client.PortHeard, client.Pong, client.EngineLost)}
LONGEST_TONE_S = 3600.0
BAD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def event_line(event: AudioEvent) -> bytes:
    return json.dumps({"event": type(event).__name__, **asdict(event)}).encode() + b"\n"


def read_event(line: bytes) -> AudioEvent | None:
    try:
        fields = json.loads(line)
        kind = EVENTS[fields.pop("event")]
        if kind is client.PortClosed:
            return client.PortClosed(fields["port"], client.PortStatistics(**fields["statistics"]))
        if kind is client.PortSilent:
            return client.PortSilent(fields["port"], client.Silent(fields["what"]), fields["seconds"])
        made: AudioEvent = kind(**fields)
        return made
    except BAD:
        return None


def order_line(order: str, **fields: Any) -> bytes:
    return json.dumps({"order": order, **fields}).encode() + b"\n"


def read_order(line: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        fields = json.loads(line)
        return str(fields.pop("order")), dict(fields)
    except BAD:
        return None


def write_sounds(sounds: Sequence[Playable]) -> list[list[Any]]:
    return [["tone", s.name, s.seconds] if isinstance(s, Tone) else ["clip", s.path] for s in sounds]


def read_sounds(items: Sequence[Sequence[Any]]) -> list[Playable]:
    """ValueError, TypeError, OverflowError or IndexError for what is no sound: found now, not while it plays."""
    return [Tone(str(item[1]), _seconds(item[2])) if item[0] == "tone" else Clip(str(item[1])) for item in items]


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    if not 0 <= float(value) <= LONGEST_TONE_S:
        raise ValueError(f"a tone of {value} s")
    return float(value)
