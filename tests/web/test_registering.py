"""A subscriber's new number: asked for, proved, decided, taken back; with every way it must not go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from appliance.accounts.account import Account
from appliance.api.wire import ApiError
from appliance.commands.registering import BY_CODE, BY_RING, MOST, Registering
from appliance.lines.line import CallerId, Presentation, Rang, Screening
from appliance.settings.model import LineSettings, Settings
from appliance.store.journal import Journal
from appliance.vocabulary.clock import SystemClock
from appliance.vocabulary.number import Number

ANNAS, BERTS, NEW, LAND = "+4915155500001", "+4915155500002", "+4915155500044", "+493012345678"


@dataclass
class Desk:
    """`codes`: what was sent by SMS, by number."""

    journal: Journal
    settings: Settings = field(default_factory=lambda: Settings(
        lines=(LineSettings("gsm1", at="/dev/x", number=Number("+4915112345601")),),
        accounts=(Account("Anna", (Number(ANNAS),)), Account("Bert", (Number(BERTS),)))))
    codes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.registering = Registering(lambda: self.settings, self.journal, SystemClock(), lambda: UTC, self.send,
                                       self.save, lambda text: None)

    def send(self, account: Account, number: Number, code: str) -> str:
        if number.e164 == LAND:
            return "a landline takes no texts"
        self.codes[number.e164] = code
        return ""

    def save(self, settings: Settings) -> None:
        self.settings = settings

    def ask(self, method: str, **params: Any) -> Any:
        async def asked() -> Any:
            return await self.registering.handlers()[method](params)
        return asyncio.run(asked())

    def decide(self, how: str) -> Any:
        return self.ask("registration_decide", id=self.ask("registrations")[0]["id"], how=how, by="admin")

    def numbers(self) -> list[str]:
        return [number.e164 for number in self.settings.accounts[0].numbers]

    def rings(self, caller: CallerId) -> str:
        """How the open wish is proved after this ring."""
        self.registering.line_event(Rang("gsm1", "r1", caller))
        return str(self.ask("registrations")[0]["proof"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    journal = Journal(tmp_path / "journal.sqlite", "EUR")
    yield Desk(journal)
    journal.close()


def test_by_a_code_then_accepted_then_undone(desk: Desk) -> None:
    assert desk.ask("me_number", who="Anna", number="0151 555 00044") == {"number": NEW, "sent": True}
    with pytest.raises(ApiError, match="not shown yet"):
        desk.decide("accept")
    with pytest.raises(ApiError, match="this code is wrong"):
        desk.ask("me_number_confirm", who="Anna", code="22222222")
    with pytest.raises(ApiError, match="this code is wrong"):
        desk.ask("me_number_confirm", who="Bert", code=desk.codes[NEW])  # another's code
    desk.ask("me_number_confirm", who="Anna", code=desk.codes[NEW])
    assert desk.ask("me_number_state", who="Anna")["proof"] == BY_CODE
    assert desk.numbers() == [ANNAS]  # not before an admin says so
    assert desk.decide("accept")["state"] == "accepted"
    assert desk.numbers() == [ANNAS, NEW]
    with pytest.raises(ApiError, match="decided already"):
        desk.decide("refuse")
    assert desk.decide("undo")["state"] == "asked"
    assert desk.numbers() == [ANNAS]
    assert desk.decide("refuse")["state"] == "refused"
    assert desk.ask("me_number_state", who="Anna")["state"] == "refused"
    desk.decide("undo")
    desk.decide("accept")
    assert desk.numbers() == [ANNAS, NEW]


def test_by_a_missed_call_that_a_network_vouches_for(desk: Desk) -> None:
    assert desk.ask("me_number", who="Anna", number=LAND) == {"number": LAND, "sent": False}
    assert desk.rings(CallerId("")) == ""
    assert desk.rings(CallerId(LAND, presentation=Presentation.WITHHELD)) == ""
    assert desk.rings(CallerId(LAND, screening=Screening.NONE)) == ""
    assert desk.rings(CallerId(LAND, screening=Screening.FAILED)) == ""
    assert desk.rings(CallerId("+493012345679")) == ""
    assert desk.rings(CallerId("03012345678")) == BY_RING
    desk.decide("accept")
    assert desk.numbers() == [ANNAS, LAND]


@pytest.mark.parametrize(("number", "why"), [
    (ANNAS, "yours already"), ("x", "not a telephone number"), ("112", "not a telephone number"), ("", "not a"),
    ("+4915112345601", "own"), ("+499001234567", "premium"), ("*1", "not a telephone number"), ("9" * 40, "not a")])
def test_what_cannot_be_asked_for(desk: Desk, number: str, why: str) -> None:
    with pytest.raises(ApiError, match=why):
        desk.ask("me_number", who="Anna", number=number)
    assert desk.ask("registrations") == []


def test_whose_number_it_is_is_told_to_admins_only(desk: Desk) -> None:
    free, taken = desk.ask("me_number", who="Anna", number=NEW), desk.ask("me_number", who="Anna", number=BERTS)
    assert (free["sent"], taken) == (True, {"number": BERTS, "sent": True})
    desk.ask("me_number_confirm", who="Anna", code=desk.codes[BERTS])
    assert desk.ask("registrations")[0]["taken"] == "Bert"
    with pytest.raises(ApiError, match="belongs to Bert"):
        desk.decide("accept")
    assert desk.numbers() == [ANNAS]


def test_one_wish_at_a_time_and_it_can_be_withdrawn(desk: Desk) -> None:
    desk.ask("me_number", who="Anna", number=NEW)
    desk.ask("me_number", who="Anna", number=LAND)
    desk.ask("me_number", who="Bert", number=NEW)
    assert [(row["account"], row["number"]) for row in desk.ask("registrations")] == [("Bert", NEW), ("Anna", LAND)]
    desk.ask("me_number_withdraw", who="Bert")
    assert [row["account"] for row in desk.ask("registrations")] == ["Anna"]
    with pytest.raises(ApiError, match="withdrawn"):
        desk.ask("registration_decide", id=99, how="accept", by="admin")
    with pytest.raises(ApiError, match="how"):
        desk.decide("burn")


def test_the_only_number_is_not_taken_away(desk: Desk) -> None:
    desk.ask("me_number", who="Anna", number=NEW)
    desk.rings(CallerId(NEW))
    desk.decide("accept")
    desk.settings = Settings(accounts=(Account("Anna", (Number(NEW),)), *desk.settings.accounts[1:]))
    with pytest.raises(ApiError, match="only number"):
        desk.decide("undo")
    assert desk.numbers() == [NEW]


def test_a_forgotten_person_leaves_no_wish(desk: Desk) -> None:
    desk.ask("me_number", who="Anna", number=NEW)
    desk.ask("me_number", who="Bert", number=ANNAS)
    desk.journal.forgetting.person("Anna", [ANNAS], "forgotten 1")
    assert desk.ask("registrations") == []


def test_an_account_has_so_many_numbers_at_most(desk: Desk) -> None:
    many = tuple(Number(f"+49151555001{n:02d}") for n in range(MOST))
    desk.settings = Settings(accounts=(Account("Anna", many),))
    with pytest.raises(ApiError, match="at most"):
        desk.ask("me_number", who="Anna", number=NEW)
