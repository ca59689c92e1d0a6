"""Figure of hearing keys where nobody keys: the same detector and configuration as for what is heard where one does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.key_figures import missing, on_every_core
from tests.bench.keyed import AIRS
from tests.bench.talk import Heard, listen, pieces

FALSE_IN_10_H = 5


async def keys_where_nobody_keys(_: Path, rounds: int) -> list[Figure]:
    without = missing()
    heard = on_every_core(listen, pieces(rounds, [air for air in AIRS if air not in without]))
    hours = sum(one.seconds for one in heard) / 3600
    false = sum(len(one.keys) for one in heard)
    material = ", ".join(f"{kind} {_hours(heard, kind):.1f} h" for kind in ("speech", "prompts", "music"))
    return [Figure(f"false keys in {hours:.1f} h ({material})", f"<= {FALSE_IN_10_H} in 10 h",
                   f"{false}{_where(heard)}", false * 10 <= FALSE_IN_10_H * hours, "see which voices", "0-1 in 10 h")]


def _hours(heard: Sequence[Heard], kind: str) -> float:
    return sum(one.seconds for one in heard if one.piece.kind == kind) / 3600


def _where(heard: Sequence[Heard]) -> str:
    told = [f"{one.keys} in {one.piece.what or one.piece.kind}, {one.piece.air}" for one in heard if one.keys]
    return f" ({'; '.join(told)})" if told else ""
