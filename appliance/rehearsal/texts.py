"""Steps about text messages."""

from __future__ import annotations

import asyncio

from appliance.rehearsal.registry import PATIENCE_S, Play, StepFailed, step


@step('{who} texts {line} "{words}"', 'Anna texts gsm1 "CALL"')
async def _texts(stage: Play, who: str, line: str, words: str) -> None:
    stage.phone(who).sms.send(stage.line_number(line), words)


@step('somebody called "{text}" texts {line} "{words}"', 'somebody called "Telekom" texts gsm1 "Your bill"')
async def _named(stage: Play, text: str, line: str, words: str) -> None:
    """A sender with a name in the place of a number."""
    stage.world.network.messages.send(text, stage.line_number(line), words)


@step('{who} gets a text "{words}"', 'Anna gets a text "No callback"')
async def _gets(stage: Play, who: str, words: str) -> None:
    """One that holds these words, after the last that was waited for."""
    got = stage.phone(who).sms.texts
    end = stage.world.clock.monotonic() + PATIENCE_S
    while True:
        for at in range(stage.texts_read.get(who, 0), len(got)):
            if words in got[at][1]:
                stage.texts_read[who] = at + 1
                return
        if stage.world.clock.monotonic() >= end:
            raise StepFailed(f"{who} got {[text for _, text in got] or 'no text'}")
        await asyncio.sleep(0.1)


@step("{who} has got {count} texts?", "Anna has got 1 text")
async def _has_got(stage: Play, who: str, count: str) -> None:
    got = [text for _, text in stage.phone(who).sms.texts]
    if len(got) != int(count):
        raise StepFailed(f"{who} has got {got or 'none'}")


@step('the inbox shows "{words}" from {sender}', 'the inbox shows "See you at six" from Anna')
async def _shows(stage: Play, words: str, sender: str) -> None:
    """Once, whole, and no command. A line break is written as a slash between spaces."""
    wanted = stage.world.phones[sender].number if sender in stage.world.phones else sender
    there = [(message.sender, message.text.replace("\n", " / ")) for message in stage.world.journal.inbox.listing()]
    if there.count((wanted, words)) != 1:
        raise StepFailed(f"the inbox has {there or 'nothing'}")


@step("the inbox has {count} messages?", "the inbox has 1 message")
async def _inbox_has(stage: Play, count: str) -> None:
    there = [f"{message.text!r} ({message.place})" for message in stage.world.journal.inbox.listing()]
    if len(there) != int(count):
        raise StepFailed(f"the inbox has {there or 'nothing'}")


@step("a message in the inbox is {place}", "a message in the inbox is incomplete")
async def _is(stage: Play, place: str) -> None:
    there = [message.place.value for message in stage.world.journal.inbox.listing()]
    if place not in there:
        raise StepFailed(f"the inbox has {there or 'nothing'}")


@step("the modem of {line} has {count} messages?", "the modem of gsm1 has 0 messages")
async def _memory(stage: Play, line: str, count: str) -> None:
    stage.line_number(line)
    left = sum(map(len, stage.world.modems[line].sms.stores.values()))
    if left != int(count):
        raise StepFailed(f"{left} messages lie in the modem")


@step('the admin texts {who} "{words}" on {line}', 'the admin texts Anna "See you at six" on gsm1')
async def _admin(stage: Play, who: str, words: str, line: str) -> None:
    done = stage.world.board.messages.send(stage.phone(who).number, words, line)
    if isinstance(done, str):
        raise StepFailed(done)
