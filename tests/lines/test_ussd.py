"""Service codes of the network: asked and read in the forms that modems use, and never left open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.lab.persona import PERSONAS
from appliance.lab.simcard import SimCard
from appliance.lines.gsm.ussd import decode, packed
from appliance.lines.line import ServiceFailed
from tests.contract.gsm import GsmKit, on_gsm
from tests.contract.kit import Bench

LATIN = ("Guthaben: 1,20 EUR", "Ihr Guthaben beträgt 9,80 €. Aufladen: *103#", "Saldo: 12.50", "Votre crédit: 3,00 EUR",
         "100 EUR", "Kontostand 15,00 EUR gültig bis 31.12.2026")
OTHERS = ("Баланс: 120.50 руб.", "رصيدك 12.50", "余额 12.50 元")


@pytest.mark.parametrize(("persona", "text"), [
    *((persona, LATIN[0]) for persona in PERSONAS), *(("huawei", text) for text in LATIN)])
def test_every_family_is_asked_and_read(persona: str, text: str) -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.sim.ussd["*100#"] = text
        assert await on.line.ussd("*100#") == text

    on_gsm(story, persona=PERSONAS[persona])


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("between", ["\n", "\r\n", "\r\n\r\n"])
def test_an_answer_with_line_breaks_is_read_to_its_end(persona: str, between: str) -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.sim.ussd["*100#"] = between.join(("Ihr Konto", "Guthaben: 1,20 EUR", "Bonus: 0,00 EUR"))
        for _ in range(2):
            told = await on.line.ussd("*100#")
            assert told.split() == ["Ihr", "Konto", "Guthaben:", "1,20", "EUR", "Bonus:", "0,00", "EUR"]

    on_gsm(story, persona=PERSONAS[persona])


@pytest.mark.parametrize("packs", [False, True])
def test_a_stick_that_takes_the_other_form_is_asked_again_and_remembered(packs: bool) -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        said: list[str] = []
        kit.line.listeners.append(lambda way, line: said.append(line) if "AT+CUSD" in line else None)
        for _ in range(2):
            assert await on.line.ussd("*100#") == "Guthaben: 9,80 EUR"
        text, septets = 'AT+CUSD=1,"*100#",15', 'AT+CUSD=1,"AA180C3602",15'
        assert said == ([septets, septets] if packs else [septets, text, text])
        with pytest.raises(ServiceFailed, match="ended it without an answer"):
            await on.line.ussd("*999#")

    on_gsm(story, persona=replace(PERSONAS["huawei"], ussd_packed=packs))


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_menu_is_closed_so_that_the_next_code_is_no_choice_of_it(persona: str) -> None:
    async def story(on: Bench, kit: GsmKit) -> None:
        kit.modem.sim.ussd |= {"*101#": "1 Balance 2 Top up"}
        kit.modem.sim.menus.add("*101#")
        for _ in range(2):
            assert await on.line.ussd("*101#") == "1 Balance 2 Top up"
        assert await on.line.ussd("*100#") == "Guthaben: 9,80 EUR"

    on_gsm(story, persona=PERSONAS[persona])


@pytest.mark.parametrize(("code", "written"), [("*100#", "AA180C3602"), ("*102#", "AA184C3602")])
def test_a_code_is_packed_as_sticks_want_it(code: str, written: str) -> None:
    assert packed(code) == written


@given(st.text(alphabet="0123456789*#", min_size=1, max_size=40))
def test_a_code_of_any_length_is_read_by_the_network(code: str) -> None:
    card = SimCard("+4915112345601", ussd={code: "Yes"})
    assert card.cusd(f'+CUSD=1,"{packed(code)}",15', packed=True) == ("OK", '+CUSD: 0,"D9F21C",15')
    assert decode("D9F21C", 15) == "Yes"


@pytest.mark.parametrize("text", [*LATIN, *OTHERS])
@pytest.mark.parametrize("coding", [15, 72])
def test_ucs2_is_read_whatever_the_modem_calls_it(text: str, coding: int) -> None:
    assert decode(text.encode("utf-16-be").hex().upper(), coding) == text


@given(st.text(alphabet="0123456789ABCDEFabcdef \"'#*,é", max_size=600), st.integers(-1, 300))
def test_whatever_comes_is_a_text(text: str, coding: int) -> None:
    assert decode(text, coding).isprintable()
    assert len(decode(text, coding)) <= 500
