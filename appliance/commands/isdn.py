"""`ringback isdn`: what goes over the D channel of an ISDN line, live."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from itertools import islice
from typing import Any

from appliance.commands.backend import Backend
from appliance.commands.printing import printable

SIDE = 21  # columns of a message's name between the two sides
VERBS = """ringback isdn trace LINE [--raw] [--count N]
  what the box and the exchange say to each other (Q.931), until Ctrl-C or for N messages; with --raw the frames of
  layer 2 as well (Q.921), and all octets

ISDN lines are listed by: ringback lines"""


def isdn(options: Namespace, backend: Backend) -> int:
    if options.verb != "trace":
        print(VERBS)
        return 0
    if not options.json:
        print(f"{'':12}  {'box':<{SIDE + 6}}exchange", flush=True)
    for row in islice(backend.trace(line=options.line, raw=options.raw), options.count):
        print(json.dumps(row, ensure_ascii=False) if options.json else drawn(row, octets=options.raw), flush=True)
    return 0


def drawn(row: Mapping[str, Any], *, octets: bool) -> str:
    """One rung of the ladder: time, arrow, name, call reference; below it what the message says."""
    name = f" {printable(row['name'])} "
    arrow = f"|-{name:-<{SIDE}}->|" if row["sent"] else f"|<-{name:-<{SIDE}}-|"
    details = [printable(detail) for detail in row["details"]]
    beside = ", ".join(details) if row["layer"] == 2 else printable(row["reference"])
    below = [*(details if row["layer"] == 3 else ()), *([row["frame"]] if octets else ())]
    rung = f"{row['at'][11:23]}  {arrow}  {beside}".rstrip()
    return rung + "".join(f"\n{'':14}|{'':{SIDE + 3}}|  {each}" for each in below)
