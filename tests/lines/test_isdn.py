"""What ISDN has and GSM has not, on the real signalling in memory: numbers digit by digit, MSNs, early voices, advice
of charge, causes, channels, trouble of layers 1 and 2."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from appliance.audio.client import KeyHeard, Tone, Treatment
from appliance.audio.engine import detector_factory
from appliance.audio.frame import FRAME_OCTETS, level_dbm0
from appliance.audio.tones import mix
from appliance.lab.handset import Handset
from appliance.lab.virtualtime import run
from appliance.lines.isdn.libpri import LibpriMissing, load
from appliance.lines.isdn.reports import Proceeding
from appliance.lines.isdn.signalling import Charge
from appliance.lines.line import (
    Answered,
    Charged,
    EarlyVoice,
    Ended,
    LineHealth,
    NumberType,
    Rang,
    RingEnded,
    Screening,
    VoiceLost,
    VoiceNote,
)
from appliance.routing.dialplan import normalise_caller
from appliance.vocabulary.cause import Cause
from appliance.vocabulary.number import Number
from tests.contract.isdn import IsdnKit
from tests.contract.kit import Bench, on_bench

try:
    load()
except LibpriMissing as error:
    pytest.skip(str(error), allow_module_level=True)

LAYOUTS = pytest.mark.parametrize("layout", ["ptp", "ptmp", "pri"])
Story = Callable[[Bench, IsdnKit], Awaitable[None]]


def on_isdn(story: Story, *, settled: bool = True, **how: object) -> Bench:
    async def whole(on: Bench) -> None:
        assert isinstance(on.kit, IsdnKit)
        await story(on, on.kit)

    return on_bench(partial(IsdnKit, **how), whole, settled)  # type: ignore[arg-type]


@pytest.mark.parametrize(("screening", "told"), [(0x00, Screening.NONE), (0x01, Screening.PASSED),
                                                 (0x02, Screening.FAILED), (0x03, Screening.NETWORK)])
def test_who_vouches_for_a_caller_is_told(screening: int, told: Screening) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.exchange.screening = screening
        rang = await on.ringing()
        assert rang.caller.screening is told
        assert rang.called.endswith("22222220")
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    on_isdn(story)


def test_a_call_for_somebody_else_on_the_bus_is_left_alone() -> None:
    """Silence: another phone on the bus may have that number. The caller hears that nobody answered."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.far.call(kit.foreign)
        assert await on.far.ended(20) in (Cause.NO_USER_RESPONDING, Cause.OUT_OF_ORDER)
        assert not on.of(Rang)

    on_isdn(story, layout="ptmp")


