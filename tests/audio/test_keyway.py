"""Keys on their way to the far party: through real codecs each is exactly one digit at a detector of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from appliance.audio.client import AudioEvent, KeyHeard
from appliance.audio.dtmf import load_spandsp
from appliance.audio.ear import TwoLooks
from appliance.audio.frame import FRAME_OCTETS, SILENCE, samples
from appliance.audio.goertzel import GoertzelDetector
from appliance.audio.keyway import BY_LINE, IN_BAND, PASS, KeyWay, key_way
from appliance.audio.mixer import Mixer
from appliance.audio.tones import key_tone, mix
from appliance.lab.codec import Amr, Codec, CodecMissing, FullRate, Transparent
from appliance.lab.listening import keys_in
from appliance.lab.voices import hum
from appliance.vocabulary.clock import seeded
from tests.audio.listening import cut

LIBRARY = load_spandsp()
KEYS = "15566#0*7894423##"
AMR_4_75 = 0
AIRS: dict[str, Callable[[], Codec]] = {
    "none": Transparent, "full rate": FullRate, "AMR 12.2": Amr, "AMR 4.75": lambda: Amr(AMR_4_75)}


def air(name: str) -> Codec:
    try:
        return AIRS[name]()
    except CodecMissing as error:
        pytest.skip(str(error))


def keyed(keys: str, on_ms: int, gap_ms: int, seed: int = 1) -> bytes:
    """The keys at the levels of real phones, not in step with frames, in a room that is not silent."""
    dice = seeded(seed)
    pcm = bytes(2 * dice.randint(800, 960))
    pcm += b"".join(key_tone(key, on_ms, gap_ms, level_dbm0=dice.uniform(-16, -7)) for key in keys) + bytes(16000)
    noisy = samples(pcm)
    for at, value in enumerate(noisy):
        noisy[at] = max(-32768, min(32767, value + dice.randint(-15, 15)))
    return noisy.tobytes()


class Road:
    """A's voice through its air, the box, and B's air; what B gets, and the keys that the box heard."""

    def __init__(self, a_air: Codec, b_air: Codec, digits: str) -> None:
        self.events: list[AudioEvent] = []
        self.at_b = b""
        self._a_air, self._b_air = a_air, b_air
        self.mixer = Mixer(self.events.append, lambda: TwoLooks(LIBRARY), lambda sounds: iter(()))
        self.mixer.attach("a", len)
        self.mixer.attach("b", self._to_b)
        self.mixer.bridge("a", "b", digits)

    def _to_b(self, frame: bytes) -> int:
        self.at_b += self._b_air.pass_through(frame)
        return len(frame)

    def goes(self, pcm: bytes, back: Callable[[], bytes] = lambda: SILENCE) -> None:
        for frame in cut(pcm):
            self.mixer.received("b", back())
            self.mixer.received("a", self._a_air.pass_through(frame))

    def keys(self, port: str = "a") -> str:
        return "".join(event.key for event in self.events if isinstance(event, KeyHeard) and event.port == port)


@pytest.mark.parametrize(("on_ms", "gap_ms"), [(70, 65), (120, 110), (400, 150)])
@pytest.mark.parametrize("b_air", ["none", "full rate"])
@pytest.mark.parametrize("a_air", ["none", "full rate", "AMR 12.2"])
def test_each_key_is_one_digit(a_air: str, b_air: str, on_ms: int, gap_ms: int) -> None:
    road = Road(air(a_air), air(b_air), IN_BAND)
    road.goes(keyed(KEYS, on_ms, gap_ms))
    assert keys_in(road.at_b) == road.keys() == KEYS


@pytest.mark.parametrize(("on_ms", "gap_ms"), [(70, 65), (120, 110), (400, 150)])
def test_the_far_side_gets_what_the_box_heard_also_where_the_air_is_at_its_worst(on_ms: int, gap_ms: int) -> None:
    """AMR 4.75 lets some short tones vanish and tears long ones: what is heard here is one digit there, no more."""
    road = Road(air("AMR 4.75"), air("AMR 12.2"), IN_BAND)
    road.goes(keyed(KEYS, on_ms, gap_ms))
    there, here = keys_in(road.at_b), road.keys()
    assert len(there) <= len(here)
    if on_ms >= 120:
        assert there == KEYS
    tones = Road(air("AMR 4.75"), air("AMR 12.2"), PASS)
    tones.goes(keyed(KEYS, on_ms, gap_ms))
    assert keys_in(tones.at_b) != KEYS  # why tones are not left as they are


def test_a_key_held_for_three_seconds_is_one_digit() -> None:
    road = Road(Transparent(), Transparent(), IN_BAND)
    road.goes(keyed("5", 3000, 100))
    assert keys_in(road.at_b) == "5"


class Playing(Road):
    """B's device plays on at its own pace: a frame that comes late leaves a hole in what B hears."""

    def __init__(self) -> None:
        super().__init__(Transparent(), Transparent(), IN_BAND)
        self.given = b""

    def _to_b(self, frame: bytes) -> int:
        self.given += frame
        return len(frame)

    def goes_late(self, pcm: bytes, late: int) -> None:
        """Frame `late` comes together with the next."""
        held: list[bytes] = []
        for n, frame in enumerate(cut(pcm)):
            self.mixer.received("b", SILENCE)
            self.at_b += self.given[:FRAME_OCTETS].ljust(FRAME_OCTETS, b"\0")
            self.given = self.given[FRAME_OCTETS:]
            held.append(frame)
            if n != late:
                for waiting in held:
                    self.mixer.received("a", waiting)
                held.clear()


