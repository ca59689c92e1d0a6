"""`ringback lab play FILE...` and `ringback lab steps`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from appliance.rehearsal.player import play_file
from appliance.rehearsal.script import ScriptError
from appliance.rehearsal.steps import STEPS


def play(options: Namespace) -> int:
    """0 when every file went as written. With one file its story is told."""
    if not options.words:
        print("ringback: name a scenario file, such as tests/scenarios/files/first-call.scenario", file=sys.stderr)
        return 2
    return max([_play(Path(word), tell=len(options.words) == 1) for word in options.words])


def _play(path: Path, *, tell: bool) -> int:
    try:
        outcome = play_file(path)
    except (ScriptError, OSError, UnicodeDecodeError) as error:
        print(f"ringback: {path}: cannot be played: {error}", file=sys.stderr)
        return 1
    if tell or outcome.failure:
        print(outcome.story)
    if outcome.failure:
        print(f"ringback: {outcome.failure}", file=sys.stderr)
        return 1
    print(f"{path.name}: {outcome.script.title} Went as written, {outcome.seconds:.0f} s of the story's time.")
    return 0


def steps(options: Namespace) -> int:
    for known in STEPS:
        print(known.example)
    return 0


REHEARSAL: Mapping[str, Callable[[Namespace], int]] = {"play": play, "steps": steps}