@pytest.mark.parametrize("layout", ["ptp", "pri"])
def test_a_number_that_nobody_has_behind_a_line_of_its_own(layout: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.far.call(kit.foreign)
        assert await on.far.ended(20) is Cause.UNALLOCATED
        assert not on.of(Rang)

    on_isdn(story, layout=layout)


@pytest.mark.parametrize("digits", [0, 12])
def test_a_number_that_comes_digit_by_digit(digits: int) -> None:
    """Complete by its length, or when no more come."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.exchange.digit_by_digit = True
        began = asyncio.get_running_loop().time()
        rang = await on.ringing()
        took = asyncio.get_running_loop().time() - began
        assert rang.called == kit.number.lstrip("+")
        assert took < 5 if digits else took > 8
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    on_isdn(story, layout="ptp", digits=digits)


def test_we_send_a_number_digit_by_digit() -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.line.hang_up("b")

    on_isdn(story, layout="ptp", overlap=True)


@pytest.mark.parametrize("clir", [False, True])
def test_our_number_is_shown_or_not(clir: bool) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        assert on.far.caller_shown == ("" if clir else kit.number)
        on.line.hang_up("b")

    on_isdn(story, clir=clir)


@LAYOUTS
def test_an_announcement_is_heard_before_the_cause(layout: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.exchange.announcements["+4930555"] = (mix((950,), 16000, -10.0), Cause.UNALLOCATED)
        on.dial("b", "+4930555")
        early = await on.next(EarlyVoice, "b")
        heard = await kit.listens(early.port, 1.0)
        assert level_dbm0(heard[-8000:]) == pytest.approx(-10.0, abs=1.0)
        ended = await on.next(Ended, "b")
        assert ended.cause is Cause.UNALLOCATED
        assert not on.of(Answered)

    on_isdn(story, layout=layout)


@pytest.mark.parametrize(("charge", "told"), [
    (Charge(7), "7 units"), (Charge(0, "1.25", "EUR"), "1.25 EUR"), (Charge(0, "3", "CHF"), "3 CHF"),
    (Charge(0, "0.5", "EUR"), "0.5 EUR")])
@pytest.mark.parametrize("during", [True, False])
def test_advice_of_charge(charge: Charge, told: str, during: bool) -> None:
    """While the call runs (AOC-D) or at its end (AOC-E), in units or in money."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        if during:
            kit.port.exchange.charge_during = charge
        else:
            kit.port.exchange.charge = charge
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        await asyncio.sleep(60)
        assert [str(charged) for charged in on.of(Charged)] == ([told] if during else [])
        on.far.hang_up()
        await on.next(Ended, "b")
        assert [str(charged) for charged in on.of(Charged)] == [told]

    on_isdn(story)


@LAYOUTS
def test_a_name_for_the_display(layout: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.exchange.display = "Alice B."
        rang = await on.ringing()
        assert rang.caller.name == "Alice B."
        assert rang.caller.digits == on.far.number.lstrip("+")
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    on_isdn(story, layout=layout)


def test_a_number_in_its_national_form() -> None:
    """Without country code, and said to be so: it is read as one of the box's country."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.exchange.country_code = "49"
        rang = await on.ringing()
        assert (rang.caller.digits, rang.caller.type) == ("3012345678", NumberType.NATIONAL)
        assert normalise_caller(rang.caller.digits, rang.caller.type, "DE") == Number(on.far.number)
        kit.port.exchange.country_code = ""
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)
        rang = await on.ringing()
        assert (rang.caller.digits, rang.caller.type) == ("493012345678", NumberType.INTERNATIONAL)
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)

    on_isdn(story)


@pytest.mark.parametrize("cause", [1, 16, 17, 18, 19, 21, 27, 28, 31, 34, 38, 41, 42, 57, 63, 88, 127])
def test_every_cause_comes_as_it_was(cause: int) -> None:
    """Also one that we have no word for: its number stands in the note."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.exchange.announcements["+4930555"] = (b"", Cause.NORMAL)
        kit.port.exchange.raw_cause = cause
        on.dial("b", "+4930555")
        ended = await on.next(Ended, "b")
        assert int(ended.cause) == cause or str(cause) in ended.note

    on_isdn(story, layout="ptp")


@LAYOUTS
def test_a_rejected_ring_tells_the_caller_busy(layout: str) -> None:
    """libpri sends nothing for a refusal with cause 17 before CALL PROCEEDING (measured)."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        rang = await on.ringing()
        on.line.reject(rang.ring)
        await on.next(RingEnded, rang.ring)
        assert await on.far.ended(3) is Cause.BUSY

    on_isdn(story, layout=layout)


@LAYOUTS
def test_every_channel_at_once_and_no_more(layout: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        far = [kit.another(n) for n in range(on.line.channels)]
        for n, phone in enumerate(far):
            on.dial(f"leg{n}", phone.number)
        for phone in far:
            await phone.rung()
            phone.answer()
        for n in range(len(far)):
            await on.next(Answered, f"leg{n}")
        on.dial("too many")
        assert (await on.next(Ended, "too many")).cause is Cause.NO_CHANNEL
        on.far.call(kit.number)
        assert await on.far.ended(10) is Cause.BUSY
        for phone in far:
            phone.hang_up()
        for n in range(len(far)):
            assert (await on.next(Ended, f"leg{n}")).cause is Cause.NORMAL

    on_isdn(story, layout=layout)


@LAYOUTS
@pytest.mark.parametrize("seconds", [2.0, 30.0])
def test_layer_1_is_lost_in_mid_call(layout: str, seconds: float) -> None:
    """A short break is survived; a longer one ends the call with a cause, and the line is ready when it is back."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        kit.port.layer1(False)
        await asyncio.sleep(seconds)
        kit.port.layer1(True)
        if seconds < 4:
            await asyncio.sleep(10)
            assert not on.of(Ended)
            on.line.hang_up("b")
        assert (await on.next(Ended, "b")).cause in (Cause.NORMAL, Cause.OUT_OF_ORDER)
        on.far.hang_up()
        await on.until(lambda: on.line.state.health is LineHealth.READY, "ready")
        await asyncio.sleep(20)

    on_isdn(story, layout=layout)


def test_truncated_and_unknown_frames_end_nothing() -> None:
    """Octets from a broken exchange: refused by Q.921 and Q.931 rules, and the call goes on."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        for hostile in (b"", b"\0", b"\2\1", b"\2\1\1\1", b"\xff" * 260, b"\0\1\3\x08\1\1\5\x04\xff", bytes(range(256)),
                        b"\2\xff\3\x08\1\x81\x7b\x70\x80", b"\2\1\0\0\x08\x0f"):
            kit.port.hostile(hostile)
            await asyncio.sleep(0.1)
        await asyncio.sleep(5)
        assert not on.of(Ended)
        on.line.hang_up("b")

    on_isdn(story)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.401, 0.5])
def test_we_hang_up_in_the_moment_of_the_answer(seconds: float) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await asyncio.sleep(seconds)
        on.line.hang_up("b")
        await on.next(Ended, "b")

    on_isdn(story)


async def both_talk(on: Bench, kit: IsdnKit, digits: str) -> Handset:
    """Two legs of the card, bridged; the second far phone."""
    other = kit.another(1)
    on.dial("a")
    on.dial("b", other.number)
    for phone in (on.far, other):
        await phone.rung()
        phone.answer()
    ports = [(await on.next(Answered, leg)).port for leg in ("a", "b")]
    kit.audio.bridge(ports[0], ports[1], digits)
    return other


def joined(kit: IsdnKit) -> list[bool]:
    return [call.voice.joined for call in kit.link.span._calls.values()] if kit.link.span else []


@pytest.mark.parametrize("digits", ["in-band", "pass"])
def test_two_channels_of_one_card_are_joined_in_the_span(digits: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        other = await both_talk(on, kit, digits)
        assert joined(kit) == [True, True]
        for one, two in ((on.far, other), (other, on.far)):
            one.say(mix((1000,), 8000, -12.0))
            await asyncio.sleep(2.0)
            heard = bytes(two.recording)
            assert max(level_dbm0(heard[at : at + 1600]) for at in range(0, len(heard) - 1600, 1600)) == pytest.approx(
                -12.0, abs=0.5)
        kit.audio.unbridge("isdn1:a")
        assert joined(kit) == [False, False]
        on.line.hang_up("a")
        on.line.hang_up("b")

    on_isdn(story)


def test_a_prompt_is_heard_between_two_joined_channels_by_one_only() -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        other = await both_talk(on, kit, "in-band")
        kit.audio.play("isdn1:a", [Tone("beep", 0.5)], 1)
        assert sorted(joined(kit)) == [False, True]
        other_heard = len(other.recording)
        await on.far.heard_something()
        assert level_dbm0(bytes(other.recording[other_heard:])) < -60
        await asyncio.sleep(1)
        assert joined(kit) == [True, True]
        on.line.hang_up("a")
        on.line.hang_up("b")

    on_isdn(story)


@pytest.mark.parametrize("on_ms", [70, 120, 300])
def test_keys_reach_the_far_side_of_joined_channels_as_one_digit_each(on_ms: int) -> None:
    """The audio process takes the way back for each of them: a clean tone goes on where the keyed one began."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        keys: list[str] = []
        kit.audio.subscribe(lambda event: keys.append(event.key) if isinstance(event, KeyHeard) else None)
        other = await both_talk(on, kit, "in-band")
        began = len(other.recording)
        on.far.key("159#", on_ms=on_ms)
        await asyncio.sleep(4)
        assert "".join(keys) == "159#"
        detector, heard = detector_factory()(), bytes(other.recording[began:])
        frames = [heard[at : at + FRAME_OCTETS] for at in range(0, len(heard) - FRAME_OCTETS, FRAME_OCTETS)]
        assert "".join(key for frame in frames for key in detector.feed(frame)) == "159#"
        assert joined(kit) == [True, True]
        on.line.hang_up("a")
        on.line.hang_up("b")

    on_isdn(story)


def test_libpris_timers_go_by_our_clock() -> None:
    """No step of the machine's clock can freeze them: a SETUP that nobody answers is given up in virtual seconds."""
    async def story() -> float:
        on = Bench(partial(IsdnKit, layout="ptp"))
        assert isinstance(on.kit, IsdnKit)
        await on.ready()
        assert on.kit.port.steady
        on.kit.port.deaf = True
        began = asyncio.get_running_loop().time()
        on.dial("b")
        await on.next(Ended, "b")
        on.task.cancel()
        return asyncio.get_running_loop().time() - began

    assert 3 < run(story()) < 60


def test_gains_of_the_line_are_heard_both_ways_and_keep_its_legs_from_being_joined() -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        other = await both_talk(on, kit, "pass")
        assert joined(kit) == [False, False]
        on.far.say(mix((1000,), 8000, -30.0))
        await asyncio.sleep(2.0)
        heard = bytes(other.recording)
        assert max(level_dbm0(heard[at : at + 1600]) for at in range(0, len(heard) - 1600, 1600)) == pytest.approx(
            -30.0 + 6 + 3, abs=0.7)
        on.line.hang_up("a")
        on.line.hang_up("b")

    on_isdn(story, treatment=Treatment(6, 3))


@pytest.mark.parametrize("cured_after_s", [5, 0])
def test_a_b_channel_that_gives_nothing_is_opened_anew_and_given_up_at_last(cured_after_s: int) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        await asyncio.sleep(2)
        kit.port.exchange.mute(True)
        await asyncio.sleep(cured_after_s or 14)
        ailment = on.line.state.ailment
        assert "gives no audio in a call; see that the cable is in" in ailment
        kit.port.exchange.mute(False)
        await asyncio.sleep(5)
        notes = [event.text for event in on.events if isinstance(event, VoiceNote)]
        assert notes[0] == "the B channel gives no audio for 3 s; it is opened anew (1 of 3)"
        assert notes[-1] == "its B channel runs again"
        assert on.line.state.ailment == ""
        lost = [event.why for event in on.events if isinstance(event, VoiceLost)]
        assert bool(lost) is not bool(cured_after_s)
        assert len(notes) == (2 if cured_after_s else 4)
        heard = len(on.far.recording)
        kit.audio.play("isdn1:b", [Tone("beep", 0.5)], 1)
        await asyncio.sleep(2)
        assert level_dbm0(bytes(on.far.recording[heard : heard + 8000])) > -30
        on.line.hang_up("b")

    on_isdn(story)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05, 0.3])
