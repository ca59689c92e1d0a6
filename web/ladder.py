"""One call's story as rows of a ladder diagram, ITU-T Z.120: who speaks to whom, when. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

HANDSET, A_LINE, BOX, B_LINE, DESTINATION = range(5)
COLUMN = 150  # px between two lifelines
ROW = 26  # px
LEFT = 75  # px of time before them

# Which way a line of the story goes, by its room and its words; the first that fits.
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


@dataclass(frozen=True, slots=True)
class Rung:
    """`begin` and `end` in px across; None for what happens at the box alone."""

    y: int
    after: str
    text: str
    begin: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG's numbers, worked out here, so that the template only writes them."""

    width: int
    height: int
    lifelines: tuple[tuple[int, str, str], ...]  # x, what it is, its number or line
    rungs: tuple[Rung, ...]


def ladder(call: Mapping[str, Any]) -> Drawing:
    """`call` as the gateway answers it: legs and events."""
    events = call["events"]
    legs = {leg["side"]: leg for leg in call["legs"]}
    a_leg, b_leg = legs.get("a", {}), legs.get("b", {})
    heads = (("handset", a_leg.get("number")), ("A-leg", a_leg.get("line")), ("box", ""), ("B-leg", b_leg.get("line")),
             ("destination", b_leg.get("number")))
    start = datetime.fromisoformat(events[0]["at"]) if events else None
    rungs = []
    for number, event in enumerate(events):
        assert start is not None
        after = (datetime.fromisoformat(event["at"]) - start).total_seconds()
        told, where = event["text"], event["room"]
        ends = next(((a, b) for room, words, a, b in ARROWS if room == where and re.search(words, told)), None)
        rungs.append(Rung(60 + number * ROW, f"{after:.2f}", told,
                          _x(ends[0]) if ends else None, _x(ends[1]) if ends else None))
    return Drawing(LEFT + 5 * COLUMN + 330, 80 + len(events) * ROW,
                   tuple((_x(n), name, what or "") for n, (name, what) in enumerate(heads)), tuple(rungs))


def _x(column: int) -> int:
    return LEFT + column * COLUMN + COLUMN // 4