@pytest.mark.parametrize("late", range(9, 22))  # the held key sounds from 10 to 19
def test_a_frame_that_comes_late_makes_no_second_digit(late: int) -> None:
    road = Playing()
    road.goes_late(key_tone("1", 100, 100) + key_tone("5", 200, 140) + key_tone("5", 100, 500), late)
    assert keys_in(road.at_b) == road.keys() == "155"


def test_keys_that_come_too_fast_wait_their_turn() -> None:
    road = Road(Transparent(), Transparent(), IN_BAND)
    road.goes(keyed(KEYS, 50, 50) + bytes(32000))
    assert keys_in(road.at_b) == road.keys() == KEYS


@pytest.mark.parametrize("a_air", ["none", "full rate", "AMR 12.2", "AMR 4.75"])
def test_keys_that_the_modem_sends_leave_nothing_a_menu_could_hear(a_air: str) -> None:
    road = Road(air(a_air), Transparent(), BY_LINE)
    road.goes(keyed(KEYS, 120, 110))
    assert len(road.keys()) >= len(KEYS)
    assert keys_in(road.at_b) == ""


def test_speech_is_left_as_it_is() -> None:
    speech = hum("Good, we are at the workshop until six, and the parts arrive on Thursday", "Bert")
    road = Road(Transparent(), Transparent(), IN_BAND)
    road.goes(speech)
    assert road.keys() == ""
    assert speech[: len(road.at_b) // 2] in road.at_b + speech


def test_a_key_that_only_the_modem_reports_is_sent() -> None:
    road = Road(Transparent(), Transparent(), IN_BAND)
    road.goes(bytes(16000))
    road.mixer.key_reported("a", "7")
    road.goes(bytes(16000))
    assert keys_in(road.at_b) == "7"


def test_a_late_report_of_a_tone_that_passed_is_not_a_second_digit() -> None:
    way = KeyWay()
    far = passed(way, keyed("7", 100, 200)[:9600])  # nobody here heard it
    way.keyed("7", live=False)
    assert keys_in(far + passed(way, bytes(16000))) == "7"


def passed(way: KeyWay, pcm: bytes) -> bytes:
    return b"".join(piece for frame in cut(pcm) for piece in way.frames(frame))


def test_a_key_that_comes_back_from_the_far_hybrid_is_no_key_of_anybody() -> None:
    road = Road(Transparent(), Transparent(), IN_BAND)
    trip = [SILENCE] * 15  # 300 ms, there and back

    def echo() -> bytes:
        if len(road.at_b) >= FRAME_OCTETS:
            trip.append(bytes(_softer(road.at_b[-FRAME_OCTETS:])))
        return trip.pop(0) if len(trip) > 15 else SILENCE

    road.goes(keyed("5555", 100, 130), echo)
    assert (road.keys("a"), road.keys("b")) == ("5555", "")


def _softer(frame: bytes) -> bytes:
    values = samples(frame)
    for at, value in enumerate(values):
        values[at] = value // 4  # 12 dB
    return values.tobytes()


def test_a_key_of_the_far_party_that_comes_back_is_no_key_of_who_pays() -> None:
    road = Road(Transparent(), Transparent(), IN_BAND)
    tone = list(cut(key_tone("#", 100, 300)))
    for at in range(len(tone)):
        road.mixer.received("b", tone[at])
        road.mixer.received("a", _softer(tone[at - 8]) if at >= 8 else SILENCE)
    assert (road.keys("b"), road.keys("a")) == ("#", "")


@pytest.mark.parametrize("name", AIRS)
def test_the_air_leaves_what_was_said_as_it_is(name: str) -> None:
    said = bytes(bytearray(next(cut(key_tone("5")))))
    before = bytearray(said)
    air(name).pass_through(said)
    assert said == before


def test_a_way_for_every_setting() -> None:
    detector = GoertzelDetector()  # where libspandsp is not there
    assert key_way(PASS, detector.suspects) is None
    assert isinstance(key_way(IN_BAND, detector.suspects), KeyWay)
    way = key_way(BY_LINE, detector.suspects)
    assert way is not None
    for frame in cut(mix((770.0, 1336.0), 1600, -9.0)):
        detector.feed(frame)
        assert way.frames(frame) == (SILENCE,)
