"""The transport of real cards, against sockets that behave as the kernel's: waking, pacing, order of bits, trouble."""

from __future__ import annotations

import asyncio
import errno
import struct
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from appliance.audio.client import KeyHeard, Tone
from appliance.audio.frame import level_dbm0
from appliance.audio.g711 import alaw_of
from appliance.audio.tones import mix
from appliance.lab.handset import Handset
from appliance.lab.virtualtime import run
from appliance.lines.isdn.misdn import open_misdn
from appliance.lines.isdn.misdnsocket import (
    ACTIVATE,
    B_DSP,
    B_RAW,
    DATA,
    DATA_IN,
    FILL_EMPTY,
    INFORMATION,
    NT_S0,
    TE_S0,
    address,
    message,
    split,
)
from appliance.lines.isdn.serve import opener
from appliance.lines.isdn.spansettings import SpanSettings
from appliance.lines.isdn.transport import Ears, Transport, TransportError
from appliance.lines.line import Answered, Ended
from tests.contract.isdn import IsdnKit, missing
from tests.contract.kit import Bench, on_bench
from tests.lines.misdnkernel import BRI, PRI, FakeKernel
from tests.lines.misdnport import MisdnPort

FLIPPED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))
VOICE = alaw_of(mix((440,), 400, -12.0))  # octets


class Open:
    """A port that is open, and what its ears heard."""

    def __init__(self, kernel: FakeKernel, layout: str = "ptmp", side: str = "te") -> None:
        self.kernel = kernel
        self.frames: list[bytes] = []
        self.octets: dict[int, bytes] = {}
        self.layer1: list[bool] = []
        self.lost: list[str] = []
        ears = Ears(self.frames.append, self._b, self.layer1.append, self.lost.append)
        self.port: Transport = open_misdn("0", layout, side, ears, kernel.make)

    def _b(self, channel: int, octets: bytes) -> None:
        self.octets[channel] = self.octets.get(channel, b"") + octets
        self.port.send_b(channel, octets)

    def d_sent(self, primitive: int = DATA) -> list[bytes]:
        return [payload for kind, payload in self.kernel.d.sent if kind == primitive]

    def b_sent(self, channel: int) -> list[bytes]:
        return [payload for kind, payload in self.kernel.b(channel).sent if kind == DATA]


Story = Callable[[Open], Awaitable[None]]


async def settle() -> None:
    """Whatever lies in sockets is read."""
    await asyncio.sleep(0.01)


def on_port(story: Story, kernel: FakeKernel | None = None, **how: str) -> None:
    async def whole() -> None:
        port = Open(kernel or FakeKernel(), **how)
        await story(port)
        port.port.close()
        assert all(sock.closed for sock in port.kernel.sockets)

    run(whole())


def refused(kernel: FakeKernel, port: str = "0", layout: str = "ptmp", side: str = "te") -> str:
    async def story() -> None:
        nobody = Ears(lambda frame: None, lambda channel, octets: None, lambda up: None, lambda why: None)
        open_misdn(port, layout, side, nobody, kernel.make)

    with pytest.raises(TransportError) as told:
        run(story())
    assert all(sock.closed for sock in kernel.sockets)
    return str(told.value)


# Opening, and why not


def test_a_kernel_without_isdn_is_told_with_what_to_install() -> None:
    kernel = FakeKernel()
    kernel.missing = errno.EAFNOSUPPORT
    assert refused(kernel) == "this kernel has no ISDN; install the package ringback-misdn-dkms (README, ISDN cards)"


def test_this_machines_own_kernel_is_asked_the_same_way() -> None:
    """No fake: a container or a server has no ISDN, and hears so. Where it has, there is no port 63."""
    async def story() -> None:
        nobody = Ears(lambda frame: None, lambda channel, octets: None, lambda up: None, lambda why: None)
        opener("misdn:63", SpanSettings())(nobody)

    with pytest.raises(TransportError, match=r"ringback-misdn-dkms|misdn:63 is not there|ISDN socket"):
        asyncio.run(story())


def test_no_card() -> None:
    assert "the kernel knows no ISDN card; plug it in" in refused(FakeKernel({}))