@LAYOUTS
def test_the_caller_hangs_up_in_the_moment_of_our_answer(layout: str, seconds: float) -> None:
    """CONNECT and DISCONNECT cross: one end, and the line is free."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        rang = await on.ringing()
        on.answer(rang.ring, "a")
        await asyncio.sleep(seconds)
        on.far.hang_up()
        began = asyncio.get_running_loop().time()
        assert (await on.next(Ended, "a")).cause in (Cause.NORMAL, Cause.NO_USER_RESPONDING, Cause.RECOVERY_ON_TIMER)
        assert asyncio.get_running_loop().time() - began < 6  # T313, where the exchange has forgotten it on a bus
        await asyncio.sleep(5)
        assert len(on.of(Ended, "a")) == 1

    on_isdn(story, layout=layout)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05])
@LAYOUTS
def test_the_far_side_hangs_up_in_the_moment_of_its_answer(layout: str, seconds: float) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await asyncio.sleep(seconds)
        on.far.hang_up()
        await on.next(Ended, "b")
        await asyncio.sleep(5)
        assert len(on.of(Ended, "b")) == 1

    on_isdn(story, layout=layout)


@pytest.mark.parametrize("layout", ["ptp", "pri"])
def test_a_dead_d_channel_ends_the_call_and_the_line_says_so(layout: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        kit.port.deaf = True
        assert (await on.next(Ended, "b")).cause is not Cause.NORMAL
        assert on.line.state.health is LineHealth.BROKEN
        assert "the exchange does not answer; is the cable in" in on.line.state.why
        kit.port.deaf = False
        on.far.hang_up()

    on_isdn(story, layout=layout)


def test_elements_that_nobody_knows_hide_nothing_of_a_setup() -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        kit.port.spice = b"\x4f\3abc\x9f\x12\2xy"
        rang = await on.ringing()
        assert rang.caller.digits == on.far.number.lstrip("+")
        assert rang.called == kit.number.lstrip("+")
        on.answer(rang.ring, "a")
        await on.next(Answered, "a")
        on.line.hang_up("a")

    on_isdn(story)


def at_rest(on: Bench, kit: IsdnKit) -> Callable[[], bool]:
    return lambda: kit.link.span is not None and not kit.link.span.layer1


@pytest.mark.parametrize("ours", [True, False])
def test_a_call_from_rest(ours: bool) -> None:
    """An exchange lets an idle bus rest: no frame goes over it before it is woken, by whoever has a call."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        for leg in ("b", "c"):
            await asyncio.sleep(30)
            assert at_rest(on, kit)()
            assert on.line.state.health is LineHealth.READY
            if ours:
                on.dial(leg)
                await on.far.rung()
                on.far.answer()
                await on.next(Answered, leg)
                on.line.hang_up(leg)
                assert (await on.next(Ended, leg)).cause is Cause.NORMAL
            else:
                rang = await on.ringing()
                on.far.hang_up()
                await on.next(RingEnded, rang.ring)
            assert not at_rest(on, kit)()
        await asyncio.sleep(30)
        assert at_rest(on, kit)()

    on_isdn(story, layout="ptmp")


