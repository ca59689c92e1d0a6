"""Long messages, put together from parts that come in any order, twice, or never."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from appliance.vocabulary.text import mended

GIVE_UP = timedelta(hours=1)  # since the last part came: then the message is shown as it is
LATE = timedelta(days=1)  # a part that comes within this time is put in all the same; later, its reference is another's
MISSING = "[...]"


def joined(parts: Mapping[int, str], total: int) -> str:
    """The text, with a mark for what is missing. An emoji that was cut in two becomes whole."""
    pieces: list[str] = []
    for number in range(1, total + 1):
        if number in parts:
            pieces.append(parts[number])
        elif pieces[-1:] != [MISSING]:
            pieces.append(MISSING)
    return mended("".join(pieces))
