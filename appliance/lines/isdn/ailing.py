"""What is done when a leg's B channel falls silent: its socket is opened anew a few times, then the leg is given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.audio.client import Audio, PortAlive, PortSilent, Silent
from appliance.lines.line import Sink, VoiceLost, VoiceNote

MENDS = 3  # times in a leg, for each kind of silence
REMEDY = "see that the cable is in; unplug the card and plug it in again"


@dataclass
class Ailing:
    """One leg's. `told` gets what is wrong with the line's audio, with its remedy; "" when it is well."""

    leg: str
    audio: Audio
    sink: Sink
    told: Callable[[str], None]
    _mends: Counter[Silent] = field(default_factory=Counter)
    _mending: bool = False

    def alive(self, _: PortAlive) -> None:
        if self._mending:
            self.sink(VoiceNote(self.leg, "its B channel runs again"))
        self._mending = False
        self.told("")

    def silent(self, event: PortSilent) -> None:
        """Digital silence is no fault: many exchanges send it while nobody speaks. It is only noted."""
        why = f"the B channel {event.what}"
        if event.what is Silent.FLAT:
            return self.sink(VoiceNote(self.leg, f"{why} for {event.seconds} s"))
        self.told(f"{why} in a call; {REMEDY}")
        if self._mends[event.what] >= MENDS:
            return self.sink(VoiceLost(self.leg, f"{why}, and opening it anew did not help; {REMEDY}"))
        self._mends[event.what] += 1
        self._mending = True
        self.sink(VoiceNote(self.leg, f"{why} for {event.seconds} s; it is opened anew "
                                      f"({self._mends[event.what]} of {MENDS})"))
        return self.audio.reopen(event.port)