def test_another_port_than_those_there_are() -> None:
    devices = {0: (BRI, "hfc-4s.1-1"), 2: (BRI, "hfc-4s.1-3")}
    assert refused(FakeKernel(devices), "1") == (
        "misdn:1 is not there; there are: misdn:0 (hfc-4s.1-1), misdn:2 (hfc-4s.1-3)")


@pytest.mark.parametrize(("protocols", "layout", "side", "told"), [
    (BRI, "pri", "te", 'misdn:0 (card) cannot be isdn = "pri" with side = "te"; it can be isdn = "ptmp" or "ptp" with '
                       'side = "te"; or isdn = "ptmp" or "ptp" with side = "nt"'),
    (PRI, "ptp", "nt", 'misdn:0 (card) cannot be isdn = "ptmp" or "ptp" with side = "nt"; it can be isdn = "pri" with '
                       'side = "te"; or isdn = "pri" with side = "nt"'),
    (BRI & 2, "ptmp", "nt", 'misdn:0 (card) cannot be isdn = "ptmp" or "ptp" with side = "nt"; it can be isdn = "ptmp" '
                            'or "ptp" with side = "te"')])
def test_a_card_of_another_kind(protocols: int, layout: str, side: str, told: str) -> None:
    assert refused(FakeKernel({0: (protocols, "card")}), "0", layout, side) == told


def test_a_port_that_is_open_as_the_other_side() -> None:
    kernel = FakeKernel()
    kernel.busy = errno.EBUSY
    assert 'misdn:0 is open with side = "nt", by another line or program; close that one' in refused(kernel)


def test_a_name_that_is_no_number() -> None:
    assert "write misdn:0" in refused(FakeKernel(), "first")


@pytest.mark.parametrize(("layout", "side", "protocol"), [
    ("ptmp", "te", 1), ("ptp", "te", 1), ("ptmp", "nt", 2), ("pri", "te", 3), ("pri", "nt", 4)])
def test_the_d_channel_is_what_the_settings_say(layout: str, side: str, protocol: int) -> None:
    async def story(port: Open) -> None:
        assert port.kernel.d.protocol == protocol

    on_port(story, FakeKernel({0: (BRI | PRI, "card")}), layout=layout, side=side)


def test_an_address_is_six_octets() -> None:
    assert address(3, 17) == b"\x22\0\3\x11\0\0"


# The D channel and layer 1


def test_frames_wait_until_layer_1_is_up() -> None:
    async def story(port: Open) -> None:
        port.kernel.awake = False
        assert port.layer1 == [False]
        port.port.send_d(b"one")
        port.port.send_d(b"two")
        await settle()
        assert port.d_sent() == []
        assert port.d_sent(ACTIVATE) == [b""]  # once
        port.kernel.layer1(True)
        await settle()
        assert port.d_sent() == [b"one", b"two"]
        assert port.layer1 == [False, True]
        port.port.send_d(b"three")
        assert port.d_sent()[-1] == b"three"

    on_port(story)


def test_copies_of_what_we_send_are_no_frames() -> None:
    async def story(port: Open) -> None:
        port.port.send_d(b"ours")
        await settle()
        port.kernel.d.give(DATA_IN, b"theirs")
        port.kernel.d.give(0x0702, b"1234")  # MPH_INFORMATION_IND
        port.kernel.d.give(0x3002, b"echo")  # PH_DATA_E_IND
        await settle()
        assert port.d_sent() == [b"ours"]
        assert port.frames == [b"theirs"]

    on_port(story)


def test_an_exchange_that_lets_the_line_rest_is_woken_by_the_next_frame() -> None:
    async def story(port: Open) -> None:
        port.port.send_d(b"one")
        await settle()
        port.kernel.layer1(False)
        await settle()
        port.port.send_d(b"two")
        await settle()
        assert port.d_sent() == [b"one", b"two"]
        assert port.d_sent(ACTIVATE) == [b"", b""]
        assert port.layer1 == [False, True, False, True]

    on_port(story)