@LAYOUTS
def test_two_short_breaks_are_not_one_long_one(layout: str) -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        kit.port.layer1(False)
        await asyncio.sleep(1.0)
        kit.port.layer1(True)
        await asyncio.sleep(2.8)
        kit.port.layer1(False)
        await asyncio.sleep(0.4)  # the first one's four seconds are over in it
        kit.port.layer1(True)
        await asyncio.sleep(20)
        assert not on.of(Ended)
        on.line.hang_up("b")

    on_isdn(story, layout=layout)


def test_a_bus_without_a_cable_is_told_when_somebody_dials() -> None:
    """At rest nobody can see that. The call says why it failed, the line what is wrong, until it wakes again."""
    async def story(on: Bench, kit: IsdnKit) -> None:
        await asyncio.sleep(30)
        kit.port.layer1(False)
        await asyncio.sleep(60)
        assert (on.line.state.health, on.line.state.ailment) == (LineHealth.READY, "")
        on.dial("b")
        ended = await on.next(Ended, "b")
        assert ended.cause is Cause.OUT_OF_ORDER
        assert ended.note == "the exchange does not wake up; see that the cable is in"
        assert on.line.state.ailment == "layer 1 does not come up; see that the cable is in"
        kit.port.layer1(True)
        await asyncio.sleep(1)
        assert on.line.state.ailment == ""

    on_isdn(story, layout="ptmp")


def test_a_call_that_the_exchange_moves_to_another_channel_takes_its_voice_along() -> None:
    async def story(on: Bench, kit: IsdnKit) -> None:
        span = kit.link.span
        assert span is not None
        terminal = kit.port.terminal
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        (call,) = span._calls.values()
        left, taken = call.channel, 3 - call.channel
        assert terminal.open == {left}
        span._report(Proceeding(call.number, taken, False))
        assert call.channel == taken
        assert terminal.open == {taken}
        span._report(Proceeding(call.number, left, False))
        on.line.hang_up("b")
        await on.next(Ended, "b")
        assert terminal.open == set()

    on_isdn(story)
