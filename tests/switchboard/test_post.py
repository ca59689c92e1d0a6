"""Messages through the whole box, whatever is cut off in between."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.commands.alerting import NO_LINE
from appliance.lab.sms_modem import Place as Slot
from appliance.lab.sms_pdu import Piece, deliver
from appliance.lab.virtualtime import START
from appliance.messages.message import Fate, Place, Purpose
from appliance.rehearsal.script import read_script
from appliance.rehearsal.steps import Play, perform
from appliance.rehearsal.world import World, play
from appliance.switchboard.story import StoryLine
from appliance.vocabulary.number import Number

USUAL = read_script("---\n", "usual")
Story = Callable[[World], Awaitable[None]]


def life(folder: Path, story: Story) -> World:
    kept: list[World] = []

    async def ready(world: World) -> None:
        kept.append(world)
        await world.ready()
        await story(world)

    play(folder, USUAL.settings, USUAL.cast, ready)
    kept[0].journal.close()
    return kept[0]


async def do(world: World, *steps: str) -> None:
    stage = Play(world)
    for words in steps:
        await perform(stage, words)


def cut_when(world: World, text: str, folder: Path) -> Path:
    """Keeps what is on the disk when the box tells this, in the middle of its work: a power cut leaves no more."""
    left = folder / "left"

    def told(line: StoryLine) -> None:
        if text in line.text and not left.exists():
            left.mkdir()
            for file in ("journal.sqlite", "journal.sqlite-wal"):
                shutil.copy(folder / file, left / file)

    world.board.story.follow(told)
    return left


def test_it_is_on_the_disk_when_the_modem_is_told_to_forget_it(tmp_path: Path) -> None:
    seen: list[int] = []

    async def story(world: World) -> None:
        sms = world.modems["gsm1"].sms
        real = sms.obey

        def obey(text: str) -> str | None:
            if text.startswith("+CMGD"):
                with sqlite3.connect(tmp_path / "journal.sqlite") as other:
                    seen.append(other.execute("SELECT COUNT(*) FROM inbox").fetchone()[0])
            return real(text)

        sms.obey = obey  # type: ignore[method-assign]
        await do(world, 'Anna texts gsm1 "one"', "wait 30 s", 'Anna texts gsm1 "two"', "wait 30 s")

    life(tmp_path, story)
    assert seen == [1, 2]


@pytest.mark.parametrize("moment", ["SMS on gsm1 from", "asks by SMS", "gsm1 dials"])
def test_a_wish_that_lies_in_the_modem_still_after_a_power_cut_is_fulfilled_once(moment: str, tmp_path: Path) -> None:
    pdu = deliver(Piece("+4915155500001", "+4915112345601", "CALL"), START)

    def lies_there(world: World) -> None:
        world.modems["gsm1"].sms.stores["SM"][0] = Slot(0, pdu)

    async def cut(world: World) -> None:
        lies_there(world)
        cut_when(world, moment, tmp_path)
        await do(world, "Anna's phone rings", "Anna answers", "Anna hangs up", "the call is over")

    async def again(world: World) -> None:
        lies_there(world)
        await do(world, "Anna's phone stays quiet for 60 s", "the modem of gsm1 has 0 messages")
        assert [m.place for m in world.journal.inbox.listing(commands=True)] == [Place.COMMAND]

    life(tmp_path, cut)
    life(tmp_path / "left", again)


def test_an_answer_is_not_sent_again_after_a_power_cut(tmp_path: Path) -> None:
    async def cut(world: World) -> None:
        cut_when(world, "SMS to +4915155500001 on gsm1: queued", tmp_path)
        await do(world, 'Anna texts gsm1 "HELP"', 'Anna gets a text "Text a number"')

    async def again(world: World) -> None:
        await do(world, "wait 60 s", "Anna has got 0 texts")
        assert [m.fate for m in world.journal.outbox.listing()] == [Fate.UNKNOWN]
        await do(world, 'Anna texts gsm1 "HELP"', 'Anna gets a text "Text a number"')

    life(tmp_path, cut)
    life(tmp_path / "left", again)


def test_the_days_answers_are_counted_across_power_cuts(tmp_path: Path) -> None:
    async def one(world: World) -> None:
        world.board.office = replace(world.board.office, settings=replace(
            world.settings, site=replace(world.settings.site, sms_answers_per_day=1)))
        await do(world, 'Anna texts gsm1 "HELP"', "wait 60 s")

    assert len(life(tmp_path, one).phones["Anna"].sms.texts) == 1
    assert len(life(tmp_path, one).phones["Anna"].sms.texts) == 0


def test_what_was_on_its_way_for_too_long_is_no_wish_any_more(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        late = deliver(Piece("+4915155500001", "+4915112345601", "CALL"), START.replace(hour=6))
        world.modems["gsm1"].sms.stores["SM"][0] = Slot(0, late)
        await do(world, "the box notes was on its way for too long", "Anna's phone stays quiet for 30 s",
                 'the inbox shows "CALL" from Anna')

    life(tmp_path, story)


def test_a_line_that_is_gone_does_not_keep_an_answer_back(tmp_path: Path) -> None:
    """It comes from another number then, which is better than none."""

    async def gone(world: World) -> None:
        await do(world, "gsm1 is unplugged", "gsm1 is out of service", "wait 15 s",
                 'Anna texts gsm2 "BAL"', 'Anna gets a text "spent today"')
        assert world.phones["Anna"].sms.texts[-1][0] == "+4915112345602"
        assert world.board.messages._way("gsm1") == "gsm2"
        assert world.board.messages.send("+4915155500001", "x", "gsm1") == "line gsm1 cannot send now"

    life(tmp_path, gone)


def test_nothing_is_written_to_a_landline(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        account = replace(world.settings.accounts[0], enabled=False)
        desk = replace(account, numbers=(*account.numbers, Number("+493087654321")))
        settings = replace(world.settings, accounts=(desk,))
        world.board.office = type(world.board.office).of(settings)
        await do(world, "Carl misses a call to gsm1", "the box notes is switched off", "wait 60 s")
        assert not world.journal.outbox.listing()

    life(tmp_path, story)



def test_an_alert_reaches_a_phone_by_any_line_and_has_a_ceiling_of_its_own(tmp_path: Path) -> None:
    """It is not counted with the answers, and the answers are not counted with it."""

    async def story(world: World) -> None:
        anna, per_day = Number("+4915155500001"), world.settings.site.alerts.sms_per_day
        await do(world, "gsm1 is unplugged", "gsm1 is out of service", "wait 15 s")
        assert [world.board.messages.alert(anna, f"trouble {n}") for n in range(per_day)] == [""] * per_day
        await do(world, f'Anna gets a text "trouble {per_day - 1}"')
        assert world.phones["Anna"].sms.texts[-1][0] != "+4915112345601"
        assert "sms_per_day" in world.board.messages.alert(anna, "one too many")
        await do(world, 'Anna texts gsm2 "BAL"', 'Anna gets a text "spent today"')
        assert {each.purpose for each in world.journal.outbox.listing()} == {Purpose.ALERT, Purpose.ANSWER}

    life(tmp_path, story)


def test_an_alert_waits_for_a_line(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for line in world.modems:
            await do(world, f"{line} is unplugged", f"{line} is out of service")
        assert world.board.messages.alert(Number("+4915155500001"), "x") == NO_LINE

    life(tmp_path, story)