@pytest.mark.parametrize("information", [
    struct.pack("=I4xQHH4x", NT_S0, 0, 3, 2),  # active
    struct.pack("=I4xQHH4x", TE_S0, 0, 1, 2),  # a terminal's states have other numbers
    bytes(4),
])
def test_the_port_of_an_exchange_of_which_only_information_says_that_it_rests(information: bytes) -> None:
    """As hfcsusb's, found on the kernel."""
    async def story(port: Open) -> None:
        port.port.send_d(b"one")
        await settle()
        port.kernel.d_in(INFORMATION, information)
        await settle()
        port.port.send_d(b"two")
        await settle()
        assert port.d_sent(ACTIVATE) == [b""]
        port.kernel.d_in(INFORMATION, struct.pack("=I4xQHH4x", NT_S0, 0, 1, 2))
        await settle()
        port.port.send_d(b"three")
        await settle()
        assert port.d_sent() == [b"one", b"two", b"three"]
        assert port.d_sent(ACTIVATE) == [b"", b""]
        assert port.layer1 == [False, True, False, True]

    on_port(story, side="nt")


def test_frames_that_nobody_wakes_for_are_dropped_after_t3() -> None:
    """And asked for again by the next one: a late set-up must not reach an exchange that comes back."""
    async def story(port: Open) -> None:
        port.kernel.awake = False
        port.port.send_d(b"old")
        await asyncio.sleep(6.9)
        assert port.d_sent(ACTIVATE) == [b""]
        await asyncio.sleep(0.2)
        port.port.send_d(b"new")
        assert port.d_sent(ACTIVATE) == [b"", b""]
        port.kernel.layer1(True)
        await settle()
        assert port.d_sent() == [b"new"]

    on_port(story)


def test_no_more_frames_wait_than_a_bound() -> None:
    async def story(port: Open) -> None:
        port.kernel.awake = False
        for n in range(1000):
            port.port.send_d(b"%d" % n)
        port.kernel.layer1(True)
        await settle()
        assert port.d_sent() == [b"%d" % n for n in range(968, 1000)]

    on_port(story)


# B channels


def test_octets_are_turned_round_both_ways() -> None:
    async def story(port: Open) -> None:
        port.port.open_b(1)
        await settle()
        port.kernel.moves(1, VOICE.translate(FLIPPED)[:64])
        await settle()
        assert port.octets[1] == VOICE[:64]
        assert port.b_sent(1) == [VOICE.translate(FLIPPED)[:64]]
        assert port.kernel.b(1).controls == [(FILL_EMPTY, 1, 1, 0xAB)]

    on_port(story)


def test_a_card_is_asked_for_nothing_that_it_cannot() -> None:
    async def story(port: Open) -> None:
        port.kernel.operations = 0
        port.port.open_b(1)
        await settle()
        assert port.kernel.b(1).controls == []

    on_port(story)


def test_one_frame_at_a_time_in_pieces_of_20_ms() -> None:
    async def story(port: Open) -> None:
        gone: list[bytes] = []
        port.kernel.b_out = lambda channel, octets: gone.append(octets)
        port.port.open_b(2)
        await settle()
        sizes = [64, 123, 300, 1, 77, 160, 250] * 30
        for size in sizes:
            port.kernel.moves(2, bytes(size))
            await settle()
        assert port.kernel.refused == 0
        assert max(map(len, gone)) <= 160
        assert sum(map(len, gone)) > 0.8 * sum(sizes)  # the rest was dropped: pieces of 250 each time cannot keep up

    on_port(story)


def test_what_waits_is_40_ms_and_the_newest() -> None:
    async def story(port: Open) -> None:
        port.port.open_b(1)
        await settle()
        said = bytes(range(1, 251)) * 4
        for at in range(0, 1000, 100):
            port.port.send_b(1, said[at : at + 100])
        assert port.b_sent(1) == [said[:100].translate(FLIPPED)]  # unconfirmed
        for _ in range(3):
            port.kernel.moves(1, b"")
            await settle()
        assert b"".join(port.b_sent(1)[1:]) == said[-320:].translate(FLIPPED)

    on_port(story)


def test_a_confirmation_that_never_comes_silences_nobody_for_long() -> None:
    async def story(port: Open) -> None:
        port.port.open_b(1)
        await settle()
        port.port.send_b(1, bytes(160))
        port.kernel.b(1).waiting = None  # lost in the card
        for _ in range(60):
            port.port.send_b(1, bytes(160))
        assert len(port.b_sent(1)) == 2

    on_port(story)


