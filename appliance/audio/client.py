"""The seam between the gateway and the audio process: orders go down, events come up; no frame passes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from appliance.audio.frame import OCTETS_A_SECOND

CLIPPED = 20  # samples at full scale of those looked at, until it is told: a click is no distortion


@dataclass(frozen=True, slots=True)
class Tone:
    """A country's tone, played until stopped or for `seconds`. name: dial, ringback, busy, congestion, beep, error."""

    name: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A prompt: a message of the table in prompts.py, with values (`digits`, `amount`...), in a language ("de")."""

    message: str
    language: str
    values: tuple[tuple[str, str], ...] = ()


Sound = Tone | Say


@dataclass(frozen=True, slots=True)
class PortOpened:
    """The port is open, drained of stale audio, and moving frames."""

    port: str


@dataclass(frozen=True, slots=True)
class PortFailed:
    port: str
    why: str


@dataclass(frozen=True, slots=True)
class KeyHeard:
    """One DTMF key, in-band and modem report already merged: one key is one event."""

    port: str
    key: str


@dataclass(frozen=True, slots=True)
class Played:
    """What `play` with this token asked for is over: played to its end, or stopped by a key or an order."""

    port: str
    token: int
    finished: bool


@dataclass(frozen=True, slots=True)
class PortStatistics:
    """Sent on request. Octets at the port; frames concealed (gap), dropped (surplus), refused by the device; underruns:
    frames that would have come too late to be played. Levels are means of what was sounding; -99 when nothing did.
    Peaks and clipped samples (at full scale) are those of the frames that were looked at, one in sixteen."""

    port: str
    octets_in: int
    octets_out: int
    concealed: int
    dropped: int
    refused: int
    underruns: int
    level_in_dbm0: float
    level_out_dbm0: float
    peak_in_dbm0: float = -99.0
    peak_out_dbm0: float = -99.0
    clipped_in: int = 0
    clipped_out: int = 0
    now_in_dbm0: float = -99.0  # of the last frame that was looked at, for a meter
    now_out_dbm0: float = -99.0
    drift_ppm: int = 0  # how much faster the other leg's clock is, while that is being evened out

    @property
    def seconds(self) -> float:
        """How long the device gave audio, by its own clock."""
        return self.octets_in / OCTETS_A_SECOND

    def __str__(self) -> str:
        lost = {"gaps concealed": self.concealed, "surplus dropped": self.dropped, "refused": self.refused,
                "too late": self.underruns}
        told = [f"{count} frames {what}" for what, count in lost.items() if count] or ["no frame lost"]
        told += [f"clipped {way}, lower gain_{way} of this line" for way, count in
                 (("in", self.clipped_in), ("out", self.clipped_out)) if count > CLIPPED]
        told += [f"clocks {self.drift_ppm:+d} ppm apart, evened out"] if self.drift_ppm else []
        return (f"{self.seconds:.1f} s of audio, in {self.level_in_dbm0:.0f} dBm0 (peak {self.peak_in_dbm0:.0f}), "
                f"out {self.level_out_dbm0:.0f} dBm0 (peak {self.peak_out_dbm0:.0f}), " + ", ".join(told))


@dataclass(frozen=True, slots=True)
class PortClosed:
    """The port was open and is closed, on request or because it failed: the last that is heard of it."""

    port: str
    statistics: PortStatistics


class Silent(StrEnum):
    """How a port is silent. See watch.py for what counts, and from when."""

    GIVES_NOTHING = "gives no audio"
    TAKES_NOTHING = "takes no audio"
    FLAT = "gives digital silence"  # a hint: nobody may be speaking


@dataclass(frozen=True, slots=True)
class PortSilent:
    """A port's audio seems dead for so many seconds; told again while it stays so, a hint only once."""

    port: str
    what: Silent
    seconds: int


@dataclass(frozen=True, slots=True)
class PortAlive:
    """The first octets of a port came; or it is well again after PortSilent."""

    port: str


@dataclass(frozen=True, slots=True)
class PortHeard:
    """The first sound of a port that is neither digital silence nor a network's tone: somebody is there."""

    port: str


@dataclass(frozen=True, slots=True)
class Pong:
    """The audio process lives: its answer to a ping."""


@dataclass(frozen=True, slots=True)
class EngineLost:
    """The audio process died; it is being started again. Every port is gone."""

    why: str


AudioEvent = (
    PortOpened | PortFailed | KeyHeard | Played | PortStatistics | PortClosed | PortSilent | PortAlive | PortHeard
    | Pong | EngineLost
)
AudioSink = Callable[[AudioEvent], None]


class Treatment(NamedTuple):
    """What is done to a leg's voice: gains in dB, both ways; whether the echo of its far side is cancelled."""

    gain_in: int = 0
    gain_out: int = 0
    echo_canceller: bool = False


PLAIN = Treatment()


class Audio(Protocol):
    """Orders to the audio process. None blocks or raises for trouble: trouble comes back as an event."""

    async def run(self) -> None:
        """Starts the process, restarts it when it dies; cancel to stop."""

    def subscribe(self, sink: AudioSink) -> None:
        """Adds a listener; every listener hears every event, in order."""

    def unsubscribe(self, sink: AudioSink) -> None:
        """Takes a listener away."""

    def open(
        self, port: str, source: str, gain_in: int = 0, gain_out: int = 0, echo_canceller: bool = False
    ) -> None:
        """Opens `source` (a device path, or socket:PATH) as `port`, drops what is stale. The rest as Treatment."""

    def reopen(self, port: str) -> None:
        """Opens the port's device anew; what plays and whom it is joined with stays. PortOpened or PortFailed."""

    def close(self, port: str) -> None: ...

    def play(self, port: str, sounds: Sequence[Sound], token: int, *, barge_in: bool = True) -> None:
        """Plays sounds one after another, replacing what plays; a key stops it when `barge_in`. Played follows."""

    def stop(self, port: str) -> None:
        """Stops what plays; Played(finished=False) follows if anything did."""

    def bridge(self, port: str, other: str, digits: str = "pass") -> None:
        """Joins two ports: what is read from one is written to the other at once. DTMF is still heard. `digits`: how
        keys of `port` reach `other`, see keyway.py."""

    def unbridge(self, port: str) -> None: ...

    def hold(self, port: str, held: bool) -> None:
        """Whether the modem wants no audio for now. What comes for it meanwhile is dropped, a prompt waits; one that
        never wants any again is told as PortSilent, and has it again when it is opened anew."""

    def keys_in_band(self, port: str, keys: str) -> None:
        """From now on keys of `port` reach who it is joined with as clean tones; these first."""

    def key_reported(self, port: str, key: str) -> None:
        """A modem's own DTMF report, to be merged with what is heard in-band."""

    def statistics(self, port: str) -> None:
        """Asks for PortStatistics."""
