"""Messages through the real driver and the lab's modem: read from wherever they lie, handed on, deleted when durable;
sent one at a time. Each story ends with what the contract of a line demands: calls are heard and made as ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from appliance.lab.nasty import BROCHURE, Nastiness
from appliance.lab.persona import PERSONAS
from appliance.lab.sms_modem import Place
from appliance.lab.sms_pdu import Piece, deliver
from appliance.lab.virtualtime import START
from appliance.lines.line import (
    Answered,
    Ended,
    LineEvent,
    MessageFate,
    MessageReceived,
    MessageReport,
    RingEnded,
    Sink,
)
from tests.contract.gsm import GsmKit
from tests.contract.kit import Bench, on_bench
from tests.lines.test_nasty_modems import Story

LONG = "The parts arrive on Thursday. " * 12  # three parts
KEPT = {"yes": lambda event: True, "no": lambda event: False}


class Post(GsmKit):
    """A GSM kit whose owner keeps messages, or cannot. `keeps` is asked for each."""

    def __init__(self, sink: Sink, *, keeps: Callable[[LineEvent], bool] = KEPT["yes"], **more: object) -> None:
        self.keeps = keeps

        def owner(event: LineEvent) -> None:
            sink(event)
            if isinstance(event, MessageReceived | MessageReport) and self.keeps(event):
                event.kept()

        super().__init__(owner, **more)  # type: ignore[arg-type]


def modem_of(on: Bench) -> Post:
    assert isinstance(on.kit, Post)
    return on.kit


def story(
    tell: Story, nasty: Nastiness = BROCHURE, persona: str = "quectel", keeps: Callable[[LineEvent], bool] = KEPT["yes"]
) -> Bench:
    return on_bench(partial(Post, persona=PERSONAS[persona], nasty=nasty, keeps=keeps), tell)


def got(on: Bench) -> list[MessageReceived]:
    return [event for event in on.events if isinstance(event, MessageReceived)]


def fates(on: Bench) -> list[tuple[str, MessageFate]]:
    return [(event.message, event.fate) for event in on.events if isinstance(event, MessageReport)]


def left(on: Bench) -> int:
    return sum(map(len, modem_of(on).modem.sms.stores.values()))


async def texts(on: Bench, *words: str, wait: float = 40) -> None:
    await asyncio.sleep(15)
    for text in words:
        on.far.sms.send(on.kit.number, text)
    await asyncio.sleep(wait)


# In

WAYS = {
    "as the brochure says": Nastiness(), "the wrong store": Nastiness(sms_mismatch=True),
    "no place": Nastiness(sms_no_index=True), "direct": Nastiness(sms_direct=True),
    "in pieces and noise": Nastiness(fragments=1.0, noise=0.7, intrude=0.7, extra_cr=True),
    "dirt": Nastiness(dirt=0.5),
}


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("nasty", WAYS.values(), ids=WAYS)
def test_a_message_comes(nasty: Nastiness, persona: str) -> None:
    async def tell(on: Bench) -> None:
        await texts(on, "CALL", "See you 🌸")
        assert sorted({event.text.encode("utf-16", "surrogatepass").decode("utf-16") for event in got(on)}) == [
            "CALL", "See you 🌸"]
        assert {event.sender.digits for event in got(on)} == {on.far.number}
        assert left(on) == 0

    story(tell, nasty, persona)


def test_nobody_says_that_it_came() -> None:
    async def tell(on: Bench) -> None:
        await texts(on, "CALL", wait=320)
        assert [event.text for event in got(on)] == ["CALL"]
        assert left(on) == 0

    story(tell, Nastiness(sms_untold=True))


def test_what_came_while_the_box_was_off() -> None:
    async def tell(on: Bench) -> None:
        on.kit.unplug()
        pdu = deliver(Piece(on.far.number, on.kit.number, "CALL"), START)
        modem_of(on).modem.sms.stores["ME"][4] = Place(1, pdu)
        on.kit.plug()
        await on.ready()
        await asyncio.sleep(20)
        assert [event.text for event in got(on)] == ["CALL"]

    story(tell)


def test_it_is_deleted_only_when_it_is_durable() -> None:
    async def tell(on: Bench) -> None:
        await texts(on, "CALL", wait=20)
        assert len(got(on)) == 1
        assert left(on) == 1
        modem_of(on).keeps = KEPT["yes"]
        await asyncio.sleep(310)
        assert len(got(on)) == 2  # told again: at least once
        assert got(on)[0].raw == got(on)[1].raw
        assert left(on) == 0

    story(tell, keeps=KEPT["no"])


def test_more_than_the_memory_holds() -> None:
    async def tell(on: Bench) -> None:
        await texts(on, *(f"Message {n}" for n in range(12)), wait=200)
        assert sorted({event.text for event in got(on)}) == sorted(f"Message {n}" for n in range(12))
        assert left(on) == 0

    story(tell, Nastiness(sms_places=3))


def test_a_memory_full_of_what_the_modem_does_not_list() -> None:
    """Read one by one; what cannot be read is deleted, or no message would ever come again."""

    async def tell(on: Bench) -> None:
        await texts(on, "CALL", wait=60)
        assert [event.text for event in got(on) if event.text] == ["CALL"]
        assert left(on) == 0

    def full(sink: Sink) -> Post:
        kit = Post(sink, persona=PERSONAS["quectel"], nasty=Nastiness(sms_places=3))
        kit.modem.sms.stores["SM"] |= {n: Place(0, "00") for n in range(3)}
        return kit

    on_bench(full, tell)


def test_drafts_of_somebody_else_stay() -> None:
    async def tell(on: Bench) -> None:
        await texts(on, "CALL")
        assert [event.text for event in got(on)] == ["CALL"]
        assert left(on) == 1

    def drafted(sink: Sink) -> Post:
        kit = Post(sink, persona=PERSONAS["quectel"])
        kit.modem.sms.stores["SM"][0] = Place(2, "0011000B915121551032F60000AA0441E19008")
        return kit

    on_bench(drafted, tell)


def test_a_cut_message_is_handed_on_as_octets_and_deleted() -> None:
    async def tell(on: Bench) -> None:
        await texts(on, "CALL", "Still here")
        bad, good = got(on)
        assert (bad.text, bad.fault, len(bad.raw) > 20) == ("", "it is cut off", True)
        assert good.text == "Still here"
        assert left(on) == 0

    story(tell, Nastiness(sms_cut=True))


def test_the_parts_of_a_long_message() -> None:
    async def tell(on: Bench) -> None:
        await texts(on, LONG)
        parts = {event.part.number: event.text for event in got(on) if event.part}
        assert [event.part.number for event in got(on) if event.part] == [3, 2, 1]
        assert "".join(parts[n] for n in (1, 2, 3)) == LONG
        assert len({event.part.reference for event in got(on) if event.part}) == 1

    story(tell, Nastiness(sms_backwards=True))


# Out

def test_a_message_goes_out_and_its_report_comes_back() -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.line.send_message("7", on.far.number, "Nice 🌸")
        await asyncio.sleep(40)
        assert on.far.sms.texts == [(on.kit.number, "Nice 🌸")]
        assert fates(on) == [("7", MessageFate.SENT), ("", MessageFate.DELIVERED)]
        sent, delivered = (event for event in on.events if isinstance(event, MessageReport))
        assert sent.references == delivered.references
        assert left(on) == 0

    story(tell)


def test_a_long_message_goes_out_in_parts() -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.line.send_message("7", on.far.number, LONG)
        await asyncio.sleep(60)
        assert on.far.sms.texts == [(on.kit.number, LONG)]

    story(tell)


@pytest.mark.parametrize(("nasty", "fate", "arrives"), [
    (Nastiness(sms_error=38), MessageFate.SENT, 1), (Nastiness(sms_error=21), MessageFate.FAILED, 0),
    (Nastiness(sms_mute=True), MessageFate.UNKNOWN, 1),
], ids=["tried again", "refused", "nobody says"])
def test_a_message_that_fails(nasty: Nastiness, fate: MessageFate, arrives: int) -> None:
    """What may have gone out is not sent again: it costs."""

    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.line.send_message("7", on.far.number, "Hello")
        await asyncio.sleep(150)
        assert fates(on)[0] == ("7", fate)
        assert len(on.far.sms.texts) == arrives

    story(tell, nasty)


def test_a_message_that_nobody_gets() -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.line.send_message("7", on.kit.nowhere, "Hello")
        await asyncio.sleep(40)
        assert fates(on) == [("7", MessageFate.SENT), ("", MessageFate.UNDELIVERED)]

    story(tell)


def test_a_modem_whose_sim_is_busy_when_it_is_asked_to_tell() -> None:
    """It is asked again, and tells from then on."""

    async def tell(on: Bench) -> None:
        sms = modem_of(on).modem.sms
        real = sms.obey
        sms.obey = lambda text: "+CMS ERROR: 314" if text.startswith(("+CNMI", "+CPMS")) else real(text)  # type: ignore[method-assign]
        await asyncio.sleep(30)
        sms.obey = real  # type: ignore[method-assign]
        await asyncio.sleep(300)
        await texts(on, "CALL", wait=10)
        assert [event.text for event in got(on)] == ["CALL"]

    story(tell)


def test_whatever_cannot_be_sent_says_why() -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.line.send_message("1", "nobody", "Hello")
        on.line.send_message("2", on.far.number, "x" * 2000)
        await asyncio.sleep(5)
        on.kit.unplug()
        await asyncio.sleep(1)
        on.line.send_message("3", on.far.number, "Hello")
        on.kit.plug()
        assert fates(on) == [(str(n), MessageFate.FAILED) for n in (1, 2, 3)]

    story(tell)


# Calls come first


def test_somebody_rings_between_the_command_and_the_prompt() -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.line.send_message("7", on.far.number, "Hello")
        await asyncio.sleep(60)
        assert fates(on)[0] == ("7", MessageFate.SENT)
        assert [type(event).__name__ for event in on.events].count("Rang") == 1

    story(tell, Nastiness(sms_ring=True))


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_message_comes_between_atd_and_its_answer(persona: str) -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        await asyncio.sleep(60)
        assert not on.of(Ended, "b")
        assert not got(on)  # nothing is asked of a modem in a call
        on.line.hang_up("b")
        await on.next(Ended, "b")
        await asyncio.sleep(20)
        assert [event.text for event in got(on)] == ["While you dialled, 1"]

    story(tell, Nastiness(sms_dialling=True), persona)


def test_messages_wait_for_the_end_of_a_call() -> None:
    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.line.send_message("7", on.far.number, "Later")
        await texts(on, "In mid-call")
        assert not got(on)
        assert not fates(on)
        on.line.hang_up("b")
        await on.next(Ended, "b")
        await asyncio.sleep(40)
        assert [event.text for event in got(on)] == ["In mid-call"]
        assert fates(on)[0] == ("7", MessageFate.SENT)

    story(tell)


def test_ringing_back_comes_before_a_message_that_came_with_the_ring() -> None:
    """In the rest between the missed call and the callback the modem is left alone."""

    async def tell(on: Bench) -> None:
        await asyncio.sleep(15)
        rang = await on.ringing()
        on.far.sms.send(on.kit.number, "Please call")
        await asyncio.sleep(2)
        on.far.hang_up()
        await on.next(RingEnded, rang.ring)
        await asyncio.sleep(3)
        assert not got(on)
        on.dial("b")
        await on.far.rung()
        on.far.answer()
        await on.next(Answered, "b")
        on.line.hang_up("b")
        await on.next(Ended, "b")
        await asyncio.sleep(10)
        assert [event.text for event in got(on)] == ["Please call"]

    story(tell)