def test_a_channel_is_opened_once_and_closed_as_often_as_one_likes() -> None:
    async def story(port: Open) -> None:
        port.port.close_b(1)
        port.port.open_b(1)
        port.port.open_b(1)
        assert len(port.kernel.sockets) == 2
        port.port.close_b(1)
        port.port.close_b(1)
        port.port.send_b(1, VOICE)
        assert port.kernel.sockets[1].closed
        port.port.open_b(1)
        assert port.kernel.b(1).channel == 1

    on_port(story)


def test_a_channel_that_another_program_has_is_tried_again() -> None:
    async def story(port: Open) -> None:
        taken = port.kernel.make(0x21)
        taken.bind(address(0, 1))
        port.port.open_b(1)
        port.port.send_b(1, VOICE)
        taken.close()
        await asyncio.sleep(1.1)
        port.kernel.moves(1, VOICE[:80].translate(FLIPPED))
        await settle()
        assert port.octets[1] == VOICE[:80]

    on_port(story)


def test_hostile_messages_end_nothing() -> None:
    async def story(port: Open) -> None:
        port.port.open_b(1)
        await settle()
        for hostile in (b"\0", b"\2\x20\0\0", message(0xFFFFFFFF), message(0), message(DATA_IN, bytes(2040))):
            port.kernel.d._far.send(hostile)
            port.kernel.b(1)._far.send(hostile)
        await settle()
        assert port.lost == []
        assert port.frames == [bytes(2040)]

    on_port(story)


def test_a_message_too_short_for_a_head_says_nothing() -> None:
    assert split(b"1234567") == (0, 0, b"")


# A whole line over it


@pytest.mark.parametrize("layout", ["ptmp", "ptp", "pri"])
def test_voices_are_whole_through_the_kernel(layout: str) -> None:
    """Both ways at the card's pace; nothing is refused."""
    async def story(on: Bench) -> None:
        assert isinstance(on.kit, IsdnKit)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        answered = await on.next(Answered, "b")
        on.kit.audio.play(answered.port, [Tone("beep", 2.0)], 1)
        on.far.say(mix((1000,), 16000, -12.0))
        heard = await on.kit.listens(answered.port, 2.5)
        said = bytes(on.far.recording)
        assert max(level_dbm0(heard[at : at + 16000]) for at in range(0, 16000, 3200)) == pytest.approx(-12.0, abs=0.5)
        assert min(level_dbm0(said[at : at + 320]) for at in range(8000, 24000, 320)) > -20  # a second without a hole
        assert on.kit.kernel.refused == 0
        on.line.hang_up("b")

    if why := missing():
        pytest.skip(why)
    on_bench(partial(IsdnKit, layout=layout, port=MisdnPort), story)


# Two channels of one card


def protocols(kernel: FakeKernel) -> list[int]:
    return [kernel.b(channel).protocol for channel in (1, 2)]


def bridged(digits: str, story: Callable[[Bench, IsdnKit, Handset], Awaitable[None]], no_dsp: int = 0) -> None:
    """Two legs of the card, answered and bridged."""
    async def whole(on: Bench) -> None:
        kit = on.kit
        assert isinstance(kit, IsdnKit)
        kit.kernel.no_dsp = no_dsp
        other = kit.another(1)
        on.dial("a")
        on.dial("b", other.number)
        for phone in (on.far, other):
            await phone.rung()
            phone.answer()
        ports = [(await on.next(Answered, leg)).port for leg in ("a", "b")]
        kit.audio.bridge(ports[0], ports[1], digits)
        await asyncio.sleep(0.1)
        await story(on, kit, other)
        on.line.hang_up("a")
        await on.next(Ended, "a")
        await asyncio.sleep(0.1)
        sock = kit.kernel.opened(1) or kit.kernel.b(2)
        assert sock.protocol == B_RAW  # whoever is left is not alone in a conference
        on.line.hang_up("b")

    if why := missing():
        pytest.skip(why)
    on_bench(partial(IsdnKit, port=MisdnPort), whole)


