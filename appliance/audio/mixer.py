"""The mixer: moves frames between ports. No I/O, no timers; the modem that reads is the clock of what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from appliance.audio.balance import Balance
from appliance.audio.client import AudioEvent, KeyHeard, Played, PortAlive, PortClosed, PortHeard, PortStatistics
from appliance.audio.drift import RESERVE, Evener, MakeResampler, Pace, Reserve
from appliance.audio.dtmf import KeyDetector, KeyMerger
from appliance.audio.echo import EchoCanceller
from appliance.audio.frame import FRAME_MS, FRAME_OCTETS, SILENCE, FrameCutter, Loudness, power, samples
from appliance.audio.gain import Amplify, gain
from appliance.audio.keyecho import KEYER_MS, OTHER_MS, Echoes
from appliance.audio.keyway import PASS, KeyWay, key_way, sounds_in
from appliance.audio.plc import Concealer
from appliance.audio.presence import somebody
from appliance.audio.shortcut import Shortcut, can_join
from appliance.audio.sounds import Playable
from appliance.audio.watch import Counts, Watch

AT_ONCE_S = 0.002  # s between two reads of what came together
EVERY = 16  # frames between two looks at the levels

Write = Callable[[bytes], int]
Frames = Callable[[Sequence[Playable]], Iterator[bytes]]


@dataclass(slots=True)
class Port:
    """One leg's audio."""

    name: str
    write: Write
    detector: KeyDetector
    watch: Watch
    gain_in: Amplify | None = None
    gain_out: Amplify | None = None
    echo: EchoCanceller | None = None
    way: KeyWay | None = None  # of its keys to the peer
    shortcut: Shortcut | None = None  # at a card that can join it with another leg
    direct: bool = False  # it hears the peer past us
    held: bool = False  # its modem wants nothing for now
    evener: Evener = field(default_factory=lambda: Evener(None))  # of what is passed on to it
    pace: Pace = field(default_factory=Pace)
    reserve: Reserve = field(default_factory=Reserve)
    echoes: Echoes = field(default_factory=Echoes)
    cutter: FrameCutter = field(default_factory=FrameCutter)
    merger: KeyMerger = field(default_factory=KeyMerger)
    concealer: Concealer = field(default_factory=Concealer)
    balance: Balance = field(default_factory=Balance)
    loud_in: Loudness = field(default_factory=Loudness)
    loud_out: Loudness = field(default_factory=Loudness)
    peer: Port | None = None
    playing: Iterator[bytes] | None = None
    token: int = 0
    barge_in: bool = True
    octets_in: int = 0
    octets_out: int = 0
    concealed: int = 0
    dropped: int = 0
    refused: int = 0
    unlooked: int = EVERY
    heard: bool = False  # somebody is there
    last_in: bytes = SILENCE
    listened: bytes = SILENCE  # to, for keys
    last_out: bytes = SILENCE

    def put(self, frame: bytes) -> bool:
        """Gives the modem a frame. False when its device takes no more now, or its modem wants none."""
        if self.held:
            self.refused += 1
            return False
        if self.gain_out is not None:
            frame = self.gain_out(frame)
        if not self.write(frame):
            self.refused += 1
            self.balance.full()
            return False
        self.octets_out += len(frame)
        self.balance.ahead += len(frame)
        self.balance.queued += len(frame)
        self.last_out = frame
        if self.echo is not None:
            self.echo.sent(frame)
        return True

    def look(self, frame: bytes) -> None:
        """At the levels, every now and then."""
        self.unlooked = EVERY
        self.loud_in.add(frame)
        self.loud_out.add(self.last_out)

    def counts(self) -> Counts:
        return Counts(self.octets_in, self.octets_out, self.refused, self.last_in)

    def statistics(self) -> PortStatistics:
        return PortStatistics(
            self.name, self.octets_in, self.octets_out, self.concealed, self.dropped, self.refused,
            self.balance.underruns // FRAME_OCTETS, self.loud_in.dbm0, self.loud_out.dbm0,
            self.loud_in.peak_dbm0, self.loud_out.peak_dbm0, self.loud_in.clipped, self.loud_out.clipped,
            self.loud_in.now_dbm0, self.loud_out.now_dbm0,
            round(self.evener.drift_ppm) if self.evener.engaged else 0)


