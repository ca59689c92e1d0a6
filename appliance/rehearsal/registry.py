"""Steps: each is a pattern of words, what it does, and an example for whoever mistypes it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from appliance.lab.ailing import Ailment
from appliance.lab.handset import Handset, LabTimeout, Manner
from appliance.rehearsal.world import World

PATIENCE_S = 300.0  # s a step waits for what must come; nothing in a call takes longer
REACTION_S = 0.5  # s from what somebody hears to his key
SURE = 0.6  # correlation of loudness from which on a voice was heard
MANNERS = {"is busy": Manner.BUSY, "does not answer": Manner.IGNORE, "rejects calls": Manner.REJECT,
           "has a voicemail": Manner.VOICEMAIL, "answers by hand": Manner.BY_HAND}


class StepFailed(Exception):
    """What the step says did not happen."""


@dataclass(frozen=True, slots=True)
class Step:
    """`pattern` with {line}, {who}, {number}...: see WORDS."""

    example: str
    pattern: re.Pattern[str]
    do: Callable[..., Awaitable[None]]


WORDS = {"who": r"(?P<who>[A-Z][a-z]+)", "other": r"(?P<other>[A-Z][a-z]+)", "line": r"(?P<line>[a-z]+[0-9]+)",
         "number": r"(?P<number>\+?[0-9]+)", "seconds": r"(?P<seconds>[0-9.]+)", "keys": r"(?P<keys>[0-9*#ABCD]+)",
         "text": r"(?P<text>.+)", "code": r"(?P<code>[0-9*#]+)", "side": r"(?P<side>[AB])",
         "count": r"(?P<count>[0-9]+)", "words": r"(?P<words>[^\"]*)", "sender": r"(?P<sender>\S+)",
         "place": r"(?P<place>[a-z]+)",
         "manner": f"(?P<manner>{'|'.join(MANNERS)})", "unit": r"(?P<unit>s|minutes?)",
         "amount": r"(?P<amount>[0-9.]+ [A-Z]{3}|nothing)", "hidden": r"(?P<hidden> without showing the number)?"}
WORDS |= {"ailment": f"(?P<ailment>{'|'.join(Ailment)})",
          "cure": r"(?P<cure> until it is started anew(?: [0-9]+ times)?)?"}
STEPS: list[Step] = []


def step(words: str, example: str) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Declares a step."""
    pattern = re.compile(re.sub(r"\{([a-z]+)\}", lambda found: WORDS[found[1]], words))

    def declared(do: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        STEPS.append(Step(example, pattern, do))
        return do

    return declared


class Play:
    """What the steps act on: the world, and how far the story was read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read = 0
        self.said: dict[str, bytes] = {}
        self.texts_read: dict[str, int] = {}

    def phone(self, name: str) -> Handset:
        try:
            return self.world.phones[name]
        except KeyError:
            raise StepFailed(f"nobody is called {name}; there are {', '.join(self.world.phones)}") from None

    def line_number(self, name: str) -> str:
        numbers = {line.name: str(line.number) for line in self.world.settings.lines if line.enabled}
        if name not in numbers:
            raise StepFailed(f"there is no line {name}; there are {', '.join(numbers)}")
        return numbers[name]

    async def told(self, text: str, seconds: float = PATIENCE_S) -> None:
        """Waits for a line of the story that holds the text, after the last that was waited for."""
        story = self.world.story
        end = self.world.clock.monotonic() + seconds
        while True:
            for at in range(self.read, len(story)):
                if text in story[at].text:
                    self.read = at + 1
                    return
            if self.world.clock.monotonic() >= end:
                raise StepFailed(f"within {seconds:g} s the box did not say {text!r}")
            await asyncio.sleep(0.02)


async def perform(stage: Play, words: str) -> None:
    """Does one step. StepFailed says what did not happen, or which words were not understood."""
    for known in STEPS:
        if match := known.pattern.fullmatch(words):
            try:
                return await known.do(stage, **match.groupdict())
            except (LabTimeout, ValueError) as error:
                raise StepFailed(str(error)) from error
    raise StepFailed(f"these words are not understood; {suggestion(words, (known.example for known in STEPS))}")


def suggestion(words: str, examples: Iterable[str]) -> str:
    near = get_close_matches(words, list(examples), n=1, cutoff=0.3)
    return f"did you mean: {near[0]}" if near else "the steps are listed by: ringback lab steps"
