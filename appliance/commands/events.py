"""`ringback events` and `ringback ladder`: the story of the box and of one call."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from appliance.commands.backend import Backend
from appliance.commands.ladder import draw
from appliance.commands.printing import as_json, clock, printable


def events(options: Namespace, backend: Backend) -> int:
    rows = backend.ask("events", call=options.call or "", limit=options.limit)
    if options.json and not options.follow:
        print(as_json(rows))
        return 0
    for row in rows:
        _tell(row, options.json)
    if options.follow:
        for row in backend.follow(call=options.call or ""):
            _tell(row, options.json)
    return 0


def _tell(row: Mapping[str, Any], plain: bool) -> None:
    if plain:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        call = f"call {printable(row['call'])} " if row["call"] else ""
        print(f"{clock(row['at'])}  {call}{printable(row['room'])}: {printable(row['text'])}", flush=True)


def ladder(options: Namespace, backend: Backend) -> int:
    answer = backend.ask("call", call=options.call)
    print(as_json(answer) if options.json else draw(answer))
    return 0
