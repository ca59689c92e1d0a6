"""The audio of one leg: started as the family wants it, opened, and mended when it falls silent."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Protocol

from appliance.audio.client import PLAIN, Audio, AudioEvent, PortAlive, PortFailed, PortSilent, Silent, Treatment
from appliance.lines.gsm.at import AtEngine
from appliance.lines.gsm.dialects import Dialect

AUDIO_S = 12.0  # s from the answer to the first octets of voice
START_S, RESYNC_S = 2.5, 0.6  # s for its commands, and for each question then: a modem that hangs is dead within 5
AUDIO_AGAIN_S = 0.4  # s after which a modem that refused to start its audio is asked again
MENDS = {Silent.GIVES_NOTHING: 3, Silent.TAKES_NOTHING: 3, Silent.FLAT: 1}  # times in a leg
CARD = "alsa:"  # a source that is a sound card

WRONG_PORT = "see that `audio` of this line is the PCM port of this modem, and that its voice is unlocked; "
REPLUG = "unplug the modem and plug it in again"
ADVICE = {Silent.GIVES_NOTHING: WRONG_PORT + REPLUG, Silent.TAKES_NOTHING: REPLUG,
          Silent.FLAT: "nobody spoke, or the modem's audio is dead: listen to a call over this line"}


class Owner(Protocol):
    """The leg, as its voice needs it."""

    @property
    def wants_voice(self) -> bool:
        """Answered by the network, and nobody hangs up."""

    def voice_runs(self) -> None:
        """The first octets came."""

    def voice_failed(self, why: str) -> None:
        """There is none, or it is gone for good. Before voice_runs and after it."""

    def voice_note(self, text: str) -> None:
        """For the call's story."""

    def voice_health(self, ailment: str) -> None:
        """What is wrong with the line's audio, with its remedy; "" when it is well."""


class Voice:
    """Runs while the leg wants it. `ready` when octets came."""

    def __init__(self, owner: Owner, port: str, engine: AtEngine, dialect: Dialect, audio: Audio, source: str,
                 treatment: Treatment = PLAIN) -> None:
        self._owner, self._port, self._engine, self._dialect = owner, port, engine, dialect
        self._audio, self._source, self._treatment = audio, source, treatment
        card = source.startswith(CARD)
        self._start = dialect.card_start if card else dialect.audio_start
        self._stop = dialect.card_stop if card else dialect.audio_stop
        self._check = ("", "") if card else dialect.audio_check
        self._loop = asyncio.get_running_loop()
        self._guard: asyncio.TimerHandle | None = None
        self._mends: Counter[Silent] = Counter()
        self._mending = self._opened = False
        self._why = "no voice: the audio port did not open in time"
        self.ready = False

    def dialled(self) -> None:
        """ATD or ATA was accepted: some families want their start command now."""
        if self._dialect.audio_at_dial and self._start:
            self._engine.submit(self._start, timeout=START_S, resync_s=RESYNC_S)

    def begin(self) -> None:
        """The far side answered."""
        self._guard = self._loop.call_later(AUDIO_S, lambda: self._owner.voice_failed(self._why))
        if not self._start or self._dialect.audio_at_dial:
            return self._open()
        return self._ask()

    def end(self) -> None:
        if self._guard:
            self._guard.cancel()

    def stop(self) -> None:
        """The leg was up and is gone."""
        self._audio.close(self._port)
        if self._stop:
            self._engine.submit(self._stop)

    def _ask(self) -> None:
        if self._owner.wants_voice:
            asked = self._engine.submit(self._start, urgent=True, timeout=START_S, resync_s=RESYNC_S)
            asked.add_done_callback(lambda done: self._started(done.result().ok))

    def _started(self, accepted: bool) -> None:
        """Some families refuse it for a while after the answer (SIM7600: up to several seconds)."""
        question, answer = self._check
        if not self._owner.wants_voice:
            return None
        if not accepted:
            return self._refused()
        if not question:
            return self._open()
        asked = self._engine.submit(question, expect=answer.partition(":")[0] + ":", urgent=True, timeout=START_S,
                                    resync_s=RESYNC_S)
        return asked.add_done_callback(lambda done: self._checked(bool(done.result().info(answer))))

    def _checked(self, runs: bool) -> None:
        if self._owner.wants_voice:
            self._open() if runs else self._refused()

    def _refused(self) -> None:
        """Once voices ran it may mean that they still do: the port is opened anew all the same."""
        if self.ready:
            return self._open()
        self._loop.call_later(AUDIO_AGAIN_S, self._ask)
        return None

    def _open(self) -> None:
        if self._opened:
            return self._audio.reopen(self._port)
        self._opened = True
        for command in self._dialect.in_call:
            self._engine.submit(command)
        return self._audio.open(self._port, self._source, *self._treatment)

    def hold(self, held: bool) -> None:
        """Whether the modem wants no voice for now. It may say so long before its port is open."""
        self._audio.hold(self._port, held)

    def heard(self, event: AudioEvent) -> None:
        """What the audio process says of this leg's port."""
        if getattr(event, "port", "") != self._port or not self._owner.wants_voice:
            return
        if isinstance(event, PortAlive):
            self._alive()
        elif isinstance(event, PortSilent):
            self._silent(event)
        elif isinstance(event, PortFailed) and not self.ready:
            self._owner.voice_failed(event.why)

    def _alive(self) -> None:
        if self._mending:
            self._owner.voice_note("the modem's audio runs again")
        self._mending = False
        self._owner.voice_health("")
        if not self.ready:
            self.ready = True
            self.end()
            self._owner.voice_runs()

    def _silent(self, event: PortSilent) -> None:
        """Started anew, a few times. What that does not cure costs money and carries nothing: the leg ends."""
        why, remedy, limit = f"the modem {event.what}", ADVICE[event.what], MENDS[event.what]
        self._why = f"no voice: {why}; {remedy}"
        if event.what is not Silent.FLAT:
            self._owner.voice_health(f"{why} in a call; {remedy}")
        if self._mends[event.what] >= limit:
            if not self.ready:
                return None  # the guard ends it: perhaps the modem only says that somebody answered
            return self._owner.voice_failed(f"{why}, and starting it anew did not help; {remedy}")
        self._mends[event.what] += 1
        self._mending = True
        tries = f" ({self._mends[event.what]} of {limit})" if limit > 1 else ", in case that it is dead"
        self._owner.voice_note(f"{why} for {event.seconds} s; its audio is started anew{tries}")
        if not self._start:
            return self._open()
        if not self._stop:
            return self._ask()
        stopped = self._engine.submit(self._stop, urgent=True)
        return stopped.add_done_callback(lambda _: self._ask())  # urgent ones overtake each other
