"""Sentences of the gateway with values in them, in another language: a catalogue's entries with {} for each value.

`{} is out of range; write {} to {} ({})` -> `{} passt nicht; {} bis {} schreiben ({})`. Where the order of the values
differs, the translation numbers them by letters: {a} is the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LONGEST = 1000  # characters of a sentence that is looked at
DEEPEST = 5  # values within values
MOST = 8  # seams in one sentence; with more it was made to be slow
SLOT = re.compile(r"\{([a-z]?)\}")
SEAMS = ("; ", ": ")  # where the gateway joins sentences


@dataclass(frozen=True, slots=True)
class Pattern:
    """`pieces`: the text between the values."""

    pieces: tuple[str, ...]
    translation: str

    def values(self, text: str) -> list[str] | None:
        """The values, each as short as can be, or None when the text is another. Never looks back: a text made to be
        slow is not."""
        first, *middle, last = self.pieces
        if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
            return None
        found, at, end = [], len(first), len(text) - len(last)
        for piece in middle:
            here = text.find(piece, at, end)
            if here < 0:
                return None
            found.append(text[at:here])
            at = here + len(piece)
        return [*found, text[at:end]]

    def filled(self, values: list[str]) -> str:
        left = iter(values)
        return SLOT.sub(lambda slot: values[ord(slot[1]) - ord("a")] if slot[1] else next(left), self.translation)


class Patterns:
    """`exact` translates a text that has no values, or gives it back as it is."""

    def __init__(self, catalogue: Mapping[str, str], exact: Callable[[str], str]) -> None:
        found = (Pattern(tuple(key.split("{}")), value) for key, value in catalogue.items() if "{}" in key)
        self._patterns = sorted(found, key=lambda pattern: -sum(map(len, pattern.pieces)))
        self._exact = exact

    def __call__(self, text: str) -> str:
        seams = sum(map(text.count, SEAMS))
        return self._of(text, 0) if len(text) <= LONGEST and seams <= MOST else self._exact(text)

    def _of(self, text: str, depth: int) -> str:
        if not text or depth > DEEPEST:
            return text
        if (exact := self._exact(text)) != text:
            return exact
        for pattern in self._patterns:
            if (values := pattern.values(text)) is not None:
                return pattern.filled([self._of(value, depth + 1) for value in values])
        for seam in SEAMS:
            before, _, after = text.partition(seam)
            if after:
                return f"{self._of(before, depth + 1)}{seam}{self._of(after, depth + 1)}"
        return text
