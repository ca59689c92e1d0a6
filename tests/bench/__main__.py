"""`python -m tests.bench`: what the box promises, measured on this machine. `--quick` for a look, `--only WORD`.

Real processes, real ptys, a journal on the disk of this folder's file system. Modems are simulated in processes of
their own. A missed figure is told with its reason; the exit status is 0, because another machine may make it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path

from tests.bench.box_figures import ready_from_start, soaked
from tests.bench.child import ROOT
from tests.bench.clock_figures import HOUR_S, drifted, stalled
from tests.bench.echo_figures import echo_cancelled
from tests.bench.figure import Figure, machine, table
from tests.bench.isdn_figures import call_set_up, modem_and_card, thirty_on_a_primary_rate
from tests.bench.key_figures import keys_through_the_air
from tests.bench.line_figures import hash_to_dial, modems_ready, ring_to_dial
from tests.bench.talk_figures import keys_where_nobody_keys
from tests.bench.voice_figures import key_heard, one_call, thirty_calls
from tests.bench.web_figures import CALLS, web

BUILD = ROOT / "build"  # git ignores it
Measure = Callable[[Path], Coroutine[None, None, list[Figure]]]


def measures(quick: bool) -> dict[str, Measure]:
    return {
        "voice": lambda folder: one_call(folder, 3 if quick else 20),
        "calls": lambda folder: thirty_calls(folder, 4 if quick else 20),
        "stall": lambda folder: stalled(folder, 1 if quick else 5),
        "drift": lambda folder: drifted(folder, 120.0 if quick else HOUR_S),
        "keys": lambda folder: key_heard(folder, 10 if quick else 60),
        "dtmf": lambda folder: keys_through_the_air(folder, 5 if quick else 100),
        "talk": lambda folder: keys_where_nobody_keys(folder, 0 if quick else 2),
        "pri": lambda folder: thirty_on_a_primary_rate(folder, 3 if quick else 60),
        "setup": lambda folder: call_set_up(folder, 20 if quick else 500),
        "gsm-isdn": lambda folder: modem_and_card(folder, 3 if quick else 20),
        "echo": lambda folder: echo_cancelled(folder, 3 if quick else 10),
        "dial": lambda folder: ring_to_dial(folder, 5 if quick else 40),
        "hash": lambda folder: hash_to_dial(folder, 3 if quick else 20),
        "web": lambda folder: web(folder, 2000 if quick else CALLS, 5 if quick else 40, 3 if quick else 20),
        "ready": lambda folder: modems_ready(folder, 2 if quick else 10),
        "start": lambda folder: ready_from_start(folder, 2 if quick else 10),
        "soak": lambda folder: soaked(folder, 200 if quick else 1000),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="a few repetitions: a look, no measurement")
    parser.add_argument("--only", choices=list(measures(True)), help="one group of figures")
    options = parser.parse_args()
    print(machine(), flush=True)
    figures: list[Figure] = []
    for name, measure in measures(options.quick).items():
        if options.only in (None, name):
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            BUILD.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=BUILD, prefix="bench-") as folder:
                figures += asyncio.run(measure(Path(folder)))
    print(table(figures), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
