"""The story of a call, line by line: kept in the journal, told to whoever follows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from appliance.store.journal import Journal
from appliance.switchboard.active import ActiveCall
from appliance.vocabulary.clock import Clock

log = logging.getLogger("ringback")


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the story; `call` is "" for what concerns the box, `room` says whose line it is."""

    at: datetime
    call: str
    room: str
    text: str


class Story:
    """Writes down and tells on; a follower that fails is dropped, the call goes on."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._followers: list[Callable[[StoryLine], None]] = []

    def follow(self, follower: Callable[[StoryLine], None]) -> Callable[[], None]:
        """Adds a follower; the returned function removes it."""
        self._followers.append(follower)
        return lambda: self._followers.remove(follower) if follower in self._followers else None

    def note(self, call: ActiveCall, text: str, room: str = "call") -> None:
        self._tell(StoryLine(self._clock.now(), call.call, room, text))

    def leg(self, leg: str, text: str) -> None:
        """About a leg by its id, `CALL-a1`; its call may be over by now."""
        call, _, side = leg.rpartition("-")
        self._tell(StoryLine(self._clock.now(), call, f"{side[:1]}-leg", text))

    def about(self, call: str, text: str, room: str) -> None:
        """About a call by its id, which may be over by now; or, with "", about the box."""
        self._tell(StoryLine(self._clock.now(), call, room, text))

    def box(self, text: str, room: str = "box") -> None:
        self._tell(StoryLine(self._clock.now(), "", room, text))

    def _tell(self, line: StoryLine) -> None:
        log.info("%s%s: %s", f"call {line.call} " if line.call else "", line.room, line.text)
        self._journal.happenings.event(line.at, line.room, line.text, line.call or None)
        for follower in list(self._followers):
            try:
                follower(line)
            except Exception:
                log.exception("a follower of the story failed and is dropped")
                self._followers.remove(follower)