async def hears(speaker: Handset, listener: Handset) -> float:
    """dBm0 of the loudest 100 ms of a tone of -12 dBm0."""
    began = len(listener.recording)
    speaker.say(mix((1000,), 8000, -12.0))
    await asyncio.sleep(2.0)
    heard = bytes(listener.recording[began:])
    return max(level_dbm0(heard[at : at + 1600]) for at in range(0, len(heard) - 1600, 1600))


def test_untouched_voices_are_joined_by_the_kernel_and_keys_are_heard() -> None:
    async def story(on: Bench, kit: IsdnKit, other: Handset) -> None:
        assert protocols(kit.kernel) == [B_DSP, B_DSP]
        assert len(set(kit.kernel.conferences.values())) == 1
        assert await hears(on.far, other) == pytest.approx(-12.0, abs=0.5)
        assert await hears(other, on.far) == pytest.approx(-12.0, abs=0.5)
        keys: list[str] = []
        kit.audio.subscribe(lambda event: keys.append(event.key) if isinstance(event, KeyHeard) else None)
        on.far.key("##")
        await asyncio.sleep(2)
        assert keys == ["#", "#"]

    bridged("pass", story)


def test_a_prompt_is_not_mixed_into_a_conference() -> None:
    async def story(on: Bench, kit: IsdnKit, other: Handset) -> None:
        began, other_began = len(on.far.recording), len(other.recording)
        kit.audio.play("isdn1:a", [Tone("beep", 0.5)], 1)
        assert protocols(kit.kernel) == [B_RAW, B_RAW]
        await asyncio.sleep(1)
        assert level_dbm0(bytes(on.far.recording[began:])) > -30
        assert level_dbm0(bytes(other.recording[other_began:])) < -60
        assert protocols(kit.kernel) == [B_DSP, B_DSP]
        kit.audio.unbridge("isdn1:a")
        assert protocols(kit.kernel) == [B_RAW, B_RAW]
        assert kit.kernel.conferences == {}

    bridged("pass", story)


def test_keys_that_we_clean_keep_voices_out_of_the_kernel() -> None:
    """A keyed tone is taken back where it began; a conference would have passed it on."""
    async def story(on: Bench, kit: IsdnKit, other: Handset) -> None:
        assert protocols(kit.kernel) == [B_RAW, B_RAW]
        assert await hears(on.far, other) == pytest.approx(-12.0, abs=0.5)

    bridged("in-band", story)


def test_a_kernel_without_signal_processor_joins_nothing() -> None:
    async def story(on: Bench, kit: IsdnKit, other: Handset) -> None:
        assert protocols(kit.kernel) == [B_RAW, B_RAW]
        assert await hears(on.far, other) == pytest.approx(-12.0, abs=0.5)
        tried = len(kit.kernel.sockets)
        kit.audio.play("isdn1:a", [Tone("beep", 0.5)], 1)
        await asyncio.sleep(1)
        assert len(kit.kernel.sockets) == tried  # once was enough

    bridged("pass", story, no_dsp=errno.ENOPROTOOPT)


# The card goes


def test_a_card_that_is_pulled_out_is_noticed_within_a_second() -> None:
    """Its sockets wake nobody: reading them gives nothing."""
    async def story(port: Open) -> None:
        port.port.send_d(b"one")
        port.port.open_b(1)
        await settle()
        port.kernel.pulled = True
        await asyncio.sleep(1.1)
        assert port.lost == ["the ISDN card is gone; plug it in"]
        assert all(sock.closed for sock in port.kernel.sockets)
        port.port.send_d(b"two")
        port.port.send_b(1, VOICE)
        port.port.open_b(2)
        await asyncio.sleep(5)
        assert len(port.lost) == 1

    on_port(story)


def test_every_socket_is_closed_before_its_loss_is_told() -> None:
    """The span opens the port anew from there."""
    async def story() -> None:
        kernel, open_then = FakeKernel(), list[bool]()
        ears = Ears(lambda frame: None, lambda channel, octets: None, lambda up: None,
                    lambda why: open_then.extend(not sock.closed for sock in kernel.sockets))
        port = partial(open_misdn, "0", "ptmp", "te")(ears, kernel.make)
        port.open_b(1)
        await settle()
        kernel.pulled = True
        await asyncio.sleep(1.1)
        assert open_then == [False, False]

    run(story())
