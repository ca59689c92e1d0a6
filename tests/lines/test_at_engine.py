"""The AT engine alone: which line belongs to which command, and which to nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from appliance.lab.virtualtime import run
from appliance.lines.gsm.at import AtEngine, Reply
from appliance.lines.gsm.brokentext import LINES, WAIT_S


class Bench:
    """An engine with what it wrote and what it handed on."""

    def __init__(self) -> None:
        self.out: list[bytes] = []
        self.urcs: list[str] = []
        self.dead: list[str] = []
        self.engine = AtEngine(self.out.append, self.urcs.append, self.dead.append, ("^RSSI:",))

    def says(self, *lines: str) -> None:
        for line in lines:
            self.engine.received(f"\r\n{line}\r\n".encode("latin-1"))


def on_bench(story: Callable[[Bench], Awaitable[None]]) -> Bench:
    async def whole() -> Bench:
        bench = Bench()
        await story(bench)
        bench.engine.close()
        return bench

    return run(whole())


def test_one_command_at_a_time_the_urgent_one_next() -> None:
    async def story(on: Bench) -> None:
        first, second = on.engine.submit("AT+A"), on.engine.submit("AT+B")
        urgent = on.engine.submit("AT+C", urgent=True)
        for command in (first, urgent, second):
            assert not command.done()
            on.says("OK")
            assert command.result() == Reply("OK")

    assert on_bench(story).out == [b"AT+A\r", b"AT+C\r", b"AT+B\r"]


def test_lines_of_others_are_not_taken_for_the_answer() -> None:
    async def story(on: Bench) -> None:
        asked = on.engine.submit("AT+CSQ", expect="+CSQ:")
        on.engine.received(b"AT+CSQ\r\r\n")
        on.says("RING", '+CLIP: "+49301234",145', "+CSQ: 22,99", "^RSSI:19", "NO CARRIER", "OK")
        assert asked.result() == Reply("OK", ("+CSQ: 22,99",))

    assert on_bench(story).urcs == ["RING", '+CLIP: "+49301234",145', "^RSSI:19", "NO CARRIER"]


def test_the_answer_may_look_like_an_unasked_line() -> None:
    async def story(on: Bench) -> None:
        asked = on.engine.submit("AT+CLCC", expect="+CLCC:")
        on.says("+CLCC: 1,0,0,0,0", "OK")
        assert asked.result().lines == ("+CLCC: 1,0,0,0,0",)

    assert on_bench(story).urcs == []


@pytest.mark.parametrize("final", ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "CONNECT 9600", "OK", "ERROR",
                                   "+CME ERROR: 30", "COMMAND NOT SUPPORT"])
def test_a_call_has_finals_of_its_own(final: str) -> None:
    async def story(on: Bench) -> None:
        asked = on.engine.submit("ATD123;", call=True)
        on.says(final)
        assert asked.result().final == final

    assert on_bench(story).urcs == []


def test_after_no_carrier_what_follows_is_sorted_out_first() -> None:
    async def story(on: Bench) -> None:
        asked = on.engine.submit("ATA", call=True)
        listed = on.engine.submit("AT+CLCC", expect="+CLCC:")
        on.says("NO CARRIER", "ERROR")  # the ring's end, then ATA's own
        assert asked.result().final == "NO CARRIER"
        assert not listed.done()
        on.says("+CPAS: 0", "OK", "OK")
        assert listed.result() == Reply("OK")

    assert on_bench(story).out == [b"ATA\r", b"AT+CPAS\r", b"AT+CLCC\r"]


def test_a_late_answer_belongs_to_nobody() -> None:
    async def story(on: Bench) -> None:
        late = on.engine.submit("AT+COPS?", expect="+COPS:", timeout=5)
        after = on.engine.submit("AT+CSQ", expect="+CSQ:")
        await asyncio.sleep(6)
        assert late.result().final == "timeout"
        on.says('+COPS: 0,0,"x"', "OK", "RING")  # too late, while the tagged question waits
        on.says("+CPAS: 0", "OK")
        on.says("+CSQ: 5,99", "OK")
        assert after.result().lines == ("+CSQ: 5,99",)

    bench = on_bench(story)
    assert bench.out == [b"AT+COPS?\r", b"\x1b", b"AT+CPAS\r", b"AT+CSQ\r"]
    assert "RING" in bench.urcs


def test_three_questions_without_answer_are_the_end() -> None:
    async def story(on: Bench) -> None:
        on.says("RING")
        on.engine.submit("AT", timeout=5)
        await asyncio.sleep(15)

    bench = on_bench(story)
    assert [out for out in bench.out if out != b"\x1b"] == [b"AT\r", b"AT+CPAS\r", b"AT+CFUN?\r", b"AT+CMGF?\r"]
    assert bench.dead == ["the modem does not answer any more"]


def test_a_prompt_is_left_and_its_command_counts_as_unanswered() -> None:
    async def story(on: Bench) -> None:
        asked = on.engine.submit("AT+CSQ", expect="+CSQ:")
        on.engine.received(b"\r\n> ")
        assert asked.result().final == "timeout"
        on.says("OK", "+CPAS: 0", "OK")
        asked = on.engine.submit("AT+CSQ", expect="+CSQ:")
        on.says("+CSQ: 1,99", "OK")
        assert asked.result().lines

    assert on_bench(story).out == [b"AT+CSQ\r", b"\x1b", b"AT+CPAS\r", b"AT+CSQ\r"]


def test_what_was_not_sent_can_be_taken_back() -> None:
    async def story(on: Bench) -> None:
        on.engine.submit("AT+A")
        dial = on.engine.submit("ATD1;", call=True)
        assert on.engine.withdraw(dial)
        assert not on.engine.withdraw(dial)
        on.says("OK")

    assert on_bench(story).out == [b"AT+A\r"]


def test_only_a_pending_call_is_interrupted() -> None:
    async def story(on: Bench) -> None:
        on.engine.submit("AT+A")
        on.engine.interrupt()
        on.engine.submit("ATD1;", call=True)
        on.says("OK")
        on.engine.interrupt()

    assert on_bench(story).out == [b"AT+A\r", b"ATD1;\r", b"\r"]


def test_a_closed_engine_answers_lost_and_says_nothing() -> None:
    async def story(on: Bench) -> None:
        waiting = [on.engine.submit("AT+A"), on.engine.submit("AT+B")]
        on.engine.close()
        waiting.append(on.engine.submit("AT+C"))
        assert [done.result().final for done in waiting] == ["lost"] * 3
        await asyncio.sleep(100)

    bench = on_bench(story)
    assert bench.out == [b"AT+A\r"]
    assert bench.dead == []


def test_tries() -> None:
    async def story(on: Bench) -> None:
        asked = asyncio.ensure_future(on.engine.command("AT+A", timeout=1, tries=2))
        await asyncio.sleep(1.1)
        on.says("+CPAS: 0", "OK")
        await asyncio.sleep(0.1)
        on.says("OK")
        assert (await asked).ok

    assert on_bench(story).out == [b"AT+A\r", b"\x1b", b"AT+CPAS\r", b"AT+A\r"]


def test_a_pin_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def story(on: Bench) -> None:
        on.engine.submit('AT+CPIN="4711"')
        on.engine.received(b'AT+CPIN="4711"\r')
        on.says("OK")

    with caplog.at_level(logging.DEBUG):
        on_bench(story)
    assert "CPIN" in caplog.text
    assert "4711" not in caplog.text


def test_a_text_with_line_breaks_is_one_line_and_swallows_no_other() -> None:
    async def story(on: Bench) -> None:
        asked = on.engine.submit("AT+CSQ", expect="+CSQ:")
        on.says('+CUSD: 0,"Ihr Konto', "RING", "+CSQ: 22,99", "OK", 'Tarif "S"', "^RSSI:19", 'bis morgen",15')
        assert asked.result() == Reply("OK", ("+CSQ: 22,99",))
        on.says('+CUSD: 0,"Ein "S" mehr",15', "RING")

    assert on_bench(story).urcs == ["RING", '+CUSD: 0,"Ihr Konto Tarif "S"', "^RSSI:19", 'bis morgen",15',
                                    '+CUSD: 0,"Ein "S" mehr",15', "RING"]


def test_a_text_that_never_ends_is_handed_on_in_time_and_nothing_after_it_is_lost() -> None:
    async def story(on: Bench) -> None:
        on.says('+CUSD: 0,"Ihr Konto', "Guthaben")
        await asyncio.sleep(WAIT_S + 0.1)
        on.says("*ODD: 1", '+CUSD: 0,"Neu', "+CDS: 25", "07914306073011F0", "004912345678")
        on.says('+CUSD: 0,"Neuer', *["mehr"] * LINES, "*ODD: 2")
        asked = on.engine.submit("AT+CGMI")
        on.says("Quectel", "OK")
        assert asked.result() == Reply("OK", ("Quectel",))

    assert on_bench(story).urcs == ['+CUSD: 0,"Ihr Konto Guthaben', "*ODD: 1", "+CDS: 25", "07914306073011F0",
                                    '+CUSD: 0,"Neu 004912345678',
                                    " ".join(['+CUSD: 0,"Neuer', *["mehr"] * (LINES - 1)]), "mehr", "*ODD: 2"]