class Mixer:
    """All ports of the box. `received` is the only thing that makes frames move."""

    def __init__(
        self, emit: Callable[[AudioEvent], None], detector: Callable[[], KeyDetector], frames: Frames,
        clock: Callable[[], float] = lambda: 0.0, resampler: MakeResampler | None = None,
    ) -> None:
        """`clock`: s, monotonic; by it the clocks of two devices are compared. `resampler`: evens them out."""
        self._emit, self._detector, self._frames = emit, detector, frames
        self._clock, self._resampler = clock, resampler
        self._now = 0.0  # s, of the octets that are looked at
        self._ports: dict[str, Port] = {}

    def attach(
        self, name: str, write: Write, gain_in: int = 0, gain_out: int = 0, shortcut: Shortcut | None = None,
        echo: EchoCanceller | None = None,
    ) -> None:
        """A port that is open. `write` takes a frame whole and returns its octets, or 0 when it cannot."""
        self._ports[name] = Port(name, write, self._detector(), Watch(name), gain(gain_in), gain(gain_out),
                                 shortcut=shortcut, echo=echo, evener=Evener(self._resampler))

    def rewire(self, name: str, write: Write, shortcut: Shortcut | None = None) -> None:
        """The port's device was opened anew. A silent frame goes first: some modems give only who is given."""
        if port := self._ports.get(name):
            port.write, port.cutter, port.balance = write, FrameCutter(), Balance()
            port.shortcut, port.direct, port.held = shortcut, False, False
            port.pace, port.reserve = Pace(), Reserve()
            port.watch.anew()
            port.put(SILENCE)
            self._shorten(port)

    def detach(self, name: str) -> None:
        self.unbridge(name)
        if port := self._ports.pop(name, None):
            self._stop(port, finished=False)
            self._emit(PortClosed(name, port.statistics()))

    def received(self, name: str, data: bytes) -> None:
        """Octets from the modem: pass on, listen for keys, and give it as much as it gave."""
        port = self._ports.get(name)
        if port is None:
            return
        self._now = now = self._clock()
        at_once = 0 < now < port.pace.last + AT_ONCE_S  # after a stall: it has played nothing in between
        if port.balance.lacking and port.peer is not None and port.playing is None and not at_once:
            self._conceal(port)
        octets = len(data)
        if not port.octets_in:
            port.watch.ill = False
            self._emit(PortAlive(name))
        port.octets_in += octets
        port.balance.took(octets)
        if port.pace.gave(octets, now) and port.peer is not None:
            port.evener.look(port.peer.pace, port.pace, port.peer.last_in)
        for frame in port.cutter.feed(data):
            self._frame(port, frame)
        if port.peer is None:
            self._keep_alive(port)

    def _frame(self, port: Port, frame: bytes) -> None:
        port.last_in = frame
        if port.echo is not None:
            frame = port.echo.clean(frame)
        if port.gain_in is not None:
            frame = port.gain_in(frame)
        port.unlooked -= 1
        if not port.unlooked:
            port.look(frame)
            if not port.heard and somebody(frame):
                port.heard = True
                self._emit(PortHeard(port.name))
        if keys := port.detector.feed(frame):
            for key in keys:
                self._key(port, key, "in-band", max(power(samples(part)) for part in (port.listened, frame)))
        port.listened = frame
        if port.peer is not None:
            if port.way is None:
                self._pass_on(port.peer, frame)
            else:
                self._pass_keys(port.peer, port.way, frame)
        if port.playing is not None:
            self._play_on(port, port.playing)

    def _pass_keys(self, port: Port, way: KeyWay, frame: bytes) -> None:
        for passed in way.frames(frame):
            self._pass_on(port, passed, whole=way.sounds)
        if port.shortcut and way.idle is not port.direct:
            self._shorten(port)

    def _pass_on(self, port: Port, frame: bytes, *, whole: bool = False) -> None:
        """Written on arrival, unless a prompt plays or the modem holds more than it can need."""
        wanted = port.balance.offered()
        port.concealer.good(frame)
        if port.playing is not None:
            return
        if wanted:
            self._give(port, frame, whole)
        else:
            port.dropped += port.balance.began  # before, nobody is there to miss it

    def _give(self, port: Port, frame: bytes, whole: bool) -> None:
        """Less a frame after somebody's stall, and at the device's own pace where it has one. `whole`: not now."""
        if not port.pace.known:
            port.reserve.begin()
            port.put(frame)
            return
        evener, balance = port.evener, port.balance
        level = self._level(port)
        talking = balance.began and port.reserve.begun
        if not whole and port.reserve.surplus(level, RESERVE if evener.engaged else None):
            port.dropped += talking
            balance.ahead += FRAME_OCTETS  # it holds as much: nothing is lacking
        else:
            port.put(evener.feed(frame, level))

    def _level(self, port: Port) -> float:
        return port.reserve.level(port.octets_out, port.pace, self._now, port.balance.queued)

    def _conceal(self, port: Port) -> None:
        """Fills what was missing before the modem gave again: what waits to be read from the peer is not missing."""
        if port.pace.known:
            self._level(port)  # what it played as nothing is gone; counted later, it would be missing for ever
        gap = port.peer is not None and port.peer.balance.began  # else the peer has not begun
        while port.balance.lacking and port.put(port.concealer.conceal()):
            port.concealed += gap

    @staticmethod
    def _keep_alive(port: Port) -> None:
        """Silence for a modem that nobody speaks to. What it holds too much of drains meanwhile."""
        port.balance.offered()
        while port.playing is None and port.balance.ahead <= -FRAME_OCTETS:
            if not port.put(SILENCE):
                return

    def _play_on(self, port: Port, playing: Iterator[bytes]) -> None:
        if port.held:
            port.refused += 1
            return
        sound = next(playing, None)
        if sound is not None:
            port.put(sound)
        else:
            self._stop(port, finished=True)  # who speaks to it from now on gives it the frame for this one

    # Orders

    def play(self, name: str, sounds: Sequence[Playable], token: int, barge_in: bool) -> None:
        port = self._ports.get(name)
        if port is None:
            return self._emit(Played(name, token, False))
        self._stop(port, finished=False)
        port.playing, port.token, port.barge_in = self._frames(sounds), token, barge_in
        self._shorten(port)
        return None

    def stop(self, name: str) -> None:
        if port := self._ports.get(name):
            self._stop(port, finished=False)

    def _stop(self, port: Port, *, finished: bool) -> None:
        if port.playing is not None:
            port.playing = None
            self._shorten(port)
            self._emit(Played(port.name, port.token, finished))

    def bridge(self, name: str, other: str, digits: str = PASS) -> None:
        """Joins two ports; whoever they were joined with before is alone again. `digits`: the way of the first's keys.
        """
        one, two = self._ports.get(name), self._ports.get(other)
        if one and two and one is not two:
            self.unbridge(name)
            self.unbridge(other)
            one.peer, two.peer = two, one
            one.way = key_way(digits, one.detector.suspects)
            one.echoes, two.echoes = Echoes(), Echoes()
            self._shorten(one)
            self._shorten(two)
            one.reserve.bridged()
            two.reserve.bridged()

    def unbridge(self, name: str) -> None:
        port = self._ports.get(name)
        if port and port.peer:
            peer = port.peer
            peer.peer = peer.way = None
            port.peer = port.way = None
            self._shorten(port)
            self._shorten(peer)

    @staticmethod
    def _shorten(port: Port) -> None:
        """Whether it hears its peer past us: two legs of one card, and nothing that we change on the way."""
        peer = port.peer
        direct = (peer is not None and can_join(port.shortcut, peer.shortcut) and port.playing is None
                  and port.gain_out is None and peer.gain_in is None and port.echo is None and peer.echo is None
                  and (peer.way is None or peer.way.idle))
        if direct is port.direct:
            return
        port.direct = direct
        if port.shortcut is not None:
            if direct and peer is not None and peer.shortcut is not None:
                port.shortcut.join(peer.shortcut.leg, untouched=port.way is None and peer.way is None)
            else:
                port.shortcut.take()

    def hold(self, name: str, held: bool) -> None:
        """Whether its modem wants no audio for now. It plays what it holds meanwhile, and gives as ever."""
        if port := self._ports.get(name):
            port.held = held
            port.balance.resumed()

    def keys_in_band(self, name: str, keys: str) -> None:
        """Whoever was to send them cannot."""
        port = self._ports.get(name)
        if port is None or port.peer is None:
            return
        if port.way is None or not port.way.audible:
            port.way = KeyWay()
        for key in keys:
            port.way.keyed(key, live=False)
        self._shorten(port.peer)

    def key_reported(self, name: str, key: str) -> None:
        if port := self._ports.get(name):
            self._key(port, key, "modem")

    def _key(self, port: Port, key: str, source: str, loud: float = 0.0) -> None:
        """`loud`: mean square of what was heard; 0.0 when a modem only reports it."""
        at_ms = port.octets_in / FRAME_OCTETS * FRAME_MS
        if loud:
            if port.peer is not None and sounds_in(port.peer.listened, key):
                port.echoes.came_back(key, at_ms)  # over there it is not yet told
            if port.echoes.came_round(key, at_ms, loud):
                return
            port.echoes.own(key, at_ms, loud)
        if port.merger.accept(key, at_ms, source) and not self._echo(port, key, at_ms):
            if port.way is not None:
                port.way.keyed(key, live=source == "in-band")
                if port.peer is not None:
                    self._shorten(port.peer)
            self._emit(KeyHeard(port.name, key))
            if port.barge_in:
                self._stop(port, finished=False)

    @staticmethod
    def _echo(port: Port, key: str, at_ms: float) -> bool:
        """Whether it is the peer's key that comes back; if not, it will come back from the peer."""
        peer = port.peer
        theirs = peer.octets_in / FRAME_OCTETS * FRAME_MS if peer is not None else 0.0
        if port.echoes.of(key, at_ms):
            if peer is not None:
                peer.echoes.came_back(key, theirs)
            return True
        if peer is not None:
            peer.echoes.expect(key, theirs, KEYER_MS if port.way is not None else OTHER_MS)
        return False

    def look(self) -> None:
        """About once a second: tells of ports whose audio is dead."""
        for port in self._ports.values():
            if told := port.watch.look(port.counts()):
                self._emit(told)

    def statistics(self, name: str) -> None:
        if port := self._ports.get(name):
            self._emit(port.statistics())
