"""`ringback ladder CALL`: the story of one call as a ladder diagram, as in ITU-T Z.120."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from appliance.commands.printing import printable

WIDTH = 15  # characters between two lifelines
MARGIN = 13  # characters of time before them
HANDSET, A_LINE, BOX, B_LINE, DESTINATION = range(5)

# Which way a line of the story goes, by its room and its words; the first row that fits is drawn.
ARROWS: tuple[tuple[str, str, int, int], ...] = (
    ("trigger", r" rings", HANDSET, BOX),
    ("trigger", r"ring is over", HANDSET, A_LINE),
    ("trigger", r"reject", BOX, HANDSET),
    ("a-leg", r"^key ", HANDSET, BOX),
    ("a-leg", r" dials ", BOX, HANDSET),
    ("a-leg", r" (rings|answered)\b", HANDSET, BOX),
    ("a-leg", r": ended", HANDSET, BOX),
    ("b-leg", r" dials ", BOX, DESTINATION),
    ("b-leg", r" (rings|answered)\b", DESTINATION, BOX),
    ("b-leg", r": ended", DESTINATION, BOX),
    ("box", r"^says", BOX, HANDSET),
)


def draw(call: Mapping[str, Any]) -> str:
    """`call` is the answer to the question "call": its legs and its events."""
    events: Sequence[Mapping[str, Any]] = call["events"]
    legs = {leg["side"]: leg for leg in call["legs"]}
    start = datetime.fromisoformat(events[0]["at"]) if events else None
    head = _heads(legs)
    rows = [f"call {printable(call['call'])}" + (f", {events[0]['at'][:19].replace('T', ' ')}" if events else "")]
    rows.extend(_centred(line) for line in head)
    for event in events:
        assert start is not None
        after = (datetime.fromisoformat(event["at"]) - start).total_seconds()
        rows.append(f"{after:+9.2f} s  {_arrow(event)}   {printable(event['text'])}".rstrip())
    if not events:
        rows.append("its story is no longer kept; the bill is: " + f"ringback calls {printable(call['call'])}")
    return "\n".join(rows)


def _heads(legs: Mapping[str, Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    a_leg, b_leg = legs.get("a", {}), legs.get("b", {})
    return (
        ("handset", "A-leg", "box", "B-leg", "destination"),
        (a_leg.get("number") or "", a_leg.get("line") or "", "", b_leg.get("line") or "", b_leg.get("number") or ""),
    )


def _centred(names: Sequence[str]) -> str:
    """Each name above its lifeline."""
    row = [" "] * (WIDTH * len(names) + MARGIN)
    for column, name in enumerate(names):
        name = printable(name)[: WIDTH - 1]
        start = MARGIN + _at(column) - len(name) // 2
        row[start: start + len(name)] = name
    return "".join(row).rstrip()


def _arrow(event: Mapping[str, Any]) -> str:
    """The lifelines with this event's arrow across them, or a mark at the box."""
    lifelines = [" "] * (WIDTH * 5)
    for column in range(5):
        lifelines[_at(column)] = "|"
    ends = next(((a, b) for room, words, a, b in ARROWS if room == event["room"] and re.search(words, event["text"])),
                None)
    if ends is None:
        lifelines[_at(BOX)] = "*"
        return "".join(lifelines)
    left, right = sorted(map(_at, ends))
    lifelines[left + 1: right] = "-" * (right - left - 1)
    if ends[0] < ends[1]:
        lifelines[right - 1] = ">"
    else:
        lifelines[left + 1] = "<"
    return "".join(lifelines)


def _at(column: int) -> int:
    return WIDTH // 2 + column * WIDTH
